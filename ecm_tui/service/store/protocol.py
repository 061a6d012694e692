"""What the service asks of its database, and the frozen values that pass between them. No SQL here."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ecm_tui.core.log import GENESIS, Body, Entry
from ecm_tui.core.schedule import Summary


class StaleError(Exception):
    """The stream has grown since the decision was made: nothing was written; decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How long a stream is, and its newest hash."""

    stream: str
    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a join link's token stands for."""

    appointment: str
    person: str
    link: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A secret that somebody holds, without the secret."""

    visit: str
    """Public id of this credential: the page or window that holds it."""
    kind: str
    """What it opens, a word of the service's own: `participant`, `viewer`, `window_link`, `account` and so on."""
    appointment: str = ""
    holder: str = ""
    """Person or organiser id."""
    created: datetime
    expires: datetime | None = None
    """When it stops opening anything; None for never."""
    link: int = 0
    """Number of the person's link that it was traded for; 0 for what no join link opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first answer to a command with an id: JSON `answer`, as its author reads it."""

    actor: str
    command_id: str
    stream: str
    command: str
    at: datetime
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Entries that follow `expected` in one stream, with the bodies they name and the links they make."""

    stream: str
    expected: int
    """Sequence number of the newest entry that the decision knew; 0 for a new stream."""
    entries: Sequence[Entry]
    bodies: Mapping[int, Sequence[Body]] = field(default_factory=dict)
    """Sequence number -> bodies."""
    links: Mapping[str, Link] = field(default_factory=dict)
    """SHA-256 of the token -> link."""
    summary: Summary | None = None
    """The Schedule's row after these entries; None for the clinic's own stream."""
    erase: bool = False
    """Whether with these entries everything that people wrote in the stream goes, and every way into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything that one transaction writes, or nothing of it."""

    appends: Sequence[Append] = ()
    answers: Sequence[Answer] = ()
    spent: Sequence[str] = ()
    """Secrets of the credentials that these commands use up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a stream: entries in order, and the contents of their bodies that are still there."""

    entries: Sequence[Entry]
    bodies: Mapping[str, Body]


class Store(Protocol):
    """One database of one clinic. Every method raises errors of the `StoreError` family in whole sentences."""

    @property
    def path(self) -> str:
        """What people call this database, for messages."""

    async def commit(self, batch: Batch) -> None:
        """Write all of `batch` and return once it is on disk. Raises `StaleError` when a stream has grown."""

    async def head(self, stream: str) -> Head:
        """The head of a stream; of one that does not exist, number 0 and the first hash."""

    async def heads(self) -> list[Head]:
        """The heads of all streams that have a head or entries, by name."""

    async def read(self, stream: str, after: int, limit: int) -> Page:
        """At most `limit` entries with sequence numbers above `after`."""

    async def answer(self, actor: str, command_id: str) -> Answer | None:
        """The first answer to this command, while it is kept."""

    async def answers(self, asked: Collection[tuple[str, str]]) -> list[Answer]:
        """The first answers to those of these commands, each an actor and an id, that were answered before."""

    async def tidy(self, answers_before: datetime, now: datetime) -> None:
        """Delete older answers, which nobody asks for again and which may quote names, and expired credentials."""

    async def summaries(self, first: datetime, last: datetime, limit: int) -> list[Summary]:
        """Rows with `first <= at < last`, by time."""

    async def search(self, words: Sequence[str], limit: int) -> list[Summary]:
        """Rows whose patient's name or ID hold every one of the search keys `words`, newest first."""

    async def lacking_summaries(self) -> list[str]:
        """Streams of appointments whose row is absent or older than the stream."""

    async def put_summary(self, summary: Summary) -> None:
        """Write one row anew."""

    async def kept(self, before: datetime, limit: int) -> list[str]:
        """Appointments that were to begin before then and whose content was not erased, oldest first."""

    async def erasures(self) -> list[str]:
        """Appointments whose texts were erased, until `end_erasure`: their stills and files may be on the disk."""

    async def end_erasure(self, appointment: str) -> None:
        """Nothing is left of what belonged to the appointment."""

    async def scrub(self) -> None:
        """What was deleted is gone from the journal too, as far as no reader still looks at it."""

    async def find_link(self, token: str) -> Link | None:
        """Whose link the token is, or was."""

    async def add_credential(self, secret: str, credential: Credential) -> None:
        """Keep the hash of `secret`. The visit must be new."""

    async def find_credential(self, secret: str, now: datetime) -> Credential | None:
        """What the secret stands for, unless it has expired."""

    async def take_credential(self, secret: str, now: datetime) -> Credential | None:
        """The same, once: of many who come with one secret, one gets it."""

    async def drop_credential(self, visit: str) -> None:
        """The credential opens nothing any more. Dropping what is not there is fine."""

    async def drop_credentials(self, appointment: str, holder: str, but: str = "") -> None:
        """The same for everything that one person or organiser holds in an appointment, except the visit `but`."""


def token_hash(token: str) -> str:
    """What is stored in place of a token or another secret of 128 bits or more."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
