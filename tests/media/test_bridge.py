"""A bridge in this process with light peers: grants, slots, mute, revoke, paths, strangers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from media import rtcp
from media.bridge import MAX_PEERS
from media.grants import MessageError
from tests.media.clinic import Clinic, Patient, clinic, sending
from tests.media.service import grant
from tests.until import until


@pytest.fixture
async def room() -> AsyncIterator[Clinic]:
    async with clinic() as running:
        yield running


async def test_two_people_hear_and_see_each_other_and_are_told_who_is_where(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann, ben):
        await until(lambda: ann.got(b"ben1") > 3 and ben.got(b"ann1") > 3 and ann.got(b"sound") > 3)
        slots = room.said("slots", "ann1")["slots"]
        assert list(slots) == [*ann.answer["audio"], *ann.answer["video"]]
        assert room.slots("ann1") == ["ben", "ben"] and room.slots("ben1") == ["ann", "ann"]
        assert room.said("connected", "ann1")["path"] == "direct"
        assert room.said("sending", "ann1")["quality"] == "large"
        assert ann.got(b"ann1") == 0


async def test_nobody_is_answered_without_a_grant_and_nothing_is_allocated(room: Clinic):
    patient = Patient(room, "ann1")
    refused = await room.offer("ann1", await patient.offer())
    assert (refused["type"], refused["code"]) == ("refused", "no_grant")
    room.send(type="candidate", peer="ann1", candidate="1 1 udp 1 192.0.2.9 4000 typ host", mid="0")
    room.send(type="view", peer="ann1", pinned=None, pictures=4)
    assert room.bridge._peers == set() and room.bridge.calls == {}
    await patient.pc.close()


async def test_people_of_another_appointment_neither_hear_nor_see(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben:
        other = Patient(room, "cas1")
        room.grant("cas1", call="a2")
        await other.accept(await room.offer("cas1", await other.offer()))
        await other.connected()
        async with sending(ann, ben, other):
            await until(lambda: ann.got(b"ben1") > 20)
        assert other.packets == [] and ann.got(b"cas1") == 0 and room.slots("cas1") == []
        await other.pc.close()


async def test_S14_a_revoked_person_is_gone_both_ways_when_it_is_acknowledged(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, Patient(room, "cas1") as cas:
        async with sending(ann, ben, cas):
            await until(lambda: cas.got(b"ann1") > 3 and ann.got(b"cas1") > 3 and ben.got(b"cas1") > 3)
            room.send(type="revoke", peer="cas1")
            assert room.heard[-1] == {"type": "revoked", "peer": "cas1"}
            assert "cas" not in room.slots("ann1") + room.slots("ben1")
            await asyncio.sleep(0.05)  # What was on its way arrives.
            heard, seen, sent = len(cas.packets), ben.got(b"cas1"), ann.got(b"ben1")
            await until(lambda: ann.got(b"ben1") > sent + 20)
            assert (len(cas.packets), ben.got(b"cas1")) == (heard, seen)
        refused = await room.offer("cas1", "v=0")
        assert refused["code"] == "no_grant"
        assert room.bridge.member("cas1") is None
        assert room.said("lost", "cas1") == {}


async def test_revoking_twice_or_somebody_unknown_is_acknowledged_each_time(room: Clinic):
    for peer in ("nobody", "nobody"):
        room.send(type="revoke", peer=peer)
    assert [message["type"] for message in room.heard] == ["revoked", "revoked"]


async def test_a_revoke_during_the_answer_leaves_nothing_behind(room: Clinic):
    patient = Patient(room, "ann1")
    room.grant("ann1")
    sdp = await patient.offer()
    room.send(type="offer", request=1, peer="ann1", sdp=sdp)
    await asyncio.sleep(0)
    room.send(type="revoke", peer="ann1")
    await until(lambda: all(peer.closed for peer in room.bridge._peers))
    await asyncio.sleep(0.2)
    assert [message["type"] for message in room.heard] == ["revoked"]
    await patient.pc.close()


async def test_E6_the_sound_of_a_muted_person_is_dropped_here(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann, ben):
        await until(lambda: ben.got(b"sound") > 3)
        room.grant("ann1", muted=True)
        await asyncio.sleep(0.05)
        before, pictures = ben.got(b"sound"), ben.got(b"ann1")
        await until(lambda: ben.got(b"ann1") > pictures + 20)
        assert ben.got(b"sound") == before
        room.grant("ann1", muted=False)
        await until(lambda: ben.got(b"sound") > before + 3)


async def test_a_person_muted_before_connecting_is_muted(room: Clinic):
    room.send(type="grants", grants=[grant("ann1", muted=True), grant("ben1")])
    ann = Patient(room, "ann1")
    await ann.accept(await room.offer("ann1", await ann.offer()))
    await ann.connected()
    async with Patient(room, "ben1") as ben, sending(ann, ben):
        await until(lambda: ben.got(b"ann1") > 20)
        assert ben.got(b"sound") == 0
    await ann.pc.close()


async def test_a_camera_that_is_off_takes_no_slot(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann, ben):
        await until(lambda: room.slots("ben1") == ["ann", "ann"])
        room.grant("ann1", camera=False)
        await until(lambda: room.slots("ben1") == ["ann"])
        await until(lambda: room.said("sending", "ann1")["quality"] == "off")


async def test_nobody_sends_a_picture_that_nobody_watches(room: Clinic):
    async with Patient(room, "ann1") as ann:
        assert room.said("sending", "ann1")["quality"] == "off"
        async with Patient(room, "ben1") as ben:
            await until(lambda: room.said("sending", "ann1")["quality"] == "large")
            room.send(type="view", peer="ben1", pinned=None, pictures=0)
            await until(lambda: room.said("sending", "ann1")["quality"] == "off")
            assert room.slots("ben1") == ["ann"]
            room.send(type="view", peer="ben1", pinned=None, pictures=2)
            await until(lambda: room.said("sending", "ann1")["quality"] == "large")
        assert ann.dtls.state == "connected" and ben.dtls.state == "closed"


async def test_with_many_people_pictures_are_small_and_the_pinned_one_large(room: Clinic):
    async with AsyncExitStack() as stack:
        names = ["ann1", "ben1", "cas1", "dee1"]
        for name in names:
            await stack.enter_async_context(Patient(room, name, pictures=3))
        await until(lambda: {room.said("sending", name)["quality"] for name in names} == {"small"})
        room.send(type="view", peer="ann1", pinned="dee", pictures=3)
        await until(lambda: room.said("sending", "dee1")["quality"] == "large")
        assert "dee" in room.slots("ann1")


async def test_a_pinned_person_gets_the_only_slot_and_gives_it_back(room: Clinic):
    async with Patient(room, "ann1", pictures=1) as ann, Patient(room, "ben1") as ben, Patient(room, "cas1") as cas:
        async with sending(ann, ben, cas):
            for pinned in ("ben", "cas", "ben"):
                room.send(type="view", peer="ann1", pinned=pinned, pictures=1)
                before = ann.got(pinned.encode() + b"1")
                await until(lambda p=pinned, b=before: ann.got(p.encode() + b"1") > b + 3)
            picture = ann.answer["video"][0]
            assert room.said("slots", "ann1")["slots"][picture] == "ben"


async def test_the_loudest_are_heard_and_told(room: Clinic):
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(Patient(room, name, sounds=1)) for name in ("ann1", "ben1", "cas1", "dee1")
        ]
        await stack.enter_async_context(sending(*people[:3], level=90))
        async with sending(people[3], level=20):
            mid = people[0].answer["audio"][0]
            await until(lambda: room.said("slots", "ann1")["slots"][mid] == "dee", timeout=3)
            speaking = await until(lambda: room.last(lambda m: m["type"] == "speaking" and m["people"]))
            assert speaking == {"type": "speaking", "call": "a1", "people": ["dee"]}
        silent = {"type": "speaking", "call": "a1", "people": []}
        await until(lambda: room.last(lambda m: m["type"] == "speaking") == silent)


async def test_with_two_windows_both_receive_and_the_newer_sends(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "org1") as first, sending(ann, first):
        await until(lambda: ann.got(b"org1") > 3)
        async with Patient(room, "org2") as second, sending(second):
            await until(lambda: ann.got(b"org2") > 3 and first.got(b"ann1") > 3 and second.got(b"ann1") > 3)
            assert room.slots("ann1") == ["org", "org"]
            await until(lambda: room.said("sending", "org1")["quality"] == "off")
            assert first.got(b"org2") == 0 and second.got(b"org1") == 0
        room.send(type="revoke", peer="org2")
        before = ann.got(b"org1")
        await until(lambda: ann.got(b"org1") > before + 3)


async def test_a_viewer_without_devices_sees_and_takes_no_place(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "org1", send=False) as viewer, sending(ann):
        await until(lambda: viewer.got(b"ann1") > 3)
        assert room.slots("ann1") == [] and len(viewer.answer["video"]) == 2


async def test_a_new_offer_takes_the_place_of_the_old_path(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann):
        await until(lambda: ben.got(b"ann1") > 3)
        again = Patient(room, "ben1")
        await again.accept(await room.offer("ben1", await again.offer()))
        await again.connected()
        async with sending(again):
            await until(lambda: again.got(b"ann1") > 3 and ann.got(b"ben1") > 3)
        assert room.said("lost", "ben1") == {}
        await until(lambda: len([p for p in room.bridge._peers if not p.closed]) == 2)
        await again.pc.close()


async def test_a_peer_that_hangs_up_is_lost_and_its_grant_stays(room: Clinic):
    async with Patient(room, "ann1") as ann:
        async with Patient(room, "ben1"):
            await until(lambda: "ben" in room.slots("ann1"))
        await until(lambda: room.said("lost", "ben1"))
        assert room.slots("ann1") == [] and room.bridge.member("ben1") is not None
        assert ann.dtls.state == "connected"


async def test_the_whole_set_of_grants_keeps_some_and_closes_the_others(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, Patient(room, "cas1") as cas:
        async with sending(ann, ben, cas):
            await until(lambda: ann.got(b"ben1") > 3 and ann.got(b"cas1") > 3)
            room.heard.clear()
            room.send(type="grants", grants=[grant("ann1"), grant("ben1")])
            assert room.slots("ann1") == ["ben", "ben"] and room.said("connected", "ann1")["path"] == "direct"
            assert room.said("sending", "ann1")["quality"] == "large" and room.said("connected", "cas1") == {}
            before = ann.got(b"ben1")
            await until(lambda: ann.got(b"ben1") > before + 5)


async def test_a_set_with_grants_that_make_no_sense_or_are_too_many_still_closes_who_is_not_in_it(room: Clinic):
    room.grant("ann1")
    room.grant("ben1")
    crowd = [grant(f"x{number}") for number in range(MAX_PEERS + 5)]
    room.send(type="grants", grants=[grant("ann1"), {}, 7, *crowd])
    assert room.bridge.member("ann1") is not None
    assert room.bridge.member("ben1") is None
    assert room.bridge.member(f"x{MAX_PEERS - 2}") is not None
    assert room.bridge.member(f"x{MAX_PEERS}") is None


async def test_lost_packets_are_sent_again_from_the_ring(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann):
        await until(lambda: ben.got(b"ann1") > 20)
        sent = next(packet for packet in reversed(ben.packets[:-5]) if b"ann1" in packet.payload)
        transceiver = ben.pc.getTransceivers()[0]
        member = room.bridge.member("ben1")
        assert member is not None and member.peer is not None
        before = member.peer.leg.reports.resent
        await ben.dtls._send_rtp(rtcp.nack(transceiver.sender._ssrc, sent.ssrc, [sent.seq]))
        await until(lambda: member.peer is not None and member.peer.leg.reports.resent == before + 1)


async def test_statistics_say_how_well_a_peer_is_connected(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann, ben):
        stats = await until(lambda: room.said("stats", "ann1").get("kbps_in") and room.said("stats", "ann1"), timeout=8)
        assert stats["weak"] == "" and stats["loss_in"] == 0 and stats["kbps_out"] > 0
        assert set(stats) == {"type", "peer", "rtt_ms", "loss_in", "loss_out", "kbps_in", "kbps_out", "weak"}


LONG = pytest.param("x" * 300_000, id="long")


@pytest.mark.parametrize("sdp", ["", "v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", LONG, None, 7])
async def test_a_hostile_offer_is_refused_and_harms_nobody(room: Clinic, sdp: object):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann):
        room.grant("eve1")
        room.send(type="offer", request="r", peer="eve1", sdp=sdp)
        assert room.said("refused", "eve1")["code"] == "bad_offer" and room.said("refused", "eve1")["message"]
        before = ben.got(b"ann1")
        await until(lambda: ben.got(b"ann1") > before + 5)


async def test_offers_that_only_the_library_dislikes_are_refused_too(room: Clinic):
    patient = Patient(room, "eve1")
    room.grant("eve1")
    sdp = (await patient.offer()).replace("sha-256", "sha-1")
    answer = await room.offer("eve1", sdp)
    assert answer["type"] in ("answer", "refused")
    await patient.pc.close()


async def test_hostile_candidates_are_passed_over(room: Clinic):
    async with Patient(room, "ann1") as ann:
        for text in ("", "x", "1 1 udp", "1 1 udp x host 1 typ host", "1 1 udp 1 ff.local 99 typ host", "\0" * 400,
                     "1 1 tcp 1 192.0.2.1 9 typ host", "1 1 udp 1 192.0.2.1 99999999 typ host"):  # fmt: skip
            room.send(type="candidate", peer="ann1", candidate=text, mid="0")
        for port in range(1, 200):
            room.send(type="candidate", peer="ann1", candidate=f"1 1 udp 1 192.0.2.1 {port} typ host", mid="0")
        await asyncio.sleep(0.1)
        member = room.bridge.member("ann1")
        assert member is not None and member.peer is not None and member.peer._door is not None
        assert len(member.peer._door.connection.remote_candidates) < 60
        assert ann.dtls.state == "connected"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "grant", "grant": 7},
        {"type": "grant", "grant": {"peer": "../x", "call": "a", "person": "p"}},
        {"type": "grants", "grants": "all"},
        {"type": "revoke"},
        {"type": "offer", "peer": ["x"]},
    ],
)
async def test_a_message_that_makes_no_sense_is_refused_and_changes_nothing(room: Clinic, message: dict[str, object]):
    room.grant("ann1")
    with pytest.raises(MessageError):
        room.bridge.handle(message)
    assert room.bridge.member("ann1") is not None


async def test_unknown_messages_are_passed_over(room: Clinic):
    room.bridge.handle({"type": "sing", "song": "c"})
    room.bridge.handle({})
    assert room.heard == []


async def test_a_bridge_can_be_closed_twice_and_leaves_no_peer(room: Clinic):
    async with Patient(room, "ann1"):
        await room.bridge.close()
        await room.bridge.close()
        assert all(peer.closed for peer in room.bridge._peers)


async def test_a_page_that_offers_without_end_is_refused_for_a_while(room: Clinic):
    patient = Patient(room, "ann1")
    room.grant("ann1")
    sdp = await patient.offer()
    for number in range(30):
        room.send(type="offer", request=number, peer="ann1", sdp=sdp)
    assert room.said("refused", "ann1")["code"] == "too_many_tries"
    await until(lambda: room.said("answer", "ann1"))
    await until(lambda: len([peer for peer in room.bridge._peers if not peer.closed]) == 1)
    await patient.pc.close()


async def test_a_weak_receiver_loses_pictures_before_sound_and_nobody_else_does(room: Clinic):
    names = ["ann1", "ben1", "cas1", "dee1"]
    async with AsyncExitStack() as stack:
        ann, *others = [await stack.enter_async_context(Patient(room, name, pictures=3)) for name in names]
        await stack.enter_async_context(sending(*others))
        await until(lambda: len(room.slots("ann1")) == 6)
        member = room.bridge.member("ann1")
        assert member is not None and member.peer is not None
        leg = member.peer.leg
        own = ann.pc.getTransceivers()[0].sender._ssrc

        async def complain() -> bool:
            blocks = [rtcp.Block(slot.ssrc, 100, 9, 1, 0, 0, 0) for slot in leg.slots.values()]
            await ann.dtls._send_rtp(rtcp.receiver_report(own, blocks))
            return len(room.slots("ann1")) == 3

        await until(complain, timeout=15, every=0.2, what="no picture is left")
        sounds = room.said("slots", "ann1")["slots"]
        assert all(sounds[mid] for mid in ann.answer["audio"])
        assert len(room.slots("ben1")) == 6
        await until(lambda: room.said("stats", "ann1").get("weak") == "download")
