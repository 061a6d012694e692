"""Every action of the console, once: bindings, footer, help, palette, menu, README and keymap read this table.

Letters act in lists only; a field that is being typed in takes them first. Priority is for what must work while typing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Place = Literal["anywhere", "schedule", "session", "list"]
"""Where an action works: everywhere, on one of the two screens, or in any list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a person can do by key, mouse, palette or menu."""

    id: str
    """Stable; what the keymap in the configuration file names."""
    keys: str
    """Textual's names of the keys, separated by commas."""
    letters: str = ""
    """Further keys that act only where nothing is being typed."""
    run: str
    """Textual's action string."""
    label: str
    """A word or two: footer, palette, menu."""
    help: str
    """A sentence."""
    place: Place
    priority: bool = False
    """Whether it works while typing and above dialogs."""


TABLE: tuple[Action, ...] = (
    Action(
        id="help", keys="f1", letters="question_mark", run="app.help", label="Help", place="anywhere", priority=True,
        help="Show help and the keys that work here.",
    ),
    Action(
        id="notice.admit", keys="f2", run="app.admit_notice", label="Admit next", place="anywhere",
        priority=True, help="Admit the person named in the notice, from anywhere.",
    ),
    Action(
        id="go.schedule", keys="f6", letters="3", run="app.other_place", label="Schedule", place="anywhere",
        priority=True, help="Go to the Schedule, and back to the session.",
    ),
    Action(
        id="own.microphone", keys="f9", run="app.microphone", label="Microphone", place="anywhere", priority=True,
        help="Switch your own microphone on or off.",
    ),
    Action(
        id="own.camera", keys="f5", run="app.camera", label="Camera", place="anywhere", priority=True,
        help="Switch your own camera on or off.",
    ),
    Action(
        id="menu", keys="ctrl+o", run="app.menu", label="Menu", place="anywhere", priority=True,
        help="Show everything that can be done here.",
    ),
    Action(
        id="palette", keys="ctrl+p", run="app.command_palette", label="Palette", place="anywhere", priority=True,
        help="Find any action by its name.",
    ),
    Action(
        id="command", keys="colon", run="app.command_line", label="Command line", place="anywhere",
        help="Type an action, what to do with whom, or a name.",
    ),
    Action(
        id="quit", keys="ctrl+q", run="app.leave_console", label="Quit", place="anywhere", priority=True,
        help="Close the console; the call goes on. In a call it asks.",
    ),
    Action(
        id="suspend", keys="ctrl+z", run="app.suspend_process", label="Suspend", place="anywhere",
        help="Put the console in the background; `fg` brings it back.",
    ),
    Action(
        id="privacy", keys="ctrl+n", run="app.privacy", label="Hide names", place="anywhere", priority=True,
        help="Show initials for names, and names again.",
    ),
    Action(
        id="lock", keys="f12", letters="L", run="app.lock", label="Lock", place="anywhere", priority=True,
        help="Cover everything until you unlock; the call goes on.",
    ),
    Action(
        id="display.theme", keys="T", run="app.theme", label="Colours", place="anywhere",
        help="Draw in other colours: dark, light, high contrast.",
    ),
    Action(
        id="repaint", keys="ctrl+l", run="app.repaint", label="Paint anew", place="anywhere", priority=True,
        help="Paint the whole screen again, over what disturbs it.",
    ),
    Action(
        id="schedule.open", keys="enter", run="screen.open", label="Open", place="schedule",
        help="Open the selected appointment.",
    ),
    Action(
        id="schedule.admit", keys="a", run="screen.admit", label="Admit", place="schedule",
        help="Admit who waits longest in the selected session.",
    ),
    Action(
        id="schedule.options", keys="full_stop", run="screen.options", label="Options", place="schedule",
        help="Show what can be done with the selected appointment.",
    ),
    Action(
        id="schedule.new", keys="i", letters="n", run="screen.new", label="New", place="schedule",
        help="Make an appointment and invite the patient.",
    ),
    Action(
        id="schedule.search", keys="slash", run="screen.search", label="Search", place="schedule",
        help="Find by the patient's name or ID; Esc restores the list.",
    ),
    Action(
        id="schedule.previous", keys="left_square_bracket", letters="left", run="screen.other_day(-1)",
        label="Day before", place="schedule", help="Show the day before.",
    ),
    Action(
        id="schedule.next", keys="right_square_bracket", letters="right", run="screen.other_day(1)",
        label="Day after", place="schedule", help="Show the day after.",
    ),
    Action(
        id="schedule.today", keys="t", run="screen.today", label="Today", place="schedule",
        help="Show today, and select what is useful now.",
    ),
    Action(
        id="schedule.day", keys="d", run="screen.day", label="Go to day", place="schedule",
        help="Type a day to show: 1.12., +3, fri, tomorrow.",
    ),
    Action(
        id="schedule.details", keys="v", run="screen.details", label="Details", place="schedule",
        help="Show people, notes, stills, files and what happened.",
    ),
    Action(
        id="schedule.edit", keys="e", run="screen.edit", label="Edit", place="schedule",
        help="Change time, kind, patient and contacts.",
    ),
    Action(
        id="schedule.link", keys="y", run="screen.link", label="Copy link", place="schedule",
        help="Copy the patient's link and show it with its QR code.",
    ),
    Action(
        id="schedule.send", keys="s", run="screen.send", label="Send invite", place="schedule",
        help="Send the invitations of an imported appointment; it asks.",
    ),
    Action(
        id="schedule.send_all", keys="S", run="screen.send_all", label="Send all", place="schedule",
        help="Send those of every imported one of the day; it asks.",
    ),
    Action(
        id="schedule.outcome", keys="o", run="screen.outcome", label="Outcome", place="schedule",
        help="Mark it as Taken or as Did not attend.",
    ),
    Action(
        id="schedule.cancel", keys="X", run="screen.cancel", label="Cancel", place="schedule",
        help="Cancel the selected appointment; it says who is told.",
    ),
    Action(
        id="schedule.import", keys="I", run="screen.import_list", label="Import", place="schedule",
        help="Import a list: ICS, CSV or FHIR; it shows each line first.",
    ),
    Action(
        id="session.join", keys="J", run="screen.join", label="Join", place="session",
        help="Start the call. It admits nobody.",
    ),
    Action(
        id="people.admit", keys="a", run="screen.admit", label="Admit", place="session",
        help="Admit the selected person.",
    ),
    Action(
        id="people.admit_all", keys="A", run="screen.admit_all", label="Admit all", place="session",
        help="Admit everyone who waits; it names them and asks.",
    ),
    Action(
        id="people.disconnect", keys="x", run="screen.disconnect", label="Disconnect", place="session",
        help="Disconnect the selected person from the waiting room.",
    ),
    Action(
        id="people.options", keys="full_stop", letters="enter", run="screen.options", label="Options", place="session",
        help="Show what can be done with the selected person or line.",
    ),
    Action(
        id="people.invite", keys="i", run="screen.invite", label="Invite", place="session",
        help="Invite one more person to this appointment.",
    ),
    Action(
        id="people.search", keys="slash", run="screen.search", label="Search", place="session",
        help="Find a person: are they connected? Esc restores the list.",
    ),
    Action(
        id="people.link", keys="y", run="screen.link", label="Copy link", place="session",
        help="Copy the selected person's link and show its QR code.",
    ),
    Action(
        id="view.people", keys="f3", letters="1", run="screen.people", label="People", place="session",
        help="Show the people of this session.",
    ),
    Action(
        id="view.chat", keys="f4", letters="2", run="screen.chat", label="Chat", place="session",
        help="Show what is written in the call and what happened.",
    ),
    Action(
        id="chat.acts", keys="t", run="screen.acts", label="Acts", place="session",
        help="Hide what happened between the chat lines, or show it.",
    ),
    Action(
        id="note.open", keys="f7", run="screen.note", label="Private note", place="session",
        help="Write a private note beside the call; only you read it.",
    ),
    Action(
        id="note.send", keys="ctrl+s", run="screen.note_send", label="SEND note", place="session",
        help="Save the private note with the appointment.",
    ),
    Action(
        id="note.stamp", keys="ctrl+t", run="screen.note_stamp", label="Stamp time", place="session",
        help="Put the call's clock into the private note.",
    ),
    Action(
        id="chat.attach", keys="f", run="screen.attach", label="Add attachment", place="session",
        help="Send a file to everyone in the call; it asks.",
    ),
    Action(
        id="note.template", keys="ctrl+r", run="screen.note_template", label="Template", place="session",
        help="Put a template into the private note, such as SOAP.",
    ),
    Action(
        id="note.editor", keys="ctrl+g", run="screen.note_editor", label="Own editor", place="session",
        help="Write the note in your own editor: $VISUAL or $EDITOR.",
    ),
    Action(
        id="session.window", keys="f8", run="screen.window", label="Window", place="session",
        help="Open your video window; without display, a browser link.",
    ),
    Action(
        id="session.picture", keys="p", run="screen.picture", label="Live picture", place="session",
        help="Show small live pictures of who is selected, here.",
    ),
    Action(
        id="session.layout", keys="v", run="screen.layout", label="Layout", place="session",
        help="Switch your video window between tiles and the speaker.",
    ),
    Action(
        id="session.hang_up", keys="f10", run="screen.hang_up", label="Hang up", place="session",
        help="Leave the call; it asks whether the others stay.",
    ),
    Action(id="list.down", keys="down", letters="j", run="down", label="Down", place="list", help="Next row."),
    Action(id="list.up", keys="up", letters="k", run="up", label="Up", place="list", help="Previous row."),
    Action(id="list.first", keys="home", letters="g", run="first", label="First", place="list", help="First row."),
    Action(id="list.last", keys="end", letters="G", run="last", label="Last", place="list", help="Last row."),
    Action(id="list.page_down", keys="pagedown", run="page(1)", label="Page down", place="list", help="A page on."),
    Action(id="list.page_up", keys="pageup", run="page(-1)", label="Page up", place="list", help="A page back."),
)  # fmt: skip

BY_ID: Mapping[str, Action] = {action.id: action for action in TABLE}

SHOWN = {
    "question_mark": "?", "slash": "/", "full_stop": ".", "colon": ":", "enter": "Enter", "down": "↓", "up": "↑",
    "left": "←", "right": "→", "left_square_bracket": "[", "right_square_bracket": "]",
    "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "escape": "Esc",
}  # fmt: skip


def bindings(place: Place) -> list[BindingType]:
    """Textual's bindings of a place, with the ids that the keymap names."""
    made: list[BindingType] = []
    for action in of_place(place):
        made.append(
            Binding(action.keys, action.run, action.label, tooltip=action.help, id=action.id, priority=action.priority)
        )
        if action.letters:
            letters = Binding(action.letters, action.run, action.label, tooltip=action.help, id=f"{action.id}.letter")
            made.append(letters)
    return made


def of_place(*places: Place) -> list[Action]:
    """The actions of these places, in the order of the table."""
    return [action for action in TABLE if action.place in places]


def name_of(action: Action) -> str:
    """The action's name without the place that does it: `admit` of `screen.admit`."""
    return action.run.rpartition(".")[2]


def shown_key(key: str) -> str:
    """How a key is written for people: `F2`, `ctrl+o`, `?`."""
    first = key.split(",")[0]
    if first in SHOWN:
        return SHOWN[first]
    return first.upper() if first[0] == "f" and first[1:].isdigit() else first


def key_of(action_id: str, keymap: Mapping[str, str] | None = None) -> str:
    """The key of an action as people read it, after the user's keymap."""
    return shown_key((keymap or {}).get(action_id) or BY_ID[action_id].keys)


def keys_of(action_id: str, keymap: Mapping[str, str] | None = None) -> list[str]:
    """All keys of an action as people read them, the letters last, after the user's keymap."""
    action, mine = BY_ID[action_id], keymap or {}
    letters = mine.get(f"{action_id}.letter") or action.letters
    named = [*(mine.get(action_id) or action.keys).split(","), *letters.split(",")]
    return list(dict.fromkeys(shown_key(key.strip()) for key in named if key.strip()))


def works_while_typing(action: Action, keymap: Mapping[str, str] | None = None) -> bool:
    """Whether a key of the action is no letter, so that a field lets it through."""
    pressed = ((keymap or {}).get(action.id) or action.keys).split(",")
    return action.priority or any("+" in key or (key[0] == "f" and key[1:].isdigit()) for key in pressed)


def markdown(keymap: Mapping[str, str] | None = None) -> str:
    """The key table for the README and `ecm-tui keys`."""
    lines = ["| key | does |", "|---|---|"]
    for action in TABLE:
        lines.append(f"| `{' or '.join(keys_of(action.id, keymap))}` | {action.help} |")
    return "\n".join(lines)
