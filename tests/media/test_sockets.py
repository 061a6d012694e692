"""The door for datagrams: strangers, garbage, ports, addresses, changed paths, and the shape of the libraries."""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aioice import Connection, stun
from aioice import ice as aioice_ice
from aiortc import RTCDtlsTransport, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender
from aiortc.rtcdtlstransport import State
from hypothesis import given
from hypothesis import strategies as st

from media import sockets
from media.config import Config, Turn
from media.peer import Peer
from media.sockets import MAX_QUEUED, MAX_SOURCES, Door, Endpoint, UdpSocket, bind, local_addresses
from media.srtp import IN, SIZE
from tests.media.clinic import Clinic, Patient, clinic, sending
from tests.until import until

CLIENT_HELLO = bytes.fromhex("16feff0000000000000000002a010000") + bytes(60)


@pytest.fixture
async def room() -> AsyncIterator[Clinic]:
    async with clinic() as running:
        yield running


def peer_of(room: Clinic, name: str) -> Peer:
    member = room.bridge.member(name)
    assert member is not None and member.peer is not None
    return member.peer


def door_of(room: Clinic, name: str) -> Door:
    door = peer_of(room, name)._door
    assert door is not None
    return door


def ports_of(door: Door) -> list[tuple[str, int]]:
    return [endpoint.transport.get_extra_info("sockname")[:2] for endpoint in door.connection._protocols]


def lines_of(function: object) -> str:
    return inspect.getsource(function)


def test_aioice_still_has_the_shape_that_the_door_relies_on():
    gather = lines_of(Connection.gather_candidates)
    assert "self.get_component_candidates(component=component" in gather
    assert "self.check_incoming(message, addr, protocol)" in lines_of(Connection.request_received)
    received = lines_of(aioice_ice.StunProtocol.datagram_received)
    assert "self.receiver.data_received(data" in received and "self.receiver.request_received(" in received
    fields = vars(Connection(ice_controlling=False))
    for name in ("_protocols", "_queue", "_nominated", "_remote_candidates"):
        assert name in fields
    assert list(inspect.signature(Connection.check_incoming).parameters) == ["self", "message", "addr", "protocol"]
    assert "for protocol in self._protocols:\n            await protocol.close()" in lines_of(Connection.close)
    assert "self._queue.get()" in lines_of(Connection.recvfrom)


def test_aiortc_still_has_the_shape_that_the_peer_relies_on():
    connect = lines_of(RTCPeerConnection._RTCPeerConnection__connect)
    assert "transceiver.sender.send(" in connect and "transceiver.receiver.receive(" in connect
    start = lines_of(RTCDtlsTransport.start)
    assert start.index("self._setup_srtp()") < start.index("State.CONNECTED")
    assert "_rx_srtp" in lines_of(RTCDtlsTransport._setup_srtp)
    assert State.CONNECTED.name == "CONNECTED"
    assert "_ssrc" in lines_of(RTCRtpSender.__init__) and "def receive" in lines_of(RTCRtpReceiver)


def test_a_socket_takes_a_port_of_the_range_and_none_when_all_are_taken():
    one = bind("127.0.0.1", None)
    assert one is not None
    port = one.getsockname()[1]
    assert bind("127.0.0.1", (port, port)) is None
    one.close()
    two = bind("127.0.0.1", (port, port))
    assert two is not None and two.getsockname()[1] == port
    two.close()


def test_a_public_address_of_this_host_is_the_only_one_and_loopback_the_last_resort(monkeypatch: pytest.MonkeyPatch):
    found = ["192.0.2.5", "203.0.113.9"]
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: found)
    assert local_addresses("203.0.113.9") == ["203.0.113.9"]
    assert local_addresses("198.51.100.1") == found
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert local_addresses(None) == ["127.0.0.1"]


async def test_the_ports_and_the_address_that_are_configured_stand_in_the_answer():
    low = 47_000
    async with clinic(Config(ports=(low, low + 99), address="203.0.113.9")) as room:
        async with Patient(room, "ann1") as ann:
            candidates = [line for line in ann.answer["sdp"].splitlines() if line.startswith("a=candidate")]
            assert all(low <= int(line.split()[5]) <= low + 99 for line in candidates)
            assert any(" 203.0.113.9 " in line and "typ srflx" in line for line in candidates)


async def test_a_lone_computer_still_serves_peers_that_use_loopback(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    monkeypatch.setattr(aioice_ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    async with clinic() as room, Patient(room, "ann1"):
        assert door_of(room, "ann1").lonely
        assert {host for host, _ in ports_of(door_of(room, "ann1"))} == {"127.0.0.1"}


async def test_a_lone_computer_says_soon_that_browsers_do_not_connect(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    monkeypatch.setattr("media.peer.LONELY_TIMEOUT", 0.3)
    async with clinic() as room:
        patient = Patient(room, "ann1")
        room.grant("ann1")
        assert (await room.offer("ann1", await patient.offer()))["type"] == "answer"
        lost = await until(lambda: room.said("lost", "ann1"))
        assert "no network" in lost["reason"]
        await patient.pc.close()


async def test_a_host_without_any_address_says_so_in_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "bind", lambda address, ports: None)
    async with clinic() as room:
        patient = Patient(room, "ann1")
        room.grant("ann1")
        refused = await room.offer("ann1", await patient.offer())
        assert refused["code"] == "no_network" and "network" in refused["message"]
        await patient.pc.close()


async def test_a_relay_that_does_not_answer_delays_but_does_not_stop_a_join(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "RELAY_TIMEOUT", 0.2)
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    turn = Turn(urls=(f"turn:127.0.0.1:{silent.getsockname()[1]}",), secret="s")
    async with clinic(Config(turn=turn)) as room, Patient(room, "ann1"):
        assert "typ relay" not in room.heard[0]["sdp"]
    silent.close()


async def test_forged_handshakes_from_strangers_do_not_stop_a_join(room: Clinic):
    stranger = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for round_ in range(3):
        name = f"ann{round_}"
        patient = Patient(room, name)
        room.grant(name)
        answer = await room.offer(name, await patient.offer())
        ports = ports_of(door_of(room, name))
        joining = asyncio.create_task(patient.accept(answer))
        for _ in range(40):
            for host, port in ports:
                (stranger if ":" in host else four).sendto(CLIENT_HELLO, (host, port))
            await asyncio.sleep(0.005)
        await joining
        await patient.connected()
        assert door_of(room, name).strangers >= 40
        assert door_of(room, name).connection._queue.qsize() == 0
        await patient.pc.close()
    stranger.close()
    four.close()


async def test_garbage_of_every_kind_leaves_a_call_as_it_is(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, sending(ann):
        await until(lambda: ben.got(b"ann1") > 3)
        address = next(address for address in ports_of(door_of(room, "ben1")) if ":" not in address[0])
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for first in range(256):
            for size in (1, 2, 19, 20, 100, 1400):
                stranger.sendto((bytes((first,)) + os.urandom(size))[:size], address)
        stranger.sendto(b"", address)
        before = ben.got(b"ann1")
        await until(lambda: ben.got(b"ann1") > before + 10)
        path = peer_of(room, "ben1").leg.address
        assert path[1] != stranger.getsockname()[1] and len(door_of(room, "ben1").sources) < 8
        stranger.close()


async def test_strangers_get_no_answer_to_their_checks(room: Clinic):
    async with Patient(room, "ann1"):
        door = door_of(room, "ann1")
        host, port = next(address for address in ports_of(door) if ":" not in address[0])
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stranger.setblocking(False)
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = "nobody:nothing"
        request.add_message_integrity(b"guess")
        before = door.strangers
        stranger.sendto(bytes(request), (host, port))
        await until(lambda: door.strangers > before)
        with pytest.raises(BlockingIOError):
            stranger.recv(2000)
        stranger.close()


async def test_the_queue_to_the_handshake_is_capped(room: Clinic):
    async with Patient(room, "ann1"):
        door = door_of(room, "ann1")
        for _ in range(MAX_QUEUED * 3):
            door.dtls(CLIENT_HELLO)
        assert door.connection._queue.qsize() == MAX_QUEUED


async def test_sound_and_picture_never_pass_through_the_queue(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben:
        queue: Any = door_of(room, "ann1").connection._queue
        before = queue.qsize()
        queue.put_nowait = None
        async with sending(ann):
            await until(lambda: ben.got(b"ann1") > 10)
        assert queue.qsize() == before
        del queue.put_nowait


async def test_checks_from_ever_new_ports_are_not_remembered_without_end(room: Clinic):
    async with Patient(room, "ann1") as ann:
        door = door_of(room, "ann1")
        endpoint = door.connection._protocols[0]
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{door.connection.local_username}:{ann.ice.local_username}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.add_message_integrity(door.connection.local_password.encode())
        for port in range(2000, 2300):
            IN[: len(bytes(request))] = bytes(request)
            endpoint.take(len(bytes(request)), ("127.0.0.1", port), 0.0)
        assert len(door.sources) == MAX_SOURCES
        assert len(door.connection.remote_candidates) <= MAX_SOURCES + 8


async def test_a_path_that_changes_in_the_middle_of_a_call_is_followed(monkeypatch: pytest.MonkeyPatch):
    address = local_addresses(None)[0]
    monkeypatch.setattr(aioice_ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [address, address])
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: [address, address])
    async with clinic() as room, Patient(room, "ann1") as ann, Patient(room, "ben1") as ben:
        async with sending(ann, ben):
            await until(lambda: ben.got(b"ann1") > 3 and ann.got(b"ben1") > 3)
            leg = peer_of(room, "ann1").leg
            before, moved = leg.address, leg.moved
            nominated = ann.ice._nominated[1]
            protocol = next(p for p in ann.ice._protocols if p is not nominated.protocol)
            other = aioice_ice.CandidatePair(protocol, nominated.remote_candidate)
            # The browser checks the other pair, then sends on it.
            request = ann.ice.build_request(other, nominate=False)
            key = ann.ice.remote_password.encode()
            await other.protocol.request(request, other.remote_addr, integrity_key=key)
            ann.ice._nominated[1] = other
            await until(lambda: leg.moved > moved and leg.address != before)
            seen, shown = ann.got(b"ben1"), ben.got(b"ann1")
            await until(lambda: ann.got(b"ben1") > seen + 10 and ben.got(b"ann1") > shown + 10)


async def test_what_a_relay_passes_on_takes_the_same_way(room: Clinic):
    async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben:
        endpoint: Any = peer_of(room, "ann1").leg.endpoint
        loop, sock = asyncio.get_running_loop(), endpoint.transport.sock

        def relay() -> None:
            data, address = sock.recvfrom(2000)
            endpoint.datagram_received(data, address[:2])

        loop.remove_reader(sock.fileno())
        loop.add_reader(sock.fileno(), relay)
        async with sending(ann, ben):
            await until(lambda: ben.got(b"ann1") > 5 and ann.got(b"ben1") > 5)
        endpoint.datagram_received(bytes(SIZE + 1), ("192.0.2.1", 9))


async def test_a_valid_packet_from_an_unchecked_source_is_not_heard(room: Clinic):
    async with Patient(room, "ann1") as ann:
        leg, door = peer_of(room, "ann1").leg, door_of(room, "ann1")
        stolen = ann.dtls._tx_srtp.protect(b"\x80\x60\0\1" + bytes(4) + b"\0\0\0\7" + b"payload")
        host, port = next(address for address in ports_of(door) if ":" not in address[0])
        elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        before, strangers = leg.address, door.strangers
        elsewhere.sendto(stolen, (host, port))
        await until(lambda: door.strangers > strangers)
        assert leg.address == before and leg.received == 0
        elsewhere.close()


async def test_a_burst_is_drained_and_sending_on_a_closed_socket_is_lost_quietly():
    seen: list[bytes] = []

    class Counter(Endpoint):
        def take(self, size: int, address: Any, now: float) -> None:
            seen.append(bytes(IN[:size]))

    connection = Connection(ice_controlling=False)
    door = Door(connection, Config())
    sock = bind("127.0.0.1", None)
    assert sock is not None
    endpoint = Counter(door)
    transport = UdpSocket(sock, endpoint)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(200):
        sender.sendto(number.to_bytes(2, "big"), transport.get_extra_info("sockname"))
    await until(lambda: len(seen) == 200)
    assert seen == [number.to_bytes(2, "big") for number in range(200)]
    await endpoint.close()
    transport.close()
    transport.sendto(b"x", ("127.0.0.1", 9))
    assert transport.is_closing()
    sender.close()


@given(st.binary(max_size=200))
def test_any_datagram_is_sorted_without_an_error(data: bytes):
    async def take() -> None:
        door = Door(Connection(ice_controlling=False), Config())
        endpoint = Endpoint(door)
        nowhere: Any = SimpleNamespace(sendto=lambda data, address: None)
        endpoint.connection_made(nowhere)
        endpoint.local_candidate = sockets._candidate(1, "host", "127.0.0.1", 9)
        for prefix in (b"", b"\0\1\0\0", b"\0\1" + (len(data) & 0xFC).to_bytes(2, "big") + b"\x21\x12\xa4\x42"):
            whole = (prefix + data + door.connection.local_username.encode())[:SIZE]
            IN[: len(whole)] = whole
            endpoint.take(len(whole), ("127.0.0.1", 7), 0.0)
        assert not door.sources and door.connection._queue.qsize() == 0

    asyncio.run(take())
