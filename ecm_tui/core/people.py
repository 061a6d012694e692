"""Who belongs to a session and where each of them stands. Pure: a person keeps id and row for life."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ecm_tui.core.delivery import Delivery
from ecm_tui.core.devices import NO_DEVICES, Devices
from ecm_tui.core.stills import Closed, Consent

PersonState = Literal["invited", "waiting", "admitted", "left", "removed", "disconnected"]
"""Where a person stands; `connected` says beside it whether their page was heard from lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One participant of one appointment: the patient or a guest."""

    id: str
    name: str
    """The invited name, cleaned; the row shows this and never what the page claims."""
    description: str = ""
    email: str = ""
    mobile: str = ""
    patient: bool = False
    """Whether this is the patient of the appointment; the others are guests."""
    link: int = 1
    """Number of the join link that counts; an older number opens nothing."""
    link_revoked: bool = False
    """Whether the link was taken back and none counts."""
    by_list: bool = False
    """Whether a list brought the person (E10) and nobody here has changed anything of them since."""
    taken_out: bool = False
    """Whether that list named them no more before they ever came: the link is dead, the row stays."""
    deliveries: tuple[Delivery, ...] = ()
    """The newest sending of the invitation by each channel."""
    state: PersonState = "invited"
    connected: bool = False
    """Whether the page was heard from lately; False in `waiting` and `admitted` means Reconnecting."""
    left_reason: Literal["left", "lost", "ended"] | None = None
    """Why the person is in `left`; None in every other state."""
    visit: str = ""
    """The open page (one browser tab) that speaks for the person; empty when none does."""
    entry: int = 0
    """How many times the person entered the waiting room; "Ask again" makes the next one."""
    admission: int = 0
    """How many times the person was admitted; with the id it names one stay in the call."""
    asked_again: bool = False
    """Whether this waiting entry was asked for after a disconnect (S12)."""
    waiting_since: datetime | None = None
    """When this waiting entry began; always UTC; None outside the waiting room."""
    admitted_at: datetime | None = None
    stands_since: int = 0
    """Number of the event that brought the person where they stand now: the order of lists, whatever clocks do."""
    lost_at: datetime | None = None
    """When the page was last lost, while the grace runs; None when connected or away."""
    devices: Devices = NO_DEVICES
    hand: bool = False
    """Whether the person raised a hand."""
    silenced: bool = False
    """Whether the organiser closed the chat for the person; kept until it is opened again."""
    chat_before: int = 0
    """How many lines the chat had when the person was admitted last."""
    muted: bool = False
    """Whether the organiser muted the person: their sound is dropped by the bridge."""
    unmute_asked: bool = False
    """Whether the organiser asked the person to speak again and the answer is open."""
    consent: Consent | None = None
    """The open screenshot request; None when there is none."""
    last_consent: Closed | None = None
    """The last request of this stay that is over; the person's page says what became of it."""
    changed_by: str = ""
    """Id of the account that brought the person into `state`; empty when nobody but themselves did."""

    @property
    def present(self) -> bool:
        """Whether the person holds a place in the waiting room or the call, connected or reconnecting."""
        return self.state in ("waiting", "admitted")

    @property
    def word(self) -> str:
        """The state word of the row (S36)."""
        if self.present and not self.connected:
            return "Reconnecting"
        return "Taken out" if self.taken_out else _WORDS[self.state]


_WORDS: Mapping[PersonState, str] = {
    "invited": "Invited",
    "waiting": "Waiting",
    "admitted": "In call",
    "left": "Left",
    "removed": "Removed",
    "disconnected": "Disconnected",
}


def waiting(people: Iterable[Person]) -> list[Person]:
    """Those in the waiting room, longest wait first."""
    return sorted((p for p in people if p.state == "waiting"), key=lambda p: p.stands_since)


def in_call(people: Iterable[Person]) -> list[Person]:
    """Those admitted, in the order of admission."""
    return sorted((p for p in people if p.state == "admitted"), key=lambda p: p.stands_since)


def invited(people: Iterable[Person]) -> list[Person]:
    """Those invited who have not come yet, in the order of invitation."""
    return [p for p in people if p.state == "invited"]


def others(people: Iterable[Person]) -> list[Person]:
    """Those who were here and are not now: left, removed, disconnected."""
    return [p for p in people if p.state in ("left", "removed", "disconnected")]


def listed(people: Iterable[Person]) -> list[Person]:
    """Everyone in the order of every list: waiting (longest first), in call, invited, others."""
    everyone = list(people)
    return waiting(everyone) + in_call(everyone) + invited(everyone) + others(everyone)
