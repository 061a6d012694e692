"""When a frame was captured, by the bridge's clock: an estimate that errs to the earlier side only. Pure.

A frame counts as captured at the sender's NTP time of its timestamp, plus the smallest (arrival - NTP) of the sender's
reports, minus the largest recent round trip, minus a guard. The smallest (arrival - NTP) is the distance of the two
clocks plus one way of the path, and no way is longer than the round trip; so what the path adds is taken off again,
and in doubt a later frame is chosen. The sender's clock itself is trusted for nothing: whatever it is set to cancels
out, and reports that contradict each other only make a frame older.
"""

from __future__ import annotations

from collections import deque

GUARD = 0.06
"""Seconds: what lies before the sender's clock, such as the way from a canvas or a sensor into the encoder."""
REPORTS = 30
"""Sender reports that are kept: browsers send one a second."""
MAX_AGE = 120.0
"""Seconds after which a report says nothing any more: two clocks drift apart by some 10 ms in that time."""
RATE = 90_000
"""Ticks of a picture's timestamp in a second."""
ROUND_TRIPS = 10
MAX_ROUND_TRIP_AGE = 10.0
"""Seconds for which a measured round trip counts as recent."""


class Captures:
    """What the reports of one stream say of when its frames were captured."""

    __slots__ = ("_reports",)

    def __init__(self) -> None:
        self._reports: deque[tuple[float, int, float]] = deque(maxlen=REPORTS)

    def report(self, ntp: int, timestamp: int, now: float) -> None:
        """Take a sender report: its 64-bit NTP time, the stream's timestamp at that time, our time of arrival."""
        self._reports.append((ntp / 2**32, timestamp, now))

    def known(self, now: float) -> bool:
        """Whether there is a report by which frames can be dated."""
        return bool(self._reports) and now - self._reports[-1][2] <= MAX_AGE

    def estimate(self, timestamp: int, round_trip: float, now: float) -> float | None:
        """When the frame of that timestamp was captured, in seconds of our clock; None without a report.

        `round_trip` is the largest recent one, in seconds.
        """
        reports = [report for report in self._reports if now - report[2] <= MAX_AGE]
        if not reports:
            return None
        sent = min(ntp + _ahead(timestamp, at) / RATE for ntp, at, _ in reports)
        offset = min(arrival - ntp for ntp, _, arrival in reports)
        return sent + offset - round_trip - GUARD


def _ahead(timestamp: int, other: int) -> int:
    """timestamp - other, of 32-bit timestamps that wrap."""
    return ((timestamp - other + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class RoundTrips:
    """The latest round trips to one peer."""

    def __init__(self) -> None:
        self._measured: deque[tuple[float, float]] = deque(maxlen=ROUND_TRIPS)

    def add(self, seconds: float, now: float) -> None:
        """One more was measured."""
        self._measured.append((seconds, now))

    def largest(self, now: float) -> float | None:
        """The largest recent one in seconds; None when there is none."""
        recent = [seconds for seconds, at in self._measured if now - at <= MAX_ROUND_TRIP_AGE]
        return max(recent, default=None)
