"""The kinds of values that settings take. Each reads what TOML or an environment variable gave, or says what is wrong.

A complaint is a ValueError whose text continues "clinic.timezone ": "must be …, not …."
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET_SHOWN = "(set)"
"""What `config show` prints in place of a secret."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one setting is read, shown and explained."""

    read: Callable[[Any], Any]
    """TOML value -> value of the setting; raises ValueError."""
    example: str
    """A line as it would stand in the file, after the key and `= `."""
    from_text: Callable[[str], object] = str
    """Text of a variable or flag -> the TOML value it stands for."""
    show: Callable[[Any], str] = str
    """Value -> text for `config show`; keeps secrets."""
    is_path: bool = False
    """Whether a relative value means: beside the file that holds it."""


def text(example: str, limit: int = 200) -> Kind:
    """One line of at most `limit` characters."""

    def read(value: object) -> str:
        found = _string(value)
        if len(found) > limit:
            raise ValueError(f"must be at most {limit} characters long, not {len(found)}.")
        if not found.isprintable():
            raise ValueError("must be one line without control characters.")
        return found

    return Kind(read, f'"{example}"', show=_quoted)


def secret(example: str, limit: int = 1_000) -> Kind:
    """A text of at most `limit` characters that is never shown."""
    return Kind(text(example, limit).read, f'"{example}"', show=lambda value: SECRET_SHOWN if value else '""')


def flag(example: str) -> Kind:
    """true or false; a variable may also say yes/no, on/off, 1/0."""
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}

    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false, not {_shown(value)}.")
        return value

    return Kind(
        read, example, from_text=lambda given: words.get(given.lower(), given), show=lambda value: str(value).lower()
    )


def whole(lowest: int, highest: int, example: int) -> Kind:
    """A whole number from `lowest` to `highest`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}, not {_shown(value)}.")
        return value

    def from_text(given: str) -> object:
        return int(given) if re.fullmatch(r"[+-]?[0-9]{1,18}", given) else given

    return Kind(read, str(example), from_text=from_text)


def choice(*words: str) -> Kind:
    """One of these words."""

    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not {_shown(value)}.")
        return str(value)

    return Kind(read, f'"{words[0]}"', show=_quoted)


def listing(item: Kind, example: str) -> Kind:
    """A list; a variable parts its items by commas."""

    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"must be a list, not {_shown(value)}.")
        return tuple(item.read(one) for one in value)

    def from_text(given: str) -> object:
        return [part.strip() for part in given.split(",") if part.strip()]

    return Kind(read, example, from_text, show=lambda value: "[" + ", ".join(map(item.show, value)) + "]")


def command_line(example: str) -> Kind:
    """A program and its arguments, quoted as a shell would; no shell runs it. Or "" for none."""
    line = text(example, 1_000)

    def read(value: object) -> str:
        import shlex  # late: few homes set one

        found = str(line.read(value))
        try:
            words = shlex.split(found)
        except ValueError:
            raise ValueError("must have a partner for each quotation mark.") from None
        if found and not (words and words[0]):
            raise ValueError("must begin with the name of a program.")
        return found

    return Kind(read, f'"{example}"', show=_quoted)


def path(example: str) -> Kind:
    """A file's path; `~` is the user's home. Whether it can be read is asked by who needs it."""
    return Kind(text(example, 1_000).read, f'"{example}"', show=_quoted, is_path=True)


def table(example: str) -> Kind:
    """Names with texts, nested or dotted; a variable writes `name=text` with spaces between."""

    def read(value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValueError(f"must be a table, not {_shown(value)}.")
        flat: dict[str, str] = {}
        for name, inner in value.items():
            if isinstance(inner, dict):
                flat |= {f"{name}.{below}": key for below, key in read(inner).items()}
            else:
                flat[name] = _string(inner)
        return flat

    def from_text(given: str) -> object:
        pairs = [pair.partition("=") for pair in given.split()]
        return {name: key for name, equals, key in pairs} if all(equals for _, equals, _ in pairs) else given

    def show(value: dict[str, str]) -> str:
        return "{" + ", ".join(f'"{name}" = "{key}"' for name, key in value.items()) + "}"

    return Kind(read, example, from_text, show)


def timezone() -> Kind:
    """A zone of the IANA database; "" stands for the zone of this computer."""

    def read(value: object) -> str:
        name = _string(value)
        if name and not is_zone(name):
            raise ValueError(f"must be a time zone such as Europe/Zurich, not {_shown(value)}.")
        return name

    return Kind(read, '"Europe/Zurich"', show=_quoted)


def is_zone(name: str) -> bool:
    """Whether the time zone database knows this name."""
    import zoneinfo  # late: only where a zone is set

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def colour() -> Kind:
    """A colour as the web writes it."""

    def read(value: object) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", _string(value)):
            raise ValueError(f"must be # and six hexadecimal digits, not {_shown(value)}.")
        return str(value).lower()

    return Kind(read, '"#0b6e6e"', show=_quoted)


def address() -> Kind:
    """An IP address, or "" for none."""

    def read(value: object) -> str:
        found = _string(value)
        if found:
            _ip(found, f"must be an IP address, not {_shown(value)}.", network=False)
        return found

    return Kind(read, '"203.0.113.7"', show=_quoted)


def network() -> Kind:
    """An IP address or a network in slash notation."""

    def read(value: object) -> str:
        found = _string(value)
        _ip(found, f"must hold IP addresses or networks, not {_shown(value)}.", network=True)
        return found

    return Kind(read, '"10.0.0.0/8"', show=_quoted)


def _ip(value: str, complaint: str, network: bool) -> None:
    import ipaddress  # late: few homes set an address

    try:
        _ = ipaddress.ip_network(value, strict=False) if network else ipaddress.ip_address(value)
    except ValueError:
        raise ValueError(complaint) from None


def ports() -> Kind:
    """The first and the last of a range of UDP ports, or None."""

    def read(value: object) -> tuple[int, int] | None:
        if value == "":
            return None
        found = re.fullmatch(r"([0-9]{1,5}) *- *([0-9]{1,5})", _string(value))
        if not found or not 1024 <= int(found[1]) <= int(found[2]) <= 65535:
            raise ValueError(f"must be a range of ports between 1024 and 65535, not {_shown(value)}.")
        return int(found[1]), int(found[2])

    def show(value: tuple[int, int] | None) -> str:
        return f'"{value[0]}-{value[1]}"' if value else '""'

    return Kind(read, '"50000-50199"', show=show)


def endpoint(example: str) -> Kind:
    """host:port, or "" for none."""

    def read(value: object) -> str:
        found = _string(value)
        if found:
            parts = _split(f"//{found}", f"must be host:port, not {_shown(value)}.")
            if not parts.hostname or not parts.port or found != parts.netloc:
                raise ValueError(f"must be host:port, not {_shown(value)}.")
        return found

    return Kind(read, f'"{example}"', show=_quoted)


def scanner(example: str) -> Kind:
    """host:port, the absolute path of a unix socket, or "" for none."""

    def read(value: object) -> str:
        found = text(example, 1_000).read(value)
        if found.startswith("/"):
            return str(found)
        try:
            return str(endpoint(example).read(found))
        except ValueError:
            raise ValueError(f"must be host:port or the path of a socket, not {_shown(value)}.") from None

    return Kind(read, f'"{example}"', show=_quoted)


def url(*schemes: str, example: str, bare: bool = False) -> Kind:
    """An address on the web, or "". `bare`: only scheme, host and port, given back without a slash at its end."""
    allowed = " or ".join(f"{scheme}://" for scheme in schemes)

    def read(value: object) -> str:
        found = _string(value)
        if not found:
            return ""
        complaint = f"must begin with {allowed} and name a host, not be {_shown(value)}."
        parts = _split(found, complaint)
        if parts.scheme not in schemes or not parts.hostname or not found.isprintable() or " " in found:
            raise ValueError(complaint)
        if not bare:
            return found
        if parts.username or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError(f"must be only scheme, host and port, not {_shown(value)}.")
        return f"{parts.scheme}://{parts.netloc}"

    def show(value: str) -> str:
        return _quoted(re.sub(r"\?.+", "?***", without_password(value)))  # gateways take their keys as a query

    return Kind(read, f'"{example}"', show=show)


def smtp_url() -> Kind:
    """A mail server: smtp://user:password@host:port?tls=starttls|on|off, or "" for none."""
    example = "smtp://user:password@mail.clinic.example:587?tls=starttls"

    def read(value: object) -> str:
        found = _string(value)
        if found:
            # The complaints do not repeat the value: it holds a password.
            parts = _split(found, "must have a port between 1 and 65535.")
            if parts.scheme != "smtp" or not parts.hostname or not found.isprintable():
                raise ValueError("must be smtp:// with a host.")
            asked = parse_qs(parts.query, keep_blank_values=True)
            if set(asked) - {"tls"} or not set(asked.get("tls", [])) <= {"starttls", "on", "off"}:
                raise ValueError("may end in ?tls=starttls, ?tls=on or ?tls=off and in nothing else.")
        return found

    return Kind(read, f'"{example}"', show=lambda value: _quoted(without_password(value)))


def turn_url() -> Kind:
    """One address of a TURN server as RFC 7065 writes it."""

    def read(value: object) -> str:
        if not re.fullmatch(r"turns?:[A-Za-z0-9.\[\]:_-]+(\?transport=(udp|tcp))?", _string(value)):
            raise ValueError(f"must hold turn: or turns: addresses, not {_shown(value)}.")
        return str(value)

    return Kind(read, '"turn:turn.clinic.example:3478?transport=udp"', show=_quoted)


def without_password(value: str) -> str:
    """The same URL with its password as `***`."""
    return re.sub(r"^([a-z]+://[^/?#@:]*):[^/?#]*@", r"\1:***@", value)


def _split(value: str, complaint: str) -> Any:
    """The parts of a URL; its port is looked at too, which is where urllib finds fault."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(complaint) from None
    return parts


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {_shown(value)}.")
    return value


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shown(value: object) -> str:
    """A wrong value as a complaint quotes it: safe to print and short."""
    if isinstance(value, bool):
        return str(value).lower()
    shown = repr(without_password(value)) if isinstance(value, str) else repr(value)
    safe = shown.encode("ascii", "backslashreplace").decode()
    return safe if len(safe) <= 60 else safe[:57] + "..."
