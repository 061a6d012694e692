"""Files in and out over HTTP: who may, until when, and what is left when anything goes wrong (nothing)."""

import asyncio
import base64
import contextlib
import hashlib
import os
import re
import socket
import sqlite3
import struct
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ecm_tui.service.app import public_app
from ecm_tui.service.files import Files as KeptFiles
from ecm_tui.service.files import Part
from ecm_tui.service.serve import Options
from ecm_tui.service.uploads import MOST_OFFERS, OFFERS_AT_ONCE
from ecm_tui.settings import Chat, Files
from tests.service.house import House, PageClient, Visitors, service, settings
from tests.until import until

MIB = 1024 * 1024


class Sending:
    """One way of sending files: where, by which right."""

    def __init__(self, client: httpx.AsyncClient, path: str, bearer: str) -> None:
        self.client = client
        self.path = path
        self.head = {"Authorization": f"Bearer {bearer}"}

    async def offer(self, size: int, name: str = "letter.pdf") -> httpx.Response:
        return await self.client.post(self.path, json={"name": name, "size": size}, headers=self.head)

    async def offered(self, size: int, name: str = "letter.pdf") -> str:
        answer = await self.offer(size, name)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["file"]["id"])

    async def put(self, file_id: str, content: Any, **more: str) -> httpx.Response:
        return await self.client.put(f"{self.path}/{file_id}", content=content, headers={**self.head, **more})

    async def share(self, content: bytes, name: str = "letter.pdf") -> httpx.Response:
        return await self.put(await self.offered(len(content), name), content)


class Call:
    """A running call with an organiser's token."""

    def __init__(self, house: House, people: Visitors, token: str) -> None:
        self.house = house
        self.people = people
        self.organiser = Sending(house.client, f"/api/v1/appointments/{people.id}/files", token)

    def page(self, page: PageClient) -> Sending:
        return Sending(self.house.client, "/api/v1/session/files", page.credential)

    @property
    def kept(self) -> list[str]:
        return sorted(os.listdir(self.house.service.settings.home.files))

    async def names(self) -> list[str]:
        appointment = await self.house.service.parts.streams.appointment(self.people.id)
        assert appointment is not None
        return [file.name for file in appointment.files]

    async def nothing_left(self) -> None:
        await until(lambda: self.kept == [], 10, what=f"nothing is left, but there is {self.kept}")
        assert await self.names() == []


@contextlib.asynccontextmanager
async def call(root: Path, *guests: str, options: Options | None = None, **more: Any) -> AsyncIterator[Call]:
    async with service(root, options, **more) as house:
        console = await house.console()
        people = await house.appointment(console, *guests)
        await people.start()
        token = (await console.do("clinic", "issue_token", account_id="o-local"))["result"]["token"]
        yield Call(house, people, token)


class Gate:
    """A body that stops after its first half until it may go on."""

    def __init__(self, first: bytes, second: bytes) -> None:
        self.parts = first, second
        self.open = asyncio.Event()
        self.size = str(len(first) + len(second))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.parts[0]
        await self.open.wait()
        yield self.parts[1]


async def stopped(here: Call, sending: Sending, size: int = 4 * MIB) -> tuple[asyncio.Task[httpx.Response], Gate]:
    """A file of which half has come."""
    gate = Gate(b"a" * (size // 2), b"b" * (size // 2))
    file_id = await sending.offered(size)
    task = asyncio.create_task(sending.put(file_id, gate, **{"Content-Length": gate.size}))
    await until(lambda: any((here.house.service.settings.home.files / each).stat().st_size for each in here.kept))
    return task, gate


# The way it should go


async def test_S46_files_go_from_page_and_organiser_to_everyone_with_the_bytes_that_were_sent(tmp_path: Path) -> None:
    async with call(tmp_path, "Ben") as here:
        ann, ben = await here.people.in_call("Ann"), await here.people.in_call("Ben")
        content = os.urandom(3 * MIB + 5)
        answer = await here.page(ann).share(content, "my scan.png")
        digest = hashlib.sha256(content).hexdigest()
        file = answer.json()["file"]
        assert answer.status_code == 200 and file["sha256"] == digest and file["name"] == "my scan.png"
        line = (await ben.heard("line"))["line"]
        assert line["file"] == {"id": file["id"], "name": "my scan.png", "size": len(content)}
        assert line["by"]["id"] == here.people.ids["Ann"] and not line["by"]["organiser"]
        fetched = await here.house.client.get(f"{here.organiser.path}/{file['id']}", headers=here.organiser.head)
        assert fetched.content == content
        expected = base64.b64encode(bytes.fromhex(digest)).decode()
        assert fetched.headers["repr-digest"] == f"sha-256=:{expected}:"


async def test_downloads_are_attachments_that_no_browser_opens_in_our_name(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        file = (await here.organiser.share(b"<script>alert(1)</script>", 'Brief "für" Ann.html')).json()["file"]
        address = f"{here.organiser.path}/{file['id']}"
        answer = await here.house.client.get(address, headers=here.organiser.head)
        head = answer.headers
        assert head["content-type"] == "application/octet-stream" and head["x-content-type-options"] == "nosniff"
        assert head["content-disposition"] == "attachment; filename*=utf-8''Brief%20_f%C3%BCr_%20Ann.html"
        assert head["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert head["cache-control"] == "no-store" and head["referrer-policy"] == "no-referrer"
        part = await here.house.client.get(address, headers={**here.organiser.head, "Range": "bytes=1-6"})
        assert part.status_code == 206 and part.content == b"script"


async def test_the_same_file_again_is_only_answered(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        file_id = await here.organiser.offered(3)
        first = await here.organiser.put(file_id, b"abc")
        for body in (b"abc", b""):
            again = await here.organiser.put(file_id, body)
            assert again.status_code == 200 and again.json() == first.json()
        assert len(await here.names()) == 1 and here.kept == [file_id]


async def test_a_digest_that_the_sender_gives_is_compared(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        digest = base64.b64encode(hashlib.sha256(b"abc").digest()).decode()
        wrong = await here.organiser.put(
            await here.organiser.offered(3), b"abd", **{"Repr-Digest": f"sha-256=:{digest}:"}
        )
        assert wrong.status_code == 409 and wrong.json()["code"] == "damaged"
        await here.nothing_left()
        bad = await here.organiser.put(await here.organiser.offered(3), b"abc", **{"Repr-Digest": "sha-256=:A:"})
        assert bad.status_code == 400 and bad.json()["code"] == "bad_message"
        right = await here.organiser.put(
            await here.organiser.offered(3), b"abc", **{"Repr-Digest": f"md5=:x:, sha-256=:{digest}:"}
        )
        assert right.status_code == 200


# Names, sizes, programs, quotas


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\scan.pdf", "scan.pdf"),
        ("CON.txt", "_CON.txt"),
        ("evil\u202efdp.txt", "evil_fdp.txt"),
        ("a\0b\x1b[2J.txt", "a_b_[2J.txt"),
        pytest.param("é" * 500 + ".pdf", "é" * 98 + ".pdf", id="long"),
        ("...", "file"),
        ("", "file"),
        ("-rf", "_-rf"),
    ],
)
async def test_hostile_names_become_names_that_every_system_can_store(tmp_path: Path, name: str, kept: str) -> None:
    async with call(tmp_path) as here:
        answer = await here.organiser.share(b"x", name)
        assert answer.status_code == 200 and answer.json()["file"]["name"] == kept
        assert re.fullmatch(r"f[0-9a-f]{16}", here.kept[0]) and len(here.kept) == 1


async def test_what_cannot_be_shared_is_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    async with call(tmp_path, files=Files(limit_mb=1, session_mb=2)) as here:
        for name, size, status, code in (
            ("a.pdf", 0, 409, "empty_file"),
            ("a.pdf", MIB + 1, 413, "file_too_big"),
            ("setup.EXE", 10, 409, "program"),
        ):
            answer = await here.organiser.offer(size, name)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        for size in (-1, 1.5, "7", None, 2**60):
            bad = await here.organiser.client.post(
                here.organiser.path, json={"name": "x", "size": size}, headers=here.organiser.head
            )
            assert bad.status_code == 400
        # What is promised counts: two offers fill the session's share.
        first, second = await here.organiser.offered(MIB), await here.organiser.offered(MIB)
        assert (await here.organiser.offer(1)).json()["code"] == "quota"
        assert (
            await here.organiser.client.delete(f"{here.organiser.path}/{first}", headers=here.organiser.head)
        ).status_code == 204
        assert (await here.organiser.offer(1)).status_code == 201
        assert (await here.organiser.put(second, b"x" * MIB)).status_code == 200


async def test_one_participant_cannot_use_up_the_room_of_the_others(tmp_path: Path) -> None:
    async with call(tmp_path, "Ben", files=Files(limit_mb=1, session_mb=3, person_mb=1)) as here:
        ann, ben = here.page(await here.people.in_call("Ann")), here.page(await here.people.in_call("Ben"))
        assert (await ann.share(b"x" * (MIB // 2))).status_code == 200
        await ann.offered(MIB // 4)
        answer = await ann.offer(MIB // 2)
        assert answer.json()["code"] == "quota", "what is promised counts too"
        assert answer.json()["message"] == (
            "letter.pdf has 524 kB, and 262 kB are left for your files in this appointment."
        )
        assert (await ben.share(b"x" * MIB)).status_code == 200
        assert (await here.organiser.share(b"x" * MIB)).status_code == 200


async def test_programs_are_known_by_their_first_bytes_unless_the_clinic_wants_them(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        for beginning in (b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh\n"):
            answer = await here.organiser.share(beginning + b"x" * MIB, "photo.jpg")
            assert answer.json()["code"] == "program"
        await here.nothing_left()
    async with call(tmp_path / "b", files=Files(programs=True)) as here:
        assert (await here.organiser.share(b"MZ\x90\0", "setup.exe")).status_code == 200


async def test_lying_lengths_leave_nothing(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        for said, sent in ((10, b"x" * 9), (10, b"x" * 11), (10, b"")):
            answer = await here.organiser.put(await here.organiser.offered(said), sent)
            assert answer.status_code == 400 and answer.json()["code"] == "wrong_size"

        async def unknown() -> AsyncIterator[bytes]:
            for _ in range(4):
                yield b"x" * 65536

        file_id = await here.organiser.offered(10)
        chunked = await here.organiser.put(file_id, unknown())
        assert chunked.status_code == 413, "a body of unknown length is not even read"
        assert (await here.organiser.put(file_id, b"x" * 10)).status_code == 200


async def test_a_line_that_breaks_leaves_nothing_and_a_sender_who_stalls_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with call(tmp_path) as here:
        task, _ = await stopped(here, here.organiser)
        task.cancel()
        await here.nothing_left()
        monkeypatch.setattr("ecm_tui.service.uploads.PIECE_SECONDS", 0.2)
        task, gate = await stopped(here, here.organiser)
        await here.nothing_left()
        gate.open.set()
        answer = await task
        assert answer.status_code == 408 and answer.json()["code"] == "too_slow"


async def test_a_slow_sender_is_not_cut_by_the_limit_for_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecm_tui.service.servers.REQUEST_SECONDS", 0.2)
    async with call(tmp_path) as here:
        task, gate = await stopped(here, here.organiser)
        await asyncio.sleep(0.7)  # longer than any other request may take to be whole
        gate.open.set()
        assert (await task).status_code == 200


# Who may, and until when


async def test_only_who_is_in_the_call_with_that_page_shares(tmp_path: Path) -> None:
    async with call(tmp_path, "Ben") as here:
        waiting = await here.people.waiting("Ben")
        refused = await here.page(waiting).offer(3)
        assert refused.status_code == 409 and refused.json()["code"] == "not_admitted"
        stranger = Sending(here.house.client, "/api/v1/session/files", "x" * 43)
        assert (await stranger.offer(3)).json()["code"] == "link_not_valid"
        none = Sending(here.house.client, "/api/v1/session/files", "none")
        none.head = {}
        assert (await none.offer(3)).status_code == 404
        ann = await here.people.in_call("Ann")
        file_id = await here.page(ann).offered(3)
        assert (await here.organiser.put(file_id, b"abc")).json()["code"] == "no_such_file", "another's offer"
        await here.people.console.do(here.people.id, "silence", person_id=here.people.ids["Ann"], on=True)
        assert (await here.page(ann).put(file_id, b"abc")).json()["code"] == "silenced"
        await here.nothing_left()


async def test_an_observer_shares_nothing_and_a_revoked_token_neither(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        console = here.people.console
        await console.do("clinic", "add_account", account_id="obs", name="Ola", role="observer")
        token = (await console.do("clinic", "issue_token", account_id="obs"))["result"]["token"]
        observer = Sending(here.house.client, here.organiser.path, token)
        answer = await observer.offer(3)
        assert answer.status_code == 403 and answer.json()["code"] == "not_allowed"
        file = (await here.organiser.share(b"abc")).json()["file"]
        seen = await here.house.client.get(f"{here.organiser.path}/{file['id']}", headers=observer.head)
        assert seen.content == b"abc"
        await console.do("clinic", "revoke_tokens", account_id="obs")
        gone = await here.house.client.get(f"{here.organiser.path}/{file['id']}", headers=observer.head)
        assert gone.status_code == 401


async def test_who_is_removed_while_sending_shares_nothing(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        ann = await here.people.in_call()
        task, gate = await stopped(here, here.page(ann))
        await here.people.console.do(here.people.id, "remove", person_id=here.people.ids["Ann"])
        await here.nothing_left()
        gate.open.set()
        answer = await task
        assert answer.json()["code"] == "not_admitted"


async def test_the_calls_end_ends_what_is_being_sent(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        task, gate = await stopped(here, here.organiser)
        await here.people.console.do(here.people.id, "end_call")
        await here.nothing_left()
        gate.open.set()
        assert (await task).json()["code"] == "call_not_running"


async def test_giving_up_by_delete_leaves_nothing(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        task, gate = await stopped(here, here.organiser)
        file_id = here.kept[0].split(".")[1]
        answer = await here.house.client.delete(f"{here.organiser.path}/{file_id}", headers=here.organiser.head)
        assert answer.status_code == 204
        await here.nothing_left()
        gate.open.set()
        assert (await task).json()["code"] == "cancelled"
        unknown = await here.house.client.delete(f"{here.organiser.path}/{file_id}", headers=here.organiser.head)
        assert unknown.status_code == 404


async def test_offers_that_come_at_once_count_each_other(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        ann = here.page(await here.people.in_call("Ann"))
        answers = await asyncio.gather(*(ann.offer(10) for _ in range(3 * MOST_OFFERS)))
        assert [each.status_code for each in answers].count(201) == MOST_OFFERS


async def test_giving_up_while_the_file_is_being_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with call(tmp_path) as here:
        began, go, begin = threading.Event(), threading.Event(), KeptFiles.begin

        def slowly(files: KeptFiles, appointment: str, file_id: str) -> Part:
            began.set()
            go.wait(10)
            return begin(files, appointment, file_id)

        monkeypatch.setattr(KeptFiles, "begin", slowly)
        file_id = await here.organiser.offered(3)
        sending = asyncio.create_task(here.organiser.put(file_id, b"abc"))
        await until(began.is_set)
        await here.house.client.delete(f"{here.organiser.path}/{file_id}", headers=here.organiser.head)
        go.set()
        assert (await sending).json()["code"] == "cancelled"
        await here.nothing_left()


def test_who_gives_up_waits_for_the_thread_that_writes(tmp_path: Path) -> None:
    part = Part(tmp_path, "a1", "f1")
    whole, writes, go = part._file, threading.Event(), threading.Event()

    class Slow:
        close = whole.close

        def write(self, piece: memoryview) -> int:
            writes.set()
            go.wait(10)
            return whole.write(piece)

    part._file = Slow()  # type: ignore[assignment]  # as slow as a disk can be
    writing, dropping = threading.Thread(target=part.write, args=(b"abc",)), threading.Thread(target=part.drop)
    writing.start()
    assert writes.wait(10)
    dropping.start()
    dropping.join(0.05)
    assert dropping.is_alive() and not whole.closed
    go.set()
    writing.join(10)
    dropping.join(10)
    assert whole.closed and not list(tmp_path.iterdir())


async def test_numbers_and_rates_are_bounded_for_each_person_alone(tmp_path: Path) -> None:
    async with call(tmp_path, "Ben") as here:
        ann, ben = await here.people.in_call("Ann"), await here.people.in_call("Ben")
        for _ in range(MOST_OFFERS):
            file_id = await here.page(ann).offered(10)
        assert (await here.page(ann).offer(10)).json()["code"] == "too_many_files"
        for _ in range(OFFERS_AT_ONCE):
            await here.house.client.delete(f"/api/v1/session/files/{file_id}", headers=here.page(ann).head)
            answer = await here.page(ann).offer(10)
            file_id = answer.json().get("file", {}).get("id", "")
        assert answer.status_code == 429 and answer.json()["code"] == "too_fast"
        assert (await here.page(ben).share(b"abc")).status_code == 200
        twice = await here.page(ben).offered(4 * MIB)
        gate = Gate(b"a" * MIB, b"b" * (3 * MIB))
        first = asyncio.create_task(here.page(ben).put(twice, gate, **{"Content-Length": gate.size}))
        await until(lambda: any(each.endswith(".part") for each in here.kept))
        assert (await here.page(ben).put(twice, b"x" * (4 * MIB))).json()["code"] == "sent_already"
        gate.open.set()
        assert (await first).status_code == 200


# Downloads of participants


async def link(here: Call, page: PageClient, file: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The page's own link to the file, and what its browser shows for it."""
    appointment = await here.house.service.parts.streams.appointment(here.people.id)
    assert appointment is not None
    credential = await here.house.service.parts.streams.store.find_credential(
        page.credential, here.house.service.parts.streams.sources.clock()
    )
    assert credential is not None
    value = here.house.service.parts.key.file_pass(credential.visit)
    return f"/files/{credential.visit}/{file['id']}/{file['name']}", {"Cookie": f"files={value}"}


async def test_S49_a_link_is_for_one_person_while_they_are_in_the_call(tmp_path: Path) -> None:
    async with call(tmp_path, "Ben") as here:
        answer = await here.house.trade(here.people.links["Ann"])
        cookie = answer.headers["set-cookie"]
        assert re.fullmatch(r"files=[A-Za-z0-9_-]{27}; HttpOnly; Path=/files/v[0-9a-f]{24}; SameSite=strict", cookie), (
            cookie
        )
        here.house.client.cookies.clear()
        ann, ben = await here.people.in_call("Ann"), await here.people.in_call("Ben")
        here.house.client.cookies.clear()
        file = (await here.organiser.share(b"for you both")).json()["file"]
        address, mine = await link(here, ann, file)
        bens, his = await link(here, ben, file)
        assert (await here.house.client.get(address, headers=mine)).content == b"for you both"
        for strange in ({}, his, {"Cookie": "files="}, {"Cookie": "files=" + "x" * 27}):
            outsider = await here.house.client.get(address, headers=strange)
            assert outsider.status_code == 404 and outsider.json()["code"] == "no_such_file"
        for wrong in (address.replace(file["id"], "f0"), "/files/v0/f0/x", "/files/v0/" + "f" * 500 + "/x"):
            assert (await here.house.client.get(wrong, headers=mine)).status_code == 404
        await here.people.console.do(here.people.id, "remove", person_id=here.people.ids["Ann"])
        assert (await here.house.client.get(address, headers=mine)).status_code == 404
        assert (await here.house.client.get(bens, headers=his)).status_code == 200
        await here.people.console.do(here.people.id, "hold", person_id=here.people.ids["Ben"])
        assert (await here.house.client.get(bens, headers=his)).status_code == 404
        await here.people.admit("Ben")
        assert (await here.house.client.get(bens, headers=his)).status_code == 200
        (here.house.service.settings.home.files / file["id"]).unlink()
        erased = await here.house.client.get(bens, headers=his)
        assert erased.status_code == 404 and "not there any more" in erased.json()["message"]
        await here.people.console.do(here.people.id, "end_call")
        assert (await here.house.client.get(bens, headers=his)).status_code == 404


async def test_a_late_joiner_who_may_not_read_back_gets_no_earlier_file(tmp_path: Path) -> None:
    async with call(tmp_path, chat=Chat(history="none")) as here:
        early = (await here.organiser.share(b"early")).json()["file"]
        ann = await here.people.in_call()
        late = (await here.organiser.share(b"late")).json()["file"]
        address, mine = await link(here, ann, early)
        assert (await here.house.client.get(address, headers=mine)).status_code == 404
        address, mine = await link(here, ann, late)
        assert (await here.house.client.get(address, headers=mine)).content == b"late"


async def test_the_cookie_is_secure_where_the_page_is(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        token = people.links["Ann"].rpartition("/")[2]
        app = httpx.ASGITransport(public_app(house.service.parts, frozenset(), True))
        async with httpx.AsyncClient(transport=app, base_url="https://call.example") as client:
            answer = await client.post("/api/v1/open", json={"token": token, "version": 2})
        assert "; Secure" in answer.headers["set-cookie"]


async def trickle(here: Call, address: str, head: dict[str, str]) -> socket.socket:
    """A download of which a little was read, over a line that takes little at once."""
    host, _, port = here.house.url.removeprefix("http://").partition(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    line.settimeout(10)
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    request = f"GET {address} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n"
    await asyncio.to_thread(line.connect, (host, int(port)))
    await asyncio.to_thread(line.sendall, request.encode())
    beginning = await asyncio.to_thread(line.recv, 4096)
    assert beginning.startswith(b"HTTP/1.1 200")
    return line


def rest(line: socket.socket) -> int:
    """Bytes that still come until the line ends."""
    count = 0
    with contextlib.suppress(ConnectionError):
        while piece := line.recv(1 << 20):
            count += len(piece)
    line.close()
    return count


async def test_a_running_download_of_a_removed_person_is_cut_within_250_ms(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        ann = await here.people.in_call()
        size = 64 * MIB
        file = (await here.organiser.share(bytes(size), "big.dat")).json()["file"]
        line = await trickle(here, *await link(here, ann, file))
        running = here.house.service.parts.downloads._running
        await until(lambda: running)
        await here.people.console.do(here.people.id, "remove", person_id=here.people.ids["Ann"])
        await until(lambda: not running, 0.25, what="the download has ended")
        assert await asyncio.to_thread(rest, line) < size // 2


async def test_a_download_by_a_token_that_is_revoked_is_cut(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        console = here.people.console
        await console.do("clinic", "add_account", account_id="obs", name="Ola", role="observer")
        token = (await console.do("clinic", "issue_token", account_id="obs"))["result"]["token"]
        file = (await here.organiser.share(bytes(64 * MIB), "big.dat")).json()["file"]
        line = await trickle(here, f"{here.organiser.path}/{file['id']}", {"Authorization": f"Bearer {token}"})
        running = here.house.service.parts.downloads._running
        await until(lambda: running)
        await console.do("clinic", "revoke_tokens", account_id="obs")
        await until(lambda: not running, 2)
        assert await asyncio.to_thread(rest, line) < 32 * MIB


async def test_a_reader_who_takes_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecm_tui.service.downloads.STALL_SECONDS", 0.3)
    async with call(tmp_path) as here:
        file = (await here.organiser.share(bytes(64 * MIB), "big.dat")).json()["file"]
        line = await trickle(here, f"{here.organiser.path}/{file['id']}", here.organiser.head)
        running = here.house.service.parts.downloads._running
        await until(lambda: not running, 10)
        assert await asyncio.to_thread(rest, line) < 32 * MIB


# The upload link


async def test_S45_an_upload_link_sends_one_file_in_the_organisers_name(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        console = here.people.console
        ann = await here.people.in_call()
        answer = await console.query("upload_link", appointment=here.people.id)
        token = answer["url"].rpartition("/")[2]
        assert answer["url"].startswith(f"{here.house.url}/send/") and answer["local_only"] is True
        sending = Sending(here.house.client, "/api/v1/send/files", token)
        for _ in range(3):
            page = await here.house.client.get(answer["url"])
            assert page.status_code == 200 and "send.js" in page.text, "looking does not use it up"
        look = await here.house.client.get("/api/v1/send", headers=sending.head)
        assert look.json()["clinic"]["name"] == "Lakeside" and look.json()["most_bytes"] == 1024 * MIB
        assert (await sending.share(b"from my desk", "desk.pdf")).status_code == 200
        line = (await ann.heard("line"))["line"]
        assert line["file"]["name"] == "desk.pdf" and line["by"]["organiser"]
        for dead in (await sending.offer(3), await here.house.client.get("/api/v1/send", headers=sending.head)):
            assert dead.status_code == 404 and dead.json()["code"] == "link_not_valid"
        store = here.house.service.settings.home.database.read_bytes()
        assert token.encode() not in store


async def test_two_files_by_one_upload_link_are_one(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        answer = await here.people.console.query("upload_link", appointment=here.people.id)
        sending = Sending(here.house.client, "/api/v1/send/files", answer["url"].rpartition("/")[2])
        offers = [await sending.offered(3, f"{number}.pdf") for number in range(2)]
        answers = await asyncio.gather(*(sending.put(offer, b"abc") for offer in offers))
        assert sorted(each.status_code for each in answers) == [200, 404]
        assert len(await here.names()) == len(here.kept) == 1


async def test_an_upload_link_whose_file_could_not_be_shared_is_as_good_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecm_tui.errors import ReadOnlyError

    async def fail(*_: object) -> None:
        raise ReadOnlyError("clinic.sqlite", "the disk is full")

    async with call(tmp_path) as here:
        answer = await here.people.console.query("upload_link", appointment=here.people.id)
        sending = Sending(here.house.client, "/api/v1/send/files", answer["url"].rpartition("/")[2])
        with monkeypatch.context() as patch:
            patch.setattr(here.house.service.parts.streams.store, "commit", fail)
            failed = await sending.share(b"abc", "letter.pdf")
        assert failed.status_code == 503 and failed.json()["code"] == "store_read_only"
        await here.nothing_left()
        assert (await sending.share(b"abc", "letter.pdf")).status_code == 200
        assert await here.names() == ["letter.pdf"]
        assert (await sending.offer(3)).json()["code"] == "link_not_valid"


async def test_an_upload_link_dies_with_its_call_and_its_account(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        console = here.people.console
        answer = await console.query("upload_link", appointment=here.people.id)
        sending = Sending(here.house.client, "/api/v1/send/files", answer["url"].rpartition("/")[2])
        file_id = await sending.offered(3)
        await console.do(here.people.id, "end_call")
        assert (await sending.put(file_id, b"abc")).json()["code"] == "link_not_valid"
        refused = await console.query("upload_link", appointment=here.people.id)
        assert refused["code"] == "call_not_running"
        await console.do(here.people.id, "start_call")
        assert (await sending.offer(3)).json()["code"] == "link_not_valid", "another call"
        assert (await here.house.client.get("/api/v1/send", headers=sending.head)).status_code == 404
        token = await here.house.service.parts.doors.upload_link(here.people.id, "o-nobody")
        stranger = Sending(here.house.client, "/api/v1/send/files", token)
        assert (await stranger.offer(3)).status_code == 404
        await here.nothing_left()


async def test_guessing_upload_links_is_held_up(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        wrong = Sending(here.house.client, "/api/v1/send/files", "x" * 43)
        answers = [(await wrong.offer(3)).status_code for _ in range(22)]
        assert answers[:20] == [404] * 20 and answers[-1] == 429


# The disk


async def test_a_disk_that_has_no_room_refuses_before_a_byte_is_sent(tmp_path: Path) -> None:
    options = Options(bridge_command=None, keep_free=1 << 60)
    async with call(tmp_path, options=options) as here:
        answer = await here.organiser.offer(3)
        assert answer.status_code == 503 and answer.json()["code"] == "disk_full"
        assert "has no room for letter.pdf (3 bytes)" in answer.json()["message"]
        await here.nothing_left()


@pytest.mark.parametrize("step", ["write", "fsync", "link"])
async def test_a_disk_that_fills_meanwhile_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Every step at which a disk can fail: the sender hears why, and everything works again afterwards."""

    def full(*_: object, **__: object) -> Any:
        raise OSError(28, "No space left on device")

    async with call(tmp_path) as here:
        ann = await here.people.in_call()
        with monkeypatch.context() as patch:
            if step == "write":
                patch.setattr("ecm_tui.service.files.memoryview", full, raising=False)
            else:
                patch.setattr(f"ecm_tui.service.files.os.{step}", full)
            answer = await here.page(ann).share(b"x" * MIB)
        assert answer.status_code == 503 and answer.json()["code"] == "disk_full"
        assert answer.json()["message"] == "The clinic's disk is full: the file was not shared."
        await here.nothing_left()
        assert (await here.page(ann).share(b"x" * MIB)).status_code == 200


async def test_a_log_that_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecm_tui.errors import ReadOnlyError

    async def fail(*_: object, **__: object) -> None:
        raise ReadOnlyError("clinic.sqlite", "the disk is full")

    async with call(tmp_path) as here:
        file_id = await here.organiser.offered(3)
        with monkeypatch.context() as patch:
            patch.setattr(here.house.service.parts.streams, "execute", fail)
            answer = await here.organiser.put(file_id, b"abc")
        assert answer.status_code == 503 and answer.json()["code"] == "store_read_only"
        await here.nothing_left()


async def test_what_a_crash_left_is_removed_at_the_next_start_and_what_was_shared_stays(tmp_path: Path) -> None:
    async with call(tmp_path) as here:
        shared = (await here.organiser.share(b"shared")).json()["file"]["id"]
        appointment, folder = here.people.id, here.house.service.settings.home.files
    half = folder / f"{appointment}.f-half.part"
    half.write_bytes(b"half")
    for name in ("f-whole", f"{appointment}.f-whole.part", f"{appointment}.{shared}.part", "a-none.f-none.part"):
        (folder / name).write_bytes(b"x")
    assert settings(tmp_path).home.files == folder
    async with service(tmp_path):
        assert os.listdir(folder) == [shared] and (folder / shared).read_bytes() == b"shared"


async def test_a_damaged_appointment_with_a_file_half_way_keeps_no_service_from_starting(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        home = house.service.settings.home
    half = home.files / f"{people.id}.f-half.part"
    half.write_bytes(b"half")
    with contextlib.closing(sqlite3.connect(home.database)) as database, database:
        database.execute("UPDATE entries SET data = '{' WHERE stream = ?", [people.id])
    async with service(tmp_path) as house:
        assert (await house.client.get("/healthz")).status_code == 200 and half.exists()


# The virus scanner


Verdict = Callable[[bytes], bytes | None]


@contextlib.asynccontextmanager
async def clamd(path: Path, verdict: Verdict) -> AsyncIterator[None]:
    """A daemon that speaks INSTREAM; None: it hangs up without a word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        if answer := verdict(content):
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield


@pytest.mark.parametrize(
    ("verdict", "code", "said"),
    [
        (lambda content: b"stream: OK\0" if content == b"x" * 300_000 else b"wrong", "", ""),
        (lambda content: b"stream: Eicar-Test\x1b[2J FOUND\0", "infected", "found Eicar-Test␛[2J in it"),
        (lambda content: b"INSTREAM size limit exceeded. ERROR\0", "not_scanned", "takes no file of this size"),
        (lambda content: b"stream: what?\0", "not_scanned", "gave no verdict"),
        (lambda content: None, "not_scanned", "does not answer"),
    ],
)
async def test_a_scanner_looks_at_every_file_and_its_word_counts(
    tmp_path: Path, verdict: Verdict, code: str, said: str
) -> None:
    daemon = tmp_path / "clamd.sock"
    async with clamd(daemon, verdict), call(tmp_path, files=Files(clamd=str(daemon))) as here:
        answer = await here.organiser.share(b"x" * 300_000, "letter.pdf")
        if not code:
            assert answer.status_code == 200
            appointment = await here.house.service.parts.streams.appointment(here.people.id)
            assert appointment and appointment.files[0].scan == "clean"
            return
        assert answer.status_code == 409 and answer.json()["code"] == code
        assert answer.json()["message"].startswith("letter.pdf was not shared") and said in answer.json()["message"]
        await here.nothing_left()


async def test_a_scanner_that_is_not_there_lets_nothing_through(tmp_path: Path) -> None:
    for where in (str(tmp_path / "none.sock"), "127.0.0.1:1"):
        async with call(tmp_path / where[-1], files=Files(clamd=where)) as here:
            answer = await here.organiser.share(b"abc")
            assert answer.json()["code"] == "not_scanned"
            await here.nothing_left()
