"""What can be set, section by section: frozen shapes with their defaults, and the kind of value that each key takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ecm_tui import kinds
from ecm_tui.kinds import Kind
from ecm_tui.paths import Places

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def _setting(default: Any, kind: Kind) -> Any:
    return field(default=default, metadata={"kind": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """Who the clinic is, as patients read it."""

    name: str = _setting("Video clinic", kinds.text("Lakeside Practice", 80))
    """On pages, invitations and in the console."""
    support: str = _setting("", kinds.text("Call 044 555 01 23 or write to help@clinic.example", 200))
    """Whom to ask for help, in words; empty when nobody is named."""
    timezone: str = _setting("", kinds.timezone())
    """IANA name. Empty in the file means this computer's own; `load` always fills it in."""
    colour: str = _setting("#0b6e6e", kinds.colour())
    """Accent of pages and mails, `#rrggbb`."""
    channel: Literal["both", "email", "sms"] = _setting("both", kinds.choice("both", "email", "sms"))
    """How invitations go out where a person has both contacts: email, sms or both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """Where the service listens and how others reach it."""

    host: str = _setting("127.0.0.1", kinds.text("0.0.0.0", 255))
    """Address or host name to listen on."""
    port: int = _setting(8440, kinds.whole(0, 65535, 8440))
    """TCP port; 0 picks a free one."""
    public_url: str = _setting("", kinds.url("https", "http", example="https://call.clinic.example", bare=True))
    """What links begin with, without a slash at the end; empty: links work on this computer only."""
    tls_cert: str = _setting("", kinds.path("/etc/ssl/clinic.pem"))
    """Certificate chain, PEM."""
    tls_key: str = _setting("", kinds.path("/etc/ssl/private/clinic.key"))
    """Its private key, PEM."""
    behind_proxy: tuple[str, ...] = _setting((), kinds.listing(kinds.network(), '["127.0.0.1"]'))
    """Reverse proxies whose forwarding headers are believed: addresses or networks; empty: nobody's are."""
    metrics: str = _setting("", kinds.endpoint("127.0.0.1:9440"))
    """host:port of /metrics; empty: off."""

    @property
    def local_only(self) -> bool:
        """Whether links work on this computer only."""
        host = self.public_url.partition("://")[2].rpartition("@")[2]
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        return not self.public_url or name in LOOPBACK_HOSTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The relay for people whose networks let no direct path through."""

    urls: tuple[str, ...] = _setting((), kinds.listing(kinds.turn_url(), '["turn:turn.clinic.example:3478"]'))
    """Addresses as in RFC 7065; empty: no relay."""
    secret: str = _setting("", kinds.secret("the static-auth-secret of coturn"))
    """Shared with the relay; pages get credentials made from it that expire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Where sound and picture arrive."""

    address: str = _setting("", kinds.address())
    """Address that browsers are told, for a host behind NAT; empty: the host's own."""
    ports: tuple[int, int] | None = _setting(None, kinds.ports())
    """First and last UDP port; None: whatever the system gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What of the chat is shown to whom."""

    history: Literal["all", "none"] = _setting("all", kinds.choice("all", "none"))
    """What a late joiner sees of the general chat so far: all or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The server that invitations leave by."""

    url: str = _setting("", kinds.smtp_url())
    """smtp://user:password@host:port?tls=starttls|on|off; empty: invitations stay queued."""
    sender: str = _setting("", kinds.text("Lakeside Practice <no-reply@clinic.example>"))
    """The From line; needed as soon as there is a server."""
    domains: tuple[str, ...] = _setting((), kinds.listing(kinds.text("clinic.local"), '["clinic.local"]'))
    """Mail domains of the house that the public internet does not know, such as .local ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """The gateway that text messages leave by: one HTTP request for each."""

    url: str = _setting("", kinds.url("https", "http", example="https://sms.example/send"))
    """Where to POST; empty: no text messages."""
    authorization: str = _setting("", kinds.secret("Bearer 5f2c…"))
    """Value of the Authorization header; empty: none is sent."""
    body: str = _setting('{"to": "{to}", "text": "{text}"}', kinds.text('{\\"to\\": \\"{to}\\"}', 2_000))
    """JSON with {to} and {text} in it, which are filled in as JSON text."""
    success: str = _setting("", kinds.text("accepted"))
    """What the answer's body must hold; empty: any 2xx answer will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The server that lists of appointments are read from by `ecm-tui import https://…`."""

    server: str = _setting("", kinds.url("https", "http", example="https://fhir.clinic.example", bare=True))
    """The only one that is shown `lists.authorization`."""
    authorization: str = _setting("", kinds.secret("Bearer 5f2c…", 8_000))
    """Value of the Authorization header; empty: none is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The bounds of a call."""

    places: int = _setting(50, kinds.whole(1, 50, 50))
    """Admitted people at once, organisers not counted."""
    grace_seconds: int = _setting(30, kinds.whole(5, 600, 30))
    """How long a lost connection keeps its place, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screenshot:
    """Asking for a still."""

    timeout_seconds: int = _setting(60, kinds.whole(5, 600, 60))
    """How long a request waits for an answer, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Attachments."""

    limit_mb: int = _setting(1024, kinds.whole(1, 102_400, 1024))
    """Largest file in MiB."""
    session_mb: int = _setting(4096, kinds.whole(1, 1_024_000, 4096))
    """All files of one appointment together, in MiB."""
    person_mb: int = _setting(1024, kinds.whole(1, 1_024_000, 1024))
    """All files that one participant shares in one appointment, in MiB; organisers have all of session_mb."""
    programs: bool = _setting(False, kinds.flag("true"))
    """Whether files that a computer runs may be passed on."""
    clamd: str = _setting("", kinds.scanner("/run/clamav/clamd.ctl"))
    """Where ClamAV's daemon listens: host:port or the path of its socket; empty: files are not scanned for viruses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what people wrote is kept."""

    days: int = _setting(0, kinds.whole(0, 36_500, 3650))
    """Days after the appointment until texts, names, files and stills are erased; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """How the console draws attention."""

    bell: bool = _setting(True, kinds.flag("false"))
    """Whether the terminal's bell rings when somebody wants to join."""
    terminal: str = _setting("auto", kinds.choice("auto", "off", "osc9", "osc777", "osc99"))
    """Desktop notifications through the terminal: auto asks the terminal's name, the others force one way or none."""
    names: bool = _setting(False, kinds.flag("true"))
    """Whether such a notification names who wants to join; others may see the screen it stands on."""
    repeat_seconds: int = _setting(60, kinds.whole(0, 3600, 60))
    """How often bell and notification come again while somebody waits, in seconds; 0: once only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Programs that the service runs when something happens, without a shell and without anybody's name.

    They get ECM_EVENT, ECM_APPOINTMENT, ECM_WAITING, ECM_IN_CALL and ECM_CALLS as variables.
    """

    knock: str = _setting("", kinds.command_line("/usr/local/bin/ring 2"))
    """Somebody came to the waiting room."""
    admit: str = _setting("", kinds.command_line("/usr/local/bin/lamp on"))
    """Somebody was let into a call."""
    end: str = _setting("", kinds.command_line("/usr/local/bin/lamp off"))
    """A call has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the console shows to whom."""

    initials: bool = _setting(False, kinds.flag("true"))
    """Whether it starts with initials instead of names, for desks that others can see."""
    lock_minutes: int = _setting(0, kinds.whole(0, 1440, 10))
    """Minutes without a key until it locks; the call goes on. 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """How the console draws."""

    theme: str = _setting("auto", kinds.choice("auto", "dark", "light", "contrast", "terminal"))
    """Colours: dark, light, of high contrast, or the terminal's own; auto goes by what the terminal tells of itself."""
    signs: str = _setting("auto", kinds.choice("auto", "all", "ascii"))
    """Signs such as filled and empty circles: all, or ASCII only; auto goes by locale and terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that was set, with where it came from."""

    clinic: Clinic = field(default_factory=Clinic)
    serve: Serve = field(default_factory=Serve)
    turn: Turn = field(default_factory=Turn)
    media: Media = field(default_factory=Media)
    chat: Chat = field(default_factory=Chat)
    mail: Mail = field(default_factory=Mail)
    sms: Sms = field(default_factory=Sms)
    lists: Lists = field(default_factory=Lists)
    session: Session = field(default_factory=Session)
    screenshot: Screenshot = field(default_factory=Screenshot)
    files: Files = field(default_factory=Files)
    retention: Retention = field(default_factory=Retention)
    notify: Notify = field(default_factory=Notify)
    console: Console = field(default_factory=Console)
    hooks: Hooks = field(default_factory=Hooks)
    display: Display = field(default_factory=Display)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id -> keys, as in `people.admit = "a"`; the console knows which ids exist."""
    home: Places
    """Where this home keeps its things."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Dotted key -> file, variable or flag that set it; keys that are missing here have their default."""


SECTIONS: dict[str, Callable[..., Any]] = {
    "clinic": Clinic,
    "serve": Serve,
    "turn": Turn,
    "media": Media,
    "chat": Chat,
    "mail": Mail,
    "sms": Sms,
    "lists": Lists,
    "session": Session,
    "screenshot": Screenshot,
    "files": Files,
    "retention": Retention,
    "notify": Notify,
    "console": Console,
    "hooks": Hooks,
    "display": Display,
}
"""Section of the file -> its shape."""
KINDS: dict[str, Kind] = {
    f"{section}.{one.name}": one.metadata["kind"]
    for section, shape in SECTIONS.items()
    for one in fields(shape)  # type: ignore[arg-type]  # the shapes are dataclasses, which the type of a dict cannot say
} | {"keys": kinds.table('{ "people.admit" = "ctrl+a" }')}
"""Dotted key -> kind of its value, in the order of the documentation."""
