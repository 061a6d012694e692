"""What the window knows and shows: who is there, on which slot, speaking, pinned. Pure; time is an argument.

The console's word comes with the page's view; the window's own keys hold until the console says something new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ecm_tui.core.text import NAME_LIMIT, clean

SPEAKER_HOLD = 1.5
"""Seconds that a speaker stays large at least, so that the picture does not jump at every word."""
FROZEN_AFTER = 3.0
"""Seconds without a new picture until the tile says so."""
SETTLE = 0.06
"""Seconds after a slot changed hands in which its pictures may still be the last person's."""

Layout = Literal["tiles", "speaker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person as the window draws them."""

    id: str
    name: str
    """Safe to show."""
    organiser: bool = False
    microphone: bool = False
    camera: bool = False
    muted: bool = False
    """Muted by an organiser."""

    @classmethod
    def read(cls, card: object) -> Someone | None:
        """From the `people` of a page's view; None when it is not one."""
        if not isinstance(card, Mapping) or not isinstance(card.get("id"), str):
            return None
        flags = {key: card.get(key) is True for key in ("organiser", "microphone", "camera", "muted")}
        return cls(id=card["id"], name=clean(str(card.get("name", "")), NAME_LIMIT) or "?", **flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One person's place in the drawing."""

    person: Someone
    mid: str | None
    """The slot that carries their picture; None when no slot does."""
    speaking: bool
    pinned: bool
    number: int
    """The key that pins them, 1 to 9; 0 = none."""


@dataclass(slots=True)
class Scene:
    """Everything that the service said, and what the window's keys chose."""

    state: str = "connecting"
    """connecting, waiting, admitted, ended or failed."""
    words: str = ""
    """A sentence in place of the pictures, or in the bar when there are pictures."""
    clinic: str = ""
    me: str = ""
    people: tuple[Someone, ...] = ()
    layout: Layout = "tiles"
    pinned: str | None = None
    offline: bool = False
    """The line to the service is down."""
    restoring: bool = False
    """Picture and sound are being restored."""
    slots: dict[str, str] = field(default_factory=dict)
    """Slot (mid) to person, pictures and sounds alike."""
    changed_at: dict[str, float] = field(default_factory=dict)
    """When each slot last changed hands, monotonic seconds."""
    speaking: tuple[str, ...] = ()
    speaker: str | None = None
    """Who is large in the speaker layout while nobody is pinned."""
    _speaker_since: float = 0.0
    _said: tuple[Layout, str | None] = ("tiles", None)

    def view(self, view: Mapping[str, Any]) -> None:
        """Take over a page's view as the service sent it."""
        self.state = str(view.get("state", "waiting"))
        clinic = view.get("clinic")
        self.clinic = clean(str(clinic.get("name", "")), NAME_LIMIT) if isinstance(clinic, Mapping) else ""
        me = view.get("me")
        self.me = clean(str(me.get("name", "")), NAME_LIMIT) if isinstance(me, Mapping) else ""
        cards = view.get("people")
        people = (Someone.read(card) for card in cards) if isinstance(cards, Sequence) else ()
        self.people = tuple(person for person in people if person)
        layout: Layout = "speaker" if view.get("layout") == "speaker" else "tiles"
        pinned = view.get("pinned")
        said = (layout, pinned if isinstance(pinned, str) else None)
        if said != self._said:
            self._said = said
            self.layout, self.pinned = said

    def assign(self, slots: Mapping[str, Any], now: float) -> list[str]:
        """Who is on which slot, the whole map. Gives the slots that changed hands: their last picture is another's."""
        new = {mid: person for mid, person in slots.items() if isinstance(person, str)}
        changed = [mid for mid in {*new, *self.slots} if new.get(mid) != self.slots.get(mid)]
        for mid in changed:
            self.changed_at[mid] = now
        self.slots = new
        return changed

    def settled(self, mid: str, now: float) -> bool:
        """Whether a picture that comes on this slot now is surely of the person who is said to be on it."""
        return now - self.changed_at.get(mid, -SETTLE) >= SETTLE

    def speak(self, people: Sequence[object], now: float) -> None:
        """Who speaks now, loudest first."""
        self.speaking = tuple(person for person in people if isinstance(person, str))
        loudest = next(iter(self.speaking), None)
        if loudest and loudest != self.speaker and (self._gone() or now - self._speaker_since >= SPEAKER_HOLD):
            self.speaker, self._speaker_since = loudest, now

    def pin(self, number: int) -> bool:
        """Pin the person with this number, 1 to 9; 0 or the pinned one's number unpins. False when nothing changes."""
        chosen = self.people[number - 1].id if 0 < number <= len(self.people) else None
        if number and chosen is None:
            return False
        before = self.pinned
        self.pinned = None if chosen == before else chosen
        return self.pinned != before

    def turn(self) -> None:
        """The other layout."""
        self.layout = "tiles" if self.layout == "speaker" else "speaker"

    @property
    def effective(self) -> Layout:
        """The layout to draw: somebody pinned is large in either."""
        return "speaker" if self._pinned() else self.layout

    def tiles(self, video: Sequence[str]) -> list[Tile]:
        """All people in the order of drawing: with a picture before those without; the large one first.

        `video` are the mids of picture slots, so that sounds on slots are not taken for pictures.
        """
        on = {self.slots[mid]: mid for mid in video if mid in self.slots}
        numbers = {person.id: number for number, person in enumerate(self.people, 1)}
        tiles = [
            Tile(
                person=person,
                mid=on.get(person.id),
                speaking=person.id in self.speaking,
                pinned=person.id == self.pinned,
                number=numbers[person.id] if numbers[person.id] < 10 else 0,
            )
            for person in self.people
        ]
        large = self._large()
        return sorted(tiles, key=lambda tile: (tile.person.id != large, tile.mid is None))

    def _large(self) -> str | None:
        if self.effective != "speaker":
            return None
        return self._pinned() or (None if self._gone() else self.speaker)

    def _pinned(self) -> str | None:
        return self.pinned if any(person.id == self.pinned for person in self.people) else None

    def _gone(self) -> bool:
        return all(person.id != self.speaker for person in self.people)
