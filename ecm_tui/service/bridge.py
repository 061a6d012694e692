"""The service's side of the media bridge: what it may serve follows from the appointments, offers pass through bounded.

At most one bridge is connected. Whatever a grant's end takes away is revoked in the same turn of the loop as the event.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.wire import WireError
from ecm_tui.service.grants import Grant, changes, grants_of
from ecm_tui.service.line import ELSEWHERE, Line, RefusedLineError

HELLO_SECONDS = 5.0
ANSWER_SECONDS = 8.0
"""How long the bridge may take to answer an offer; a page asks again after eight seconds."""

REVOKED_SECONDS = 2.0
"""How long the bridge may take to confirm that somebody's media stopped; then it counts as broken and is killed."""

WAITING_BYTES = 32 * 1024 * 1024
"""What may wait for the bridge: the offers of a whole call at once are 2 MiB."""

STILL_BYTES = 8 * 1024 * 1024
"""The longest message of a bridge: a still, base64."""

MOST_OFFERS = 500
"""Offers that wait for an answer at once: every grant of several full calls."""

Reply = Callable[[Mapping[str, Any]], None]

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who hears from the bridge: the pages and the organisers."""

    def bridge_up(self) -> None:
        """A bridge holds all grants and takes offers."""

    def bridge_down(self) -> None:
        """No bridge is there; media is being restored."""

    def from_bridge(self, grant: Grant, message: Mapping[str, Any]) -> None:
        """A message about one peer that has a grant: connected, lost, slots, sending, stats, still."""

    def speaking(self, call: str, people: list[str]) -> None:
        """The loudest now, of those who have a grant in the call."""


@dataclass(slots=True)
class _Pending:
    peer: str
    reply: Reply
    timer: asyncio.TimerHandle


STANDING = ("slots", "sending")
"""What holds until the bridge says otherwise."""


class Bridge:
    """The one connected bridge, or none."""

    def __init__(self, revoked_seconds: float = REVOKED_SECONDS, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.up = asyncio.Event()
        """Set while a bridge is connected and holds its grants."""
        self.down = asyncio.Event()
        """The opposite of `up`."""
        self.down.set()
        self.greeted = 0
        """How many times a bridge has connected; one that came and went between two looks is seen by it."""
        self.pid = 0
        """Process of the bridge that was connected last; 0 before the first."""
        self.id = ""
        """What the bridge calls itself; another process has another one."""
        self.broken: Callable[[], None] = lambda: None
        """Called when the end of somebody's media is not confirmed, or there is no line by which it could be."""
        self.may_hold = False
        """Whether a bridge's process without a line may be holding media: one that had a line, or is to be adopted."""
        self.listeners: list[Listener] = []
        self._line: Line | None = None
        self._calls: dict[str, tuple[Appointment, dict[str, Grant]]] = {}
        """Appointments, and what follows from them."""
        self._peers: dict[str, Grant] = {}
        self._views: dict[str, dict[str, Any]] = {}
        self._told: dict[str, dict[str, Mapping[str, Any]]] = {}
        """Peer -> the newest word on its slots and on what it is to send."""
        self._pending: dict[int, _Pending] = {}
        self._revoking: dict[str, asyncio.TimerHandle] = {}
        self._numbers = itertools.count(1)
        self._revoked_seconds = revoked_seconds
        self._answer_seconds = answer_seconds

    # What the appointments say

    def follow(self, appointment: Appointment) -> None:
        """Take the bridge to what this newest state of an appointment grants."""
        was, before = self._calls.get(appointment.id, (None, {}))
        after = grants_of(appointment, was, before)
        for message in changes(before, after):
            if message["type"] == "revoke":
                self._revoke(message["peer"])
            else:
                self._peers[message["grant"]["peer"]] = after[message["grant"]["peer"]]
            self._send(message)
        if after:
            self._calls[appointment.id] = appointment, after
        else:
            self._calls.pop(appointment.id, None)

    def grant(self, peer: str) -> Grant | None:
        """The live grant of a peer."""
        return self._peers.get(peer)

    def has(self, call: str, person: str) -> bool:
        """Whether that person or organiser has a grant in that call."""
        return person in self._granted(call)

    def _granted(self, call: str) -> set[str]:
        """The people and organisers who have a grant in that call."""
        _, grants = self._calls.get(call, (None, {}))
        return {grant.person for grant in grants.values()}

    def _revoke(self, peer: str) -> None:
        self._peers.pop(peer, None)
        self._views.pop(peer, None)
        self._told.pop(peer, None)
        for number in [number for number, pending in self._pending.items() if pending.peer == peer]:
            self._pending.pop(number).timer.cancel()
        if self._line is None:
            self._not_told()
        elif peer not in self._revoking:
            loop = asyncio.get_running_loop()
            self._revoking[peer] = loop.call_later(self._revoked_seconds, self._not_confirmed, peer)

    def _not_confirmed(self, peer: str) -> None:
        self._revoking.pop(peer, None)
        self.may_hold = False
        _log.error("the bridge did not confirm that the media of %s stopped; it is ended", peer)
        self.broken()

    def _not_told(self) -> None:
        """Somebody's media must stop and no line leads to the bridge that may hold it: it would go on for seconds."""
        if self.may_hold:
            self.may_hold = False
            _log.error("the bridge is not there to be told that somebody's media stopped; it is ended")
            self.broken()

    # What pages ask

    def offer(self, peer: str, sdp: str, reply: Reply) -> None:
        """Pass a page's offer on; `reply` gets the answer or a refusal, once, unless the grant ends before."""
        if peer not in self._peers:
            reply(_refusal("no_grant", "You are not in the call."))
            return
        if self._line is None or len(self._pending) >= MOST_OFFERS:
            reply(_refusal("no_bridge", "Picture and sound are being restored."))
            return
        number = next(self._numbers)
        timer = asyncio.get_running_loop().call_later(self._answer_seconds, self._too_late, number)
        self._pending[number] = _Pending(peer, reply, timer)
        try:
            self._line.send({"type": "offer", "request": number, "peer": peer, "sdp": sdp})
        except WireError:
            self._pending.pop(number).timer.cancel()
            raise

    def candidate(self, peer: str, candidate: str, mid: str | None) -> None:
        """Pass one of a page's candidates on. Raises `WireError` for a text that cannot be sent."""
        if peer in self._peers:
            self._send({"type": "candidate", "peer": peer, "candidate": candidate, "mid": mid})

    def standing(self, peer: str) -> list[Mapping[str, Any]]:
        """What the bridge said last of the peer's slots and sending quality, for a page that may have missed it."""
        return list(self._told.get(peer, {}).values())

    def view(self, peer: str, pinned: str | None, pictures: int) -> None:
        """Say what a page looks at; a bridge that comes back is told again."""
        if peer in self._peers:
            self._views[peer] = {"type": "view", "peer": peer, "pinned": pinned, "pictures": pictures}
            self._send(self._views[peer])

    def tell(self, message: Mapping[str, Any]) -> bool:
        """Say something to the bridge that needs no answer; False when none is there."""
        self._send(message)
        return self._line is not None

    def _too_late(self, number: int) -> None:
        pending = self._pending.pop(number, None)
        if pending:
            pending.reply(_refusal("no_answer", "Picture and sound could not be started. Trying again."))

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._line:
            self._line.send(message)

    # The bridge's line

    async def talk(self, line: Line) -> None:
        """Hear one bridge from its hello to its end; a second one at the same time is refused."""
        hello = await line.hello(HELLO_SECONDS)
        if self._line is not None:
            raise RefusedLineError(ELSEWHERE, "another_bridge")
        self.pid, self.id = _whole(hello.get("pid")), str(hello.get("bridge"))[:64]
        try:
            self._connected(line)
            while True:
                self._heard(await line.receive())
        finally:
            self._gone()

    def cut(self) -> None:
        """End the line to the bridge."""
        if self._line:
            self._line.cut()

    def _connected(self, line: Line) -> None:
        self._line = line
        self.greeted += 1
        line.send({"type": "grants", "grants": [asdict(grant) for grant in self._peers.values()]})
        for view in self._views.values():
            line.send(view)
        self.down.clear()
        self.up.set()
        for listener in self.listeners:
            listener.bridge_up()

    def _gone(self) -> None:
        if self._line is None:
            return
        self._line = None
        self.may_hold = True
        if self._revoking:
            self._not_told()
        for timer in self._revoking.values():
            timer.cancel()
        self._revoking.clear()
        self._told.clear()
        pending, self._pending = list(self._pending.values()), {}
        self.up.clear()
        self.down.set()
        for one in pending:
            one.timer.cancel()
            one.reply(_refusal("no_bridge", "Picture and sound are being restored."))
        for listener in self.listeners:
            listener.bridge_down()

    def _heard(self, message: Mapping[str, Any]) -> None:
        kind, peer = message["type"], str(message.get("peer"))
        if kind == "revoked":
            timer = self._revoking.pop(peer, None)
            if timer:
                timer.cancel()
        elif kind in ("answer", "refused"):
            self._answered(message)
        elif kind == "speaking":
            self._spoken(str(message.get("call")), message.get("people"))
        elif grant := self._peers.get(peer):  # what is said of a peer whose grant has ended reaches nobody
            if kind in STANDING:
                self._told.setdefault(peer, {})[kind] = message
            elif kind == "lost":
                self._told.pop(peer, None)
            for listener in self.listeners:
                listener.from_bridge(grant, message)

    def _answered(self, message: Mapping[str, Any]) -> None:
        pending = self._pending.pop(_whole(message.get("request")), None)
        if pending:
            pending.timer.cancel()
            pending.reply(message)

    def _spoken(self, call: str, people: object) -> None:
        present = self._granted(call)
        loudest = [one for one in people if one in present] if isinstance(people, list) else []
        for listener in self.listeners:
            listener.speaking(call, loudest)


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"type": "refused", "code": code, "message": message}


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
