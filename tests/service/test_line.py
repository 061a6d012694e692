"""One client's line, without a network: what waits is bounded, and its faults stay its own."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from ecm_tui.core.wire import WireError
from ecm_tui.service.limits import Pace
from ecm_tui.service.line import FAILED, TOO_MANY, GoneError, Line
from tests.until import until


class Socket:
    """A WebSocket as the server hands it to us; `open_for_writing` says whether the client takes anything."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.incoming: asyncio.Queue[dict] = asyncio.Queue()
        self.open_for_writing = asyncio.Event()
        self.open_for_writing.set()
        self.aborted = False
        self.state = SimpleNamespace(abort=self.abort)

    def abort(self) -> None:
        self.aborted = True
        self.open_for_writing.set()
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def accept(self) -> None:
        pass

    async def send(self, message: dict) -> None:
        await self.open_for_writing.wait()
        if self.aborted:
            raise OSError
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def receive(self) -> dict:
        return await self.incoming.get()

    def say(self, **message: object) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    @property
    def code(self) -> int | None:
        return next((m["code"] for m in self.sent if m["type"] == "websocket.close"), None)


async def listen(line: Line) -> None:
    while True:
        await line.receive()


async def test_what_was_left_goes_out_in_order_and_then_the_line_closes() -> None:
    socket = Socket()
    line = Line(socket)  # type: ignore[arg-type]
    line.send({"type": "one"})
    line.end(4001, "why", {"type": "two"})
    line.send({"type": "three"})
    await line.run(lambda: listen(line))
    assert [json.loads(m["text"])["type"] for m in socket.sent[:-1]] == ["one", "two"]
    assert socket.code == 4001


async def test_a_client_that_takes_nothing_is_cut_when_too_much_waits() -> None:
    socket = Socket()
    socket.open_for_writing.clear()
    line = Line(socket, most=1000)  # type: ignore[arg-type]
    running = asyncio.create_task(line.run(lambda: listen(line)))
    for _ in range(20):
        line.send({"type": "x" * 100})
    assert socket.aborted and line.ended
    await asyncio.wait_for(running, 5)
    assert socket.sent == []


async def test_a_long_answer_waits_for_room() -> None:
    socket = Socket()
    socket.open_for_writing.clear()
    line = Line(socket, most=1000)  # type: ignore[arg-type]
    running = asyncio.create_task(line.run(lambda: listen(line)))
    line.send({"type": "x" * 400})
    long = [asyncio.create_task(line.send_in_turn({"type": letter * 600})) for letter in "abcd"]
    await asyncio.sleep(0)
    assert not any(each.done() for each in long)
    socket.open_for_writing.set()
    await asyncio.wait_for(asyncio.gather(*long), 5)
    line.end()
    await running
    assert [json.loads(each["text"])["type"][0] for each in socket.sent[:-1]] == ["x", "a", "b", "c", "d"]
    with pytest.raises(GoneError):
        await line.send_in_turn({"type": "x"})


@pytest.mark.parametrize(
    "event",
    [
        {"type": "websocket.receive", "bytes": b"{}"},
        {"type": "websocket.receive", "text": "{"},
        {"type": "websocket.receive", "text": "[]"},
        {"type": "websocket.receive", "text": "[" * 100_000},
        {"type": "websocket.receive", "text": '{"type": 1}'},
        {"type": "websocket.receive", "text": '{"type": "x", "n": ' + "9" * 10_000 + "}"},
    ],
)
async def test_what_is_no_message_ends_the_line_in_words(event: dict) -> None:
    socket = Socket()
    line = Line(socket)  # type: ignore[arg-type]
    socket.incoming.put_nowait(event)
    await line.run(lambda: listen(line))
    assert socket.code == 4400
    assert json.loads(socket.sent[0]["text"])["code"] == "bad_message"


async def test_our_own_fault_ends_the_line_without_detail(caplog: pytest.LogCaptureFixture) -> None:
    socket = Socket()
    line = Line(socket)  # type: ignore[arg-type]

    async def fail() -> None:
        raise KeyError("a secret")

    await line.run(fail)
    assert socket.code == FAILED and "secret" not in json.dumps(socket.sent)
    assert "a client's line failed" in caplog.text


async def test_a_text_that_no_socket_carries_is_its_senders_fault() -> None:
    line = Line(Socket())  # type: ignore[arg-type]
    with pytest.raises(WireError):
        line.send({"type": "x", "sdp": "\ud800"})


async def test_who_talks_too_fast_is_ended() -> None:
    socket = Socket()
    line = Line(socket, pace=Pace(5, 0.0))  # type: ignore[arg-type]
    for _ in range(6):
        socket.say(type="x")
    await line.run(lambda: listen(line))
    assert socket.code == TOO_MANY


async def test_a_client_that_leaves_ends_the_line_at_once() -> None:
    socket = Socket()
    line = Line(socket)  # type: ignore[arg-type]
    running = asyncio.create_task(line.run(lambda: listen(line)))
    socket.incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await until(running.done)
    assert line.ended


async def test_a_client_that_takes_nothing_loses_its_line_soon_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecm_tui.service.line.CLOSE_SECONDS", 0.05)
    socket = Socket()
    socket.open_for_writing.clear()
    line = Line(socket)  # type: ignore[arg-type]
    running = asyncio.create_task(line.run(lambda: listen(line)))
    line.end(last={"type": "over", "reason": "removed"})
    await until(lambda: socket.aborted)
    await asyncio.wait_for(running, 5)


async def test_what_waits_is_counted_in_bytes() -> None:
    socket = Socket()
    socket.open_for_writing.clear()
    line = Line(socket, most=1000)  # type: ignore[arg-type]
    line.send({"type": "\N{GRINNING FACE}" * 300})
    assert line.ended, "300 characters of four bytes each"
