"""All calls of one bridge process: messages of the service in, messages for the service out.

The seam is `handle(message)` and the `tell` that is given at the start; `signalling.py` puts a socket behind them,
tests and benchmarks call them directly. Nothing is allocated for anyone without a grant.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any

from media.call import Call, Member
from media.config import Config
from media.glances import Glances
from media.grants import Grant, Message, MessageError, identifier, listed, read_grant
from media.offer import MAX_MEDIA, BadOffer, Offer, parse
from media.peer import NoNetwork, Peer
from media.stills import Stills

log = logging.getLogger("media.bridge")

TICK = 0.1
"""Seconds between two looks at every call."""
MAX_PEERS = 400
"""Grants at one time: several full calls; beyond that the service is wrong."""
MAX_ANSWERS = 4
"""Offers answered at one time; each costs some 10 ms of the loop, in which no packet moves."""
MAX_OFFERS, OFFERS_WITHIN = 10, 20.0
"""Offers of one grant within so many seconds; a page offers once, and again when a path has died."""
NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""

ANSWER_ERRORS = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError, OSError,
    StopIteration,
)  # fmt: skip
"""What aiortc raises on an offer that it does not like; its own errors are ValueErrors or come from these."""


class Bridge:
    """Everything of one process but the socket to the service. Use `async with`."""

    def __init__(
        self, config: Config, tell: Callable[[Message], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.config = config
        self.tell = tell
        self.clock = clock
        self.calls: dict[str, Call] = {}
        self._offset = time.time() - clock()
        self._where: dict[str, Call] = {}
        """The call of each granted peer."""
        self.stills = Stills(self._where, tell, clock)
        self.glances = Glances(self._where, tell, clock)
        self._answering: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers = asyncio.Semaphore(MAX_ANSWERS)
        self._peers: set[Peer] = set()
        self.closed = 0
        """Connections that are over, counted up."""
        self.ticking: asyncio.Task[None] | None = None
        """Runs as long as the bridge; when it fails, the process should end, so that a new one takes over."""

    async def __aenter__(self) -> Bridge:
        self.ticking = self._spawn(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all media; may be called again."""
        for peer in list(self._where):
            self._revoke(peer)
        await self.stills.close()
        await self.glances.close()
        peers, tasks = list(self._peers), list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await asyncio.gather(*(peer.close() for peer in peers))

    def ntp(self, now: float) -> int:
        """The 64-bit NTP time of a moment of our clock; it never jumps, whatever happens to the computer's clock."""
        return int((now + self._offset + NTP_EPOCH) * 2**32)

    @property
    def quiet(self) -> bool:
        """No connection exists or is being made."""
        return not self._peers

    def member(self, peer: str) -> Member | None:
        """The granted peer of this id."""
        call = self._where.get(peer)
        return call.members.get(peer) if call is not None else None

    def handle(self, message: Message) -> None:
        """Act on one message of the service; raises MessageError on one that makes no sense."""
        match message.get("type"):
            case "grants":
                self._adopt(_readable(listed(message, "grants")))
            case "grant":
                self._grant(read_grant(message.get("grant")))
            case "revoke":
                peer = identifier(message, "peer")
                self._revoke(peer)
                self.tell({"type": "revoked", "peer": peer})
            case "offer":
                self._offer(message)
            case "candidate":
                self._candidate(identifier(message, "peer"), message.get("candidate"))
            case "view":
                self._view(message)
            case "still_open" | "still_take" | "still_close":
                self.stills.handle(message)
            case "glance_open" | "glance_close":
                self.glances.handle(message)
            case unknown:
                log.info("passed over a message of type %r", unknown)

    def _adopt(self, grants: list[Grant]) -> None:
        """The whole set: whoever is not in it is closed at once, whoever is keeps the connection.

        A service that comes (back) knows of no picture that is asked for, and of nobody who is looked at.
        """
        self.stills.end_all()
        self.glances.end_all()
        kept = {grant.peer for grant in grants}
        for peer in [peer for peer in self._where if peer not in kept]:
            self._revoke(peer)
        for grant in grants:
            self._grant(grant)
        now = self.clock()
        for call in self.calls.values():
            for member in call.members.values():
                if member.live is not None:
                    self.tell({"type": "connected", "peer": member.grant.peer, "path": member.live.path})
            call.tell_again(now)

    def _grant(self, grant: Grant) -> None:
        before = self._where.get(grant.peer)
        if before is not None:
            old = before.members[grant.peer].grant
            if (old.call, old.person) != (grant.call, grant.person):
                self._revoke(grant.peer)
        elif len(self._where) >= MAX_PEERS:
            log.error("%s is not served: more than %d grants at one time", grant.peer, MAX_PEERS)
            return
        call = self.calls.get(grant.call)
        if call is None:
            call = self.calls[grant.call] = Call(grant.call, self.tell)
        self._where[grant.peer] = call
        call.grant(grant)
        call.refresh(self.clock())

    def _revoke(self, peer: str) -> None:
        call = self._where.pop(peer, None)
        if call is None:
            return
        self.stills.revoked(peer)
        self.glances.end(peer)
        call.revoke(peer, self.clock())
        task = self._answering.pop(peer, None)
        if task is not None:
            task.cancel()
        if not call.members:
            del self.calls[call.name]

    def _offer(self, message: Message) -> None:
        peer, sdp = identifier(message, "peer"), message.get("sdp")
        member = self.member(peer)
        if member is None:
            self._refuse(message, "no_grant", "This page is not in the call.")
            return
        if not self._in_time(member):
            self._refuse(message, "too_many_tries", "This page tries too often to connect. Wait a moment.")
            return
        earlier = self._answering.pop(peer, None)
        if earlier is not None:
            earlier.cancel()
        try:
            offer = parse(sdp if isinstance(sdp, str) else "")
        except BadOffer as error:
            self._refuse(message, error.code, str(error))
            return
        if member.peer is not None:
            member.peer.stop()
            self._where[peer].lost(member, self.clock())
        member.peer = connection = Peer(
            member.grant.person,
            self.config,
            self.clock,
            self.ntp,
            lambda _: self._connected(member),
            lambda lost, reason: self._lost(member, lost, reason),
        )
        self._peers.add(connection)
        task = self._spawn(self._answer(message, member, connection, offer))
        self._answering[peer] = task

    def _in_time(self, member: Member) -> bool:
        now = self.clock()
        member.offers = [at for at in member.offers if now - at < OFFERS_WITHIN]
        if len(member.offers) >= MAX_OFFERS:
            return False
        member.offers.append(now)
        return True

    async def _answer(self, message: Message, member: Member, peer: Peer, offer: Offer) -> None:
        try:
            async with self._answers:
                sdp = await peer.answer(offer)
        except NoNetwork:
            self._refuse(message, "no_network", "The clinic's computer has no network address for sound and picture.")
        except ANSWER_ERRORS as error:
            if not peer.stopped:
                log.info("an offer of %s was refused: %s", member.grant.peer, type(error).__name__)
                self._refuse(message, "bad_offer", "The offer could not be used.")
        else:
            if not peer.stopped:
                request = {"type": "answer", "request": message.get("request"), "peer": member.grant.peer}
                self.tell({**request, "sdp": sdp, "audio": peer.mids("audio"), "video": peer.mids("video")})
                return
        finally:
            if self._answering.get(member.grant.peer) is asyncio.current_task():
                del self._answering[member.grant.peer]
        await self._drop(member, peer)

    async def _drop(self, member: Member, peer: Peer) -> None:
        if member.peer is peer:
            member.peer = None
        await peer.close()
        self._peers.discard(peer)

    def _refuse(self, message: Message, code: str, text: str) -> None:
        head = {"type": "refused", "request": message.get("request"), "peer": message.get("peer")}
        self.tell({**head, "code": code, "message": text})

    def _connected(self, member: Member) -> None:
        call, peer = self._where.get(member.grant.peer), member.live
        if call is not None and peer is not None:
            self.tell({"type": "connected", "peer": member.grant.peer, "path": peer.path})
            call.connected(member, self.clock())

    def _lost(self, member: Member, peer: Peer, reason: str) -> None:
        call = self._where.get(member.grant.peer)
        if call is not None and member.peer is peer:
            log.info("lost %s: %s", member.grant.peer, reason)
            call.lost(member, self.clock())
            self.tell({"type": "lost", "peer": member.grant.peer, "reason": reason})

    def _candidate(self, peer: str, candidate: Any) -> None:
        member = self.member(peer)
        if member is not None and member.peer is not None and isinstance(candidate, str) and len(candidate) <= 512:
            self._spawn(member.peer.candidate(candidate))

    def _view(self, message: Message) -> None:
        peer, pinned, pictures = identifier(message, "peer"), message.get("pinned"), message.get("pictures")
        member = self.member(peer)
        if member is None:
            return
        if not isinstance(pictures, int) or isinstance(pictures, bool):
            raise MessageError("pictures: a number is needed")
        pinned = pinned if isinstance(pinned, str) else None
        self._where[peer].view(member, pinned, max(0, min(MAX_MEDIA, pictures)), self.clock())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = self.clock()
            for call in list(self.calls.values()):
                call.tick(now)
            self.stills.tick(now)
            self.glances.tick(now)
            left = {peer for peer in self._peers if not peer.closed}
            self.closed += len(self._peers) - len(left)
            self._peers = left

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the bridge failed", exc_info=task.exception())


def _readable(grants: list[Any]) -> list[Grant]:
    """The grants that make sense: one that does not must not keep those alive who are not in the set."""
    good = []
    for fields in grants:
        try:
            good.append(read_grant(fields))
        except MessageError as error:
            log.error("passed over a grant: %s", error)
    return good
