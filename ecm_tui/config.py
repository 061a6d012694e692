"""The settings of one home, frozen once read: flag > `ECM_*` variable > `config.toml` > default.

What is wrong is said with the file or variable, the key and an example; an unknown key is wrong too. An empty variable
counts as not set. The variable of `serve.public_url` is ECM_SERVE_PUBLIC_URL, and so on for every key.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecm_tui import kinds
from ecm_tui.errors import ConfigError, UsageError
from ecm_tui.paths import Places, find_places
from ecm_tui.settings import KINDS, SECTIONS, Settings

__all__ = [
    "DEFAULT",
    "OTHER_VARIABLES",
    "Row",
    "Settings",
    "describe",
    "load",
    "local_timezone",
    "unknown_variables",
    "variable",
]

DEFAULT = "default"
"""Source of a setting that nobody has set."""

OTHER_VARIABLES = frozenset({"ECM_DEBUG", "ECM_HOME", "ECM_SERVICE", "ECM_TOKEN_FILE"})
"""Variables of ours that are no settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of `config show`."""

    key: str
    """Dotted, as in the file."""
    value: str
    """As TOML would write it; secrets and passwords are not shown."""
    source: str
    """File, variable or flag, or DEFAULT."""
    variable: str
    """The environment variable of this key."""


def variable(key: str) -> str:
    """The environment variable of a dotted key."""
    return "ECM_" + key.replace(".", "_").upper()


def load(flags: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings for a process started with these flags (dotted key -> value, None for not given) in `environ`.

    A flag's value may be text, as typed, or have the setting's type already. Raises ConfigError for a file or variable,
    UsageError for a flag.
    """
    home = find_places(environ)
    given = _from_file(home.settings)
    for key, kind in KINDS.items():
        if text := environ.get(variable(key), ""):
            given[key] = (variable(key), kind.from_text(text))
        if (value := flags.get(key)) is not None:
            given[key] = (_flag(key), kind.from_text(value) if isinstance(value, str) else value)
    values = {key: _read(key, value, source, home) for key, (source, value) in given.items()}
    sources = {key: source for key, (source, _) in given.items()}
    if not values.get("clinic.timezone"):
        values["clinic.timezone"] = local_timezone(environ)
    _check_pairs(values, sources)
    made = {name: shape(**_below(name, values)) for name, shape in SECTIONS.items()}
    return Settings(**made, keys=values.get("keys", {}), home=home, sources=sources)


def describe(settings: Settings) -> list[Row]:
    """Every setting with its value and where that came from, in the order of the documentation."""
    rows = []
    for key, kind in KINDS.items():
        section, _, name = key.partition(".")
        value = getattr(settings, section)
        shown = kind.show(getattr(value, name) if name else value)
        rows.append(Row(key=key, value=shown, source=settings.sources.get(key, DEFAULT), variable=variable(key)))
    return rows


def unknown_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """`ECM_*` variables that set nothing, each with the nearest one that would, or "": `config check` warns of them."""
    known = [variable(key) for key in KINDS] + sorted(OTHER_VARIABLES)
    strange = sorted(name for name in environ if name.startswith("ECM_") and name not in known)
    return {name: _nearest(name, known) for name in strange}


def local_timezone(environ: Mapping[str, str], link: str = "/etc/localtime") -> str:
    """IANA name of this computer's zone: the variable TZ, else where `link` points; UTC when neither says."""
    for name in (environ.get("TZ", "").removeprefix(":"), os.path.realpath(link).partition("zoneinfo/")[2]):
        if name and kinds.is_zone(name):
            return name
    return "UTC"


def _from_file(path: Path) -> dict[str, tuple[str, object]]:
    """Dotted key -> (source, TOML value). A file that is not there sets nothing."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror or error}.") from error
    try:
        tables = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "", f"is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), "", f"is not TOML: {error}.", '[clinic] and below it name = "Lakeside"') from error
    given: dict[str, tuple[str, object]] = {}
    for section, table in tables.items():
        if section == "keys":
            given["keys"] = (str(path), table)
        elif section not in SECTIONS:
            raise _unknown(path, section, [*SECTIONS, "keys"])
        elif not isinstance(table, dict):
            raise ConfigError(str(path), section, "must be a section.", f"[{section}] on a line of its own")
        else:
            given |= {f"{section}.{name}": (str(path), value) for name, value in table.items()}
    for key in given:
        if key not in KINDS:
            raise _unknown(path, key, list(KINDS))
    return given


def _read(key: str, value: object, source: str, home: Places) -> Any:
    kind = KINDS[key]
    try:
        read = kind.read(value)
    except ValueError as error:
        if source == _flag(key):
            raise UsageError(f"{source} {error} Example: {source} {kind.example}") from error
        equals = f"{source}={kind.example}" if source == variable(key) else f"{key.rpartition('.')[2]} = {kind.example}"
        raise ConfigError(source, key, str(error), equals) from error
    if kind.is_path and read:
        base = home.config if source == str(home.settings) else Path.cwd()
        return str(base / Path(read).expanduser())
    return read


def _check_pairs(values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
    """Settings that make sense only together."""
    for one, other in (
        ("serve.tls_cert", "serve.tls_key"),
        ("serve.tls_key", "serve.tls_cert"),
        ("turn.urls", "turn.secret"),
        ("mail.url", "mail.sender"),
        ("lists.authorization", "lists.server"),
    ):
        if values.get(one) and not values.get(other):
            example = f"{other.partition('.')[2]} = {KINDS[other].example}"
            raise ConfigError(sources[one], one, f"needs {other} beside it.", example)


def _below(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{section}.")}


def _flag(key: str) -> str:
    return "--" + key.rpartition(".")[2].replace("_", "-")


def _unknown(path: Path, key: str, known: list[str]) -> ConfigError:
    near = _nearest(key, known)
    hint = f" The nearest is {near}." if near else f" Known are: {', '.join(known)}."
    return ConfigError(str(path), key, f"is not a setting.{hint}")


def _nearest(word: str, known: list[str]) -> str:
    import difflib  # late: only for mistakes

    return next(iter(difflib.get_close_matches(word, known, 1, 0.5)), "")
