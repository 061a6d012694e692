"""The keys that a user chose: read from the configuration, and what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding

from ecm_tui.console.keys import TABLE, Place, bindings, shown_key

WRITTEN = {"esc": "escape", "return": "enter", "pgdn": "pagedown", "pgup": "pageup", "del": "delete"}
"""Names of keys that people write, with Textual's."""


def read(keymap: Mapping[str, str]) -> dict[str, str]:
    """A user's keymap in Textual's names: `F2` becomes f2, `.` full_stop. An action without keys keeps its own."""
    named: dict[str, str] = {}
    for action_id, written in keymap.items():
        parts = [part.strip() for part in written.split(",") if part.strip()]
        kept = [part if len(part) == 1 else WRITTEN.get(part.lower(), part.lower()) for part in parts]
        made = Binding.make_bindings([Binding(",".join(kept), "nothing")]) if kept else ()
        if keys := ",".join(binding.key for binding in made):
            named[action_id] = keys
    return named


def clashes(keymap: Mapping[str, str]) -> list[str]:
    """What is wrong with a user's keymap, a sentence each: unknown ids, keys that two actions of a place share."""
    in_the_way = _in_the_way(keymap)
    keymap = read(keymap) | {name: "" for name, written in keymap.items() if not written.strip(" ,")}
    known = {binding.id for place in ("anywhere", "schedule", "session", "list") for binding in _made(place)}
    unknown = [name for name in keymap if name not in known]
    wrong = [f"[keys] names {name}, which is no action. `ecm-tui keys` lists them." for name in unknown]
    wrong += in_the_way
    for place in ("schedule", "session"):
        taken: dict[str, str] = {}
        for binding in [*_made("anywhere"), *_made(place), *_made("list")]:
            name = binding.id or ""
            for key in (keymap.get(name) or binding.key).split(","):
                other = taken.setdefault(key.strip(), name)
                if not _same_action(other, name):
                    wrong.append(f"The key {shown_key(key.strip())} is given to both {other} and {name}.")
    return list(dict.fromkeys(wrong))


NEEDED = frozenset("escape enter tab shift+tab space backspace ctrl+s ctrl+m ctrl+i ctrl+j ctrl+h".split())
"""Keys without which no dialog and no field can be used, also as terminals send them."""


def _in_the_way(keymap: Mapping[str, str]) -> list[str]:
    """Actions that work while typing, given keys that typing and dialogs need."""
    found = []
    for action in TABLE:
        written = keymap.get(action.id, "") if action.priority else ""
        for key in filter(None, (part.strip() for part in written.split(","))):
            if len(key) == 1 or WRITTEN.get(key.lower(), key.lower()) in NEEDED:
                found.append(f"The key {key} cannot be {action.id}, which works while typing: typing needs it.")
    return found


def _same_action(one: str, other: str) -> bool:
    return one.removesuffix(".letter") == other.removesuffix(".letter")


def _made(place: Place) -> Iterable[Binding]:
    return [made for made in bindings(place) if isinstance(made, Binding)]
