"""How often strangers may try, and how fast a page or a person may go on. Time is monotonic; the sums are bounded."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable

LINK_TRIES = 20
"""Wrong links that one address may try in a minute; then even a right one has to wait."""

MINUTE = 60.0

MOST_COUNTED = 10_000
"""Addresses whose tries are remembered, about 5 MB; beyond that those that tried longest ago are forgotten."""

MESSAGES_AT_ONCE = 300
"""Messages that a page may send in a burst: an offer with its candidates is about fifty."""

MESSAGES_PER_SECOND = 30.0
"""Messages that a page may send on and on; a busy page sends two or three."""


def origin_of(address: str) -> str:
    """What counts as one stranger: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


class LinkTries:
    """Counts wrong links, or wrong tokens, by address.

    Right ones are free: a whole waiting room may come from one clinic's network.
    """

    def __init__(
        self, tries: int = LINK_TRIES, most: int = MOST_COUNTED, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._tries = tries
        self._most = most
        self._monotonic = monotonic
        self._made: OrderedDict[str, deque[float]] = OrderedDict()

    def exhausted(self, address: str) -> bool:
        """Whether this address tried too many wrong links; ask before looking the link up, and again after."""
        made = self._made.get(origin_of(address), ())
        return sum(at > self._monotonic() - MINUTE for at in made) >= self._tries

    def count(self, address: str) -> None:
        """Count one try."""
        origin = origin_of(address)
        made = self._made.setdefault(origin, deque(maxlen=self._tries))
        made.append(self._monotonic())
        self._made.move_to_end(origin)
        while len(self._made) > self._most:
            self._made.popitem(last=False)


class Pace:
    """An allowance, such as one page's of messages: a bucket that fills by itself."""

    def __init__(
        self,
        at_once: int = MESSAGES_AT_ONCE,
        per_second: float = MESSAGES_PER_SECOND,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = float(at_once)
        self._rate = per_second
        self._left = self._most
        self._monotonic = monotonic
        self._then = monotonic()

    def allows(self) -> bool:
        """Take one message from the allowance; False when there is none left."""
        now = self._monotonic()
        self._left = min(self._most, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Paces:
    """An allowance for each of many, by name; who was quiet for longest is forgotten first."""

    def __init__(
        self,
        at_once: int,
        per_second: float,
        most: int = MOST_COUNTED,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._monotonic = monotonic
        self._most = most
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def allows(self, name: str) -> bool:
        """Take one from that one's allowance; False when there is none left."""
        pace = self._paces.setdefault(name, Pace(self._at_once, self._per_second, self._monotonic))
        self._paces.move_to_end(name)
        while len(self._paces) > self._most:
            self._paces.popitem(last=False)
        return pace.allows()
