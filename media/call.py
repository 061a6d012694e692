"""The peers of one call, from grants: who is on which slot for whom, and what each must send.

One call knows nothing of any other. Everything here happens between two awaits: whoever is revoked is gone from every
slot when `revoke` returns.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from media.forward import Source
from media.grants import Grant, Message
from media.peer import Peer
from media.slots import (
    OFF,
    QUALITIES,
    Speakers,
    by_recency,
    larger,
    place,
    wanted_pictures,
    wanted_sounds,
    watched_quality,
)

SPEAKING_GAP = 0.2
"""Seconds between two messages on who speaks."""
VIEW_GAP = 0.05
"""Seconds between two changes of one receiver's view that take effect at once; others wait for the next tick."""
SILENT_AFTER = 0.3
"""Seconds without a packet after which a person counts as silent, whatever the last level was."""
STATS_GAP = 2.0
"""Seconds between two messages on how well a peer is connected."""
SMALLER_AFTER = 1.0
"""Seconds for which a larger picture is still wanted after the last look at it: people switch back."""


class Member:
    """One grant and, while there is one, its connection."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.peer: Peer | None = None
        self.order = 0
        """Counts up with every connection of the call; the newest connected peer of a person sends."""
        self.pinned: str | None = None
        self.pictures: int | None = None
        """Pictures that the receiver shows; None = as many as it has slots."""
        self.slots: dict[str, str | None] | None = None
        """What the receiver was told of its slots."""
        self.quality: str | None = None
        """What the sender was told."""
        self.quality_until = 0.0
        self.needs: dict[str, str] = {}
        """Use -> the least that it wants of the sender, whoever watches: large while a still is asked for."""
        self.downlink = 0
        self.viewed = -VIEW_GAP
        """When this receiver last changed its view with effect at once."""
        self.offers: list[float] = []
        """When the latest offers came."""

    @property
    def live(self) -> Peer | None:
        """The connection when media can flow on it."""
        return self.peer if self.peer is not None and self.peer.connected and not self.peer.stopped else None

    @property
    def needed(self) -> str:
        """The largest of what the uses of this member's picture want."""
        return reduce(larger, self.needs.values(), OFF)

    def source(self, kind: str) -> Source | None:
        """What this member sends of one kind."""
        peer = self.live
        return peer.leg.sources.get(kind) if peer is not None else None

    def apply(self) -> None:
        """Let the grant's mute take effect on the connection."""
        source = self.source("audio")
        if source is not None:
            source.mute(self.grant.muted)


class Call:
    """The people of one appointment who are connected now."""

    def __init__(self, name: str, tell: Callable[[Message], None]) -> None:
        self.name = name
        self.members: dict[str, Member] = {}
        self.speakers = Speakers()
        self._tell = tell
        self._dirty = False
        self._connections = 0
        self._told_speaking: tuple[str, ...] = ()
        self._speaking_at = self._stats_at = 0.0

    def grant(self, grant: Grant) -> Member:
        """Take a new grant, or a change to one."""
        member = self.members.get(grant.peer)
        if member is None:
            member = self.members[grant.peer] = Member(grant)
        member.grant = grant
        member.apply()
        self._dirty = True
        return member

    def revoke(self, peer: str, now: float) -> None:
        """End both directions of one grant; when this returns nothing of it is on any slot."""
        member = self.members.pop(peer, None)
        if member is not None:
            if member.peer is not None:
                member.peer.stop()
            self.refresh(now)

    def connected(self, member: Member, now: float) -> None:
        """A member's connection can carry media from now on."""
        self._connections += 1
        member.order = self._connections
        member.slots = member.quality = None
        member.apply()
        self.refresh(now)

    def lost(self, member: Member, now: float) -> None:
        """A member's connection is gone; the grant stays."""
        member.peer = None
        self.refresh(now)

    def view(self, member: Member, pinned: str | None, pictures: int, now: float) -> None:
        """A receiver looks at something else."""
        if (member.pinned, member.pictures) == (pinned, pictures):
            return
        member.pinned, member.pictures = pinned, pictures
        if now - member.viewed < VIEW_GAP:
            self._dirty = True
            return
        member.viewed = now
        self.refresh(now)

    def need(self, member: Member, use: str, quality: str, now: float) -> None:
        """Want at least this quality of a sender from now on, for this use of the picture."""
        before = member.needed
        member.needs[use] = quality
        if member.needed != before:
            self.refresh(now)

    def tell_again(self, now: float) -> None:
        """Say everything once more to a service that may not know it."""
        for member in self.members.values():
            member.slots = member.quality = None
        self._told_speaking = ()
        self.refresh(now)

    def tick(self, now: float) -> None:
        """Called every 100 ms: listen, report, select."""
        for member in list(self.members.values()):
            if member.peer is not None:
                member.peer.check(now)
            peer = member.live
            if peer is not None:
                peer.leg.reports.tick(now)
                if peer.leg.reports.downlink.level != member.downlink:
                    member.downlink = peer.leg.reports.downlink.level
                    self._dirty = True
            if member.quality_until and now >= member.quality_until:
                self._dirty = True
        if self._dirty or self._listen(now):
            self.refresh(now)
        if self.speakers.speaking != self._told_speaking and now - self._speaking_at >= SPEAKING_GAP:
            self._told_speaking, self._speaking_at = self.speakers.speaking, now
            self._tell({"type": "speaking", "call": self.name, "people": list(self._told_speaking)})
        if now - self._stats_at >= STATS_GAP:
            self._stats_at = now
            self._stats()

    def _senders(self, kind: str) -> dict[str, tuple[Member, Source]]:
        """Each person's newest connected peer that sends this kind, in the order in which people came."""
        senders: dict[str, tuple[Member, Source]] = {}
        for member in sorted(self.members.values(), key=lambda member: member.order):
            source = member.source(kind)
            if source is not None:
                senders[member.grant.person] = member, source
        return senders

    def _listen(self, now: float) -> bool:
        loudness = {}
        for person, (member, source) in self._senders("audio").items():
            if not member.grant.muted:
                loudness[person] = source.loudness if now - source.head_at < SILENT_AFTER else 0.0
        return self.speakers.hear(loudness, now)

    def refresh(self, now: float) -> None:
        """Put everybody on the slots where they belong, and say what changed."""
        self._dirty = False
        self._listen(now)
        sounds, pictures = self._senders("audio"), self._senders("video")
        visible = [person for person, (member, _) in pictures.items() if member.grant.camera]
        ordered = by_recency(visible, self.speakers.spoke)
        quality: dict[str, str] = {}
        for member in self.members.values():
            peer = member.live
            if peer is None:
                continue
            heard = wanted_sounds(self.speakers.ranking, member.grant.person, len(peer.leg.lines["audio"]))
            told = self._fill(peer, "audio", heard, sounds)
            seen = self._seen(member, peer, ordered)
            told |= self._fill(peer, "video", seen, pictures)
            for person in seen:
                wanted = watched_quality(person, member.pinned, len(seen), weak=member.downlink > 0)
                quality[person] = larger(quality.get(person, OFF), wanted)
            if told != member.slots:
                member.slots = told
                self._tell({"type": "slots", "peer": member.grant.peer, "slots": told})
        sending = {id(member) for member, _ in pictures.values()}
        for member in self.members.values():
            wanted = larger(quality.get(member.grant.person, OFF), member.needed)
            self._want(member, wanted if id(member) in sending else OFF, now)

    def _seen(self, member: Member, peer: Peer, ordered: list[str]) -> list[str]:
        lines = len(peer.leg.lines["video"])
        count = lines if member.pictures is None else max(0, min(lines, member.pictures))
        count = peer.leg.reports.downlink.pictures(min(count, len(ordered)))
        return wanted_pictures(ordered, member.grant.person, member.pinned, count)

    def _fill(
        self, peer: Peer, kind: str, wanted: list[str], senders: dict[str, tuple[Member, Source]]
    ) -> dict[str, str | None]:
        lines = peer.leg.lines[kind]
        told: dict[str, str | None] = {}
        for line, person in zip(lines, place([line.person for line in lines], wanted), strict=True):
            line.put(senders[person][1] if person is not None else None)
            told[line.mid] = person
        return told

    def _want(self, member: Member, quality: str, now: float) -> None:
        """Tell a sender what is wanted of it: more at once, less only when it stays so."""
        if member.live is None:
            return
        if member.quality is not None and QUALITIES.index(quality) < QUALITIES.index(member.quality):
            if not member.quality_until:
                member.quality_until = now + SMALLER_AFTER
            if now < member.quality_until:
                return
        member.quality_until = 0.0
        if quality != member.quality:
            member.quality = quality
            self._tell({"type": "sending", "peer": member.grant.peer, "quality": quality})

    def _stats(self) -> None:
        for member in self.members.values():
            peer = member.live
            if peer is None:
                continue
            reports = peer.leg.reports
            weak = "upload" if reports.uplink.weak else "download" if reports.downlink.weak else ""
            self._tell(
                {
                    "type": "stats",
                    "peer": member.grant.peer,
                    "rtt_ms": None if reports.rtt is None else round(1000 * reports.rtt, 1),
                    "loss_in": round(reports.loss_in, 3),
                    "loss_out": round(reports.loss_out, 3),
                    "kbps_in": round(reports.rate_in / 1000),
                    "kbps_out": round(reports.rate_out / 1000),
                    "weak": weak,
                }
            )
