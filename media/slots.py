"""Who is on which slot, and how large a picture each person must send. Pure: time is an argument.

Sound: the loudest few. A person's score rises with their loudness at once and falls only after a hangover, so that a
pause between two words costs nobody the slot. Pictures: the pinned person, then whoever spoke last, then the others in
the order in which they came. Whoever stays on, stays on the same slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

HANGOVER = 1.0
"""Seconds for which a score is held after the sound has gone."""
RELEASE = 30.0
"""dB a second by which a score falls after that."""
MARGIN = 3.0
"""dB by which somebody must be louder to take a place from somebody else."""
AUDIBLE = 77.0
"""A loudness (127 - level) from which a person counts as speaking: -50 dBov."""
AFTERGLOW = 0.5
"""Seconds for which a person still counts as speaking."""
LARGE_PICTURES = 2
"""A receiver that shows no more than this many pictures shows them large."""

OFF, SMALL, LARGE = "off", "small", "large"
QUALITIES = (OFF, SMALL, LARGE)


class Speakers:
    """The people of one call by how loud they are and were."""

    def __init__(self) -> None:
        self.ranking: list[str] = []
        """Everyone who can be heard, loudest first, with hysteresis."""
        self.speaking: tuple[str, ...] = ()
        """Who speaks now, in the ranking's order."""
        self.spoke: dict[str, float] = {}
        """When each person was last audible."""
        self._score: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._at = 0.0

    def hear(self, loudness: Mapping[str, float], now: float) -> bool:
        """Take everybody's loudness (0..127, smoothed); True when the ranking or the speakers changed.

        People who are not named any more are forgotten. Call it about every 100 ms; `now` in seconds.
        """
        passed, self._at = now - self._at, now
        before, spoke_before = list(self.ranking), self.speaking
        for person in [person for person in self.ranking if person not in loudness]:
            self._forget(person)
        for person, loud in loudness.items():
            self._rate(person, loud, passed, now)
        self._sort()
        audible = (person for person in self.ranking if now - self.spoke.get(person, -1e9) < AFTERGLOW)
        self.speaking = tuple(audible)
        return before != self.ranking or set(spoke_before) != set(self.speaking)

    def _forget(self, person: str) -> None:
        self.ranking.remove(person)
        for table in (self._score, self._held, self.spoke):
            table.pop(person, None)

    def _rate(self, person: str, loud: float, passed: float, now: float) -> None:
        score = self._score.get(person)
        if score is None:
            self.ranking.append(person)
            score = 0.0
        if loud >= score:
            self._score[person], self._held[person] = loud, now + HANGOVER
        elif now > self._held[person]:
            self._score[person] = max(loud, score - RELEASE * passed)
        else:
            self._score[person] = score
        if loud >= AUDIBLE:
            self.spoke[person] = now

    def _sort(self) -> None:
        """One pass from the quiet end: somebody much louder rises as far as they belong, equals do not swap."""
        ranking, score = self.ranking, self._score
        for index in range(len(ranking) - 2, -1, -1):
            upper, lower = ranking[index], ranking[index + 1]
            if score[lower] > max(score[upper] + MARGIN, AUDIBLE):
                ranking[index], ranking[index + 1] = lower, upper


def wanted_sounds(ranking: Iterable[str], receiver: str, count: int) -> list[str]:
    """The people whom `receiver` hears: the first `count` of the ranking, never itself."""
    return [person for person in ranking if person != receiver][:count]


def by_recency(people: Iterable[str], spoke: Mapping[str, float]) -> list[str]:
    """People who spoke last first, then the others in the given order."""
    return sorted(people, key=lambda person: -spoke.get(person, -1.0))


def wanted_pictures(ordered: Iterable[str], receiver: str, pinned: str | None, count: int) -> list[str]:
    """The people whom `receiver` sees: the pinned one first, then `ordered` (see `by_recency`), never itself."""
    others = [person for person in ordered if person != receiver]
    if pinned in others:
        others.remove(pinned)
        others.insert(0, pinned)
    return others[: max(0, count)]


def place(current: Sequence[str | None], wanted: Sequence[str]) -> list[str | None]:
    """Put `wanted` on as many slots as there are in `current`; who stays on keeps the slot."""
    staying = set(wanted[: len(current)])
    places = [person if person in staying else None for person in current]
    seated = {person for person in places if person is not None}
    arriving = [person for person in wanted[: len(current)] if person not in seated]
    return [person if person is not None else (arriving.pop(0) if arriving else None) for person in places]


def larger(one: str, other: str) -> str:
    """The larger of two sending qualities."""
    return max(one, other, key=QUALITIES.index)


def watched_quality(person: str, pinned: str | None, pictures: int, *, weak: bool) -> str:
    """How large one receiver, who sees `pictures` pictures, wants `person`; a weak path never asks for large."""
    if weak:
        return SMALL
    return LARGE if person == pinned or pictures <= LARGE_PICTURES else SMALL
