"""Small live pictures of people in a call, for organisers without a display: a view as a window is, and no capture.

A console asks for each picture. The bridge decodes a person's camera while somebody asks, and no longer. A picture goes
to who asked and to nobody else; the newest one of each person is held until the next comes, and nothing is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.log import Recorded
from ecm_tui.core.people import Person
from ecm_tui.errors import RefusedError
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.grants import Grant, peer_of

LEASE = 8.0
"""Seconds after the last question until nobody counts as looking: a slow line asks every few seconds."""
PATIENCE = 5.0
"""Seconds that a question waits for a picture."""
LONGEST = 128 * 1024
"""Of a picture in base64; the bridge's have about 10 kB."""

RESTORED = "Picture and sound are being restored."


@dataclass(slots=True)
class _Looked:
    """One person who is looked at."""

    asked: dict[str, float] = field(default_factory=dict)
    """Account -> the loop's time when its last question was answered; infinite while it waits."""
    waiting: int = 0
    """Questions that wait for a picture."""
    picture: dict[str, Any] = field(default_factory=dict)
    """The newest, with its `number`; empty before the first, and when none has come for long."""
    why: str = ""
    """Why there is none, in the bridge's words."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def has_after(self, number: int) -> bool:
        """Whether there is a newer picture than that, or a reason why none comes."""
        return bool(self.why) or self.picture.get("number", 0) > number


class Glances:
    """Everybody who is looked at now. Hears the bridge, and the hub (`changed`)."""

    def __init__(self, bridge: Bridge, lease: float = LEASE, patience: float = PATIENCE) -> None:
        self._bridge = bridge
        self._lease = lease
        self._patience = patience
        self._looked: dict[str, _Looked] = {}
        self._numbers = itertools.count(1)

    async def picture(self, account: str, person: Person, after: int) -> dict[str, Any]:
        """The next picture of an admitted person after number `after`.

        Raises RefusedError: `no_video`, `no_bridge`, `not_admitted`. Cancel it when who asked is gone.
        """
        peer = peer_of(person)
        looked = self._looked.get(peer) or self._look(peer)
        looked.asked[account] = math.inf
        looked.waiting += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    while not looked.has_after(after) and self._looked.get(peer) is looked:
                        looked.changed.clear()
                        await looked.changed.wait()
            return self._answer(person, looked, after)
        except asyncio.CancelledError:
            looked.asked.pop(account, None)
            raise
        finally:
            looked.waiting -= 1
            self._keep(account, peer, looked)

    def look_away(self, account: str, person: Person) -> None:
        """This account looks at the person no more."""
        looked = self._looked.get(peer_of(person))
        if looked is not None:
            looked.asked.pop(account, None)
            self._end_unless_wanted(peer_of(person), looked)

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed, after the bridge: whose stay or camera ended is seen no more."""
        for peer in list(self._looked):
            grant = self._bridge.grant(peer)
            if grant is None or not grant.camera:
                self._end(peer)

    def _answer(self, person: Person, looked: _Looked, after: int) -> dict[str, Any]:
        peer = peer_of(person)
        grant = self._bridge.grant(peer)
        if grant is None:
            raise RefusedError(f"{person.name} is not in the call any more.", "not_admitted")
        if not grant.camera:
            raise RefusedError(f"The camera of {person.name} is off.", "no_video")
        if not self._bridge.up.is_set():
            raise RefusedError(RESTORED, "no_bridge")
        if looked.why:
            if self._looked.get(peer) is looked:
                self._end(peer)  # the next question tries again
            raise RefusedError(f"There is no picture of {person.name}: {looked.why}.", "no_video")
        if not looked.has_after(after):
            looked.picture = {}  # too old by now to be shown to anybody as what is to be seen
            raise RefusedError(f"No picture of {person.name} has come yet.", "no_video")
        return dict(looked.picture)

    def _look(self, peer: str) -> _Looked:
        if not self._bridge.tell({"type": "glance_open", "peer": peer}):
            raise RefusedError(RESTORED, "no_bridge")
        looked = self._looked[peer] = _Looked()
        return looked

    def _keep(self, account: str, peer: str, looked: _Looked) -> None:
        """Who was answered, and has not looked away meanwhile, is likely to ask again."""
        loop = asyncio.get_running_loop()
        if account in looked.asked:
            looked.asked[account] = loop.time()
            loop.call_later(self._lease, self._end_of_lease, account, peer)
        self._end_unless_wanted(peer, looked)

    def _end_of_lease(self, account: str, peer: str) -> None:
        looked = self._looked.get(peer)
        if looked is None:
            return
        if asyncio.get_running_loop().time() - looked.asked.get(account, 0.0) >= self._lease:
            looked.asked.pop(account, None)
        self._end_unless_wanted(peer, looked)

    def _end_unless_wanted(self, peer: str, looked: _Looked) -> None:
        if self._looked.get(peer) is looked and not looked.asked and not looked.waiting:
            self._end(peer)

    def _end(self, peer: str) -> None:
        looked = self._looked.pop(peer, None)
        if looked is not None:
            looked.picture = {}
            looked.changed.set()
            self._bridge.tell({"type": "glance_close", "peer": peer})

    # What the bridge says

    def bridge_up(self) -> None:
        """Whoever goes on looking asks again, and the new bridge is told with that."""

    def bridge_down(self) -> None:
        """What the bridge showed is over; questions that wait are answered so."""
        for peer in list(self._looked):
            self._end(peer)

    def from_bridge(self, grant: Grant, message: Mapping[str, Any]) -> None:
        """`glance`: a picture, or why there is none."""
        looked = self._looked.get(grant.peer) if message["type"] == "glance" else None
        if looked is None:
            return
        jpeg = message.get("jpeg")
        if isinstance(jpeg, str) and len(jpeg) <= LONGEST:
            size = {"width": message.get("width"), "height": message.get("height")}
            looked.picture = {"number": next(self._numbers), **size, "jpeg": jpeg}
        else:
            looked.why = str(message.get("why") or "the camera's picture cannot be shown")
        looked.changed.set()

    def speaking(self, call: str, people: list[str]) -> None:
        """Of no interest here."""
