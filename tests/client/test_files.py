"""Files by the organiser's client, against the real service: equal at both ends, or nothing at all and a reason."""

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ecm_tui.client import Address
from ecm_tui.client.files import download, upload
from ecm_tui.client.service import ServiceClient
from ecm_tui.client.sources import PIECE, LocalFile
from ecm_tui.core.files import SharedFile
from ecm_tui.errors import EcmError, RefusedError, UnreachableError
from ecm_tui.settings import Files
from tests.service.house import House, Visitors, service
from tests.until import until


@dataclass
class Call:
    """A running call of Ann's, and the client of its organiser."""

    house: House
    people: Visitors
    client: ServiceClient
    seen: list[tuple[int, int]] = field(default_factory=list)

    def progress(self, done: int, size: int) -> None:
        self.seen.append((done, size))

    async def files(self) -> list[SharedFile]:
        appointment = await self.house.service.parts.streams.appointment(self.people.id)
        assert appointment is not None
        return appointment.files

    @property
    def kept(self) -> list[str]:
        return sorted(os.listdir(self.house.service.settings.home.files))


@asynccontextmanager
async def call(root: Path, network: bool = False, files: Files = Files()) -> AsyncIterator[Call]:  # noqa: B008  frozen
    async with service(root, files=files) as house:
        console = await house.console()
        people = await house.appointment(console)
        await people.start()
        address = Address(socket=Path(house.socket))
        if network:
            token = (await console.do("clinic", "issue_token", account_id="o-local"))["result"]["token"]
            address = Address(url=house.url, token=token)
        async with ServiceClient(address) as client:
            yield Call(house, people, client)


class Made:
    """A source that tests make up."""

    def __init__(self, *pieces: bytes, size: int | None = None, name: str = "made.txt") -> None:
        self.name = name
        self.size = sum(map(len, pieces)) if size is None else size
        self._pieces = pieces
        self.gate: asyncio.Event | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
            if self.gate:
                await self.gate.wait()


@pytest.mark.parametrize("network", [False, True])
async def test_S46_a_file_goes_to_the_call_and_back_equal_and_private_with_progress(tmp_path: Path, network: bool):
    content = os.urandom(3 * PIECE + 17)
    source = tmp_path / "Röntgen 1.png"
    source.write_bytes(content)
    async with call(tmp_path, network) as here:
        file_id = await upload(here.client, here.people.id, source, here.progress)
        assert here.seen[-1] == (len(content), len(content)) and len(here.seen) >= 3
        (file,) = await here.files()
        assert (file.id, file.name, file.size) == (file_id, "Röntgen 1.png", len(content))
        assert file.sha256 == hashlib.sha256(content).hexdigest() and file.by.id == "o-local"
        assert here.kept == [file_id]
        kept = here.house.service.settings.home.files / file_id
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and kept.read_bytes() == content
        folder = tmp_path / "down"
        folder.mkdir()
        first = await download(here.client, here.people.id, file, folder, here.progress)
        second = await download(here.client, here.people.id, file, folder)
        assert (first.name, second.name) == ("Röntgen 1.png", "Röntgen 1 (2).png")
        assert first.read_bytes() == second.read_bytes() == content
        assert stat.S_IMODE(first.stat().st_mode) == 0o600
        assert sorted(os.listdir(folder)) == ["Röntgen 1 (2).png", "Röntgen 1.png"]


async def test_what_is_no_file_is_refused_in_words_before_anything_is_sent(tmp_path: Path):
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path, said in (
        (tmp_path / "folder", "folder is a folder. Choose a file in it."),
        (tmp_path / "pipe", "pipe is a device or a pipe, and not a file."),
        (Path("/dev/zero"), "zero is a device or a pipe, and not a file."),
        (tmp_path / "empty", "empty is empty: there is nothing to send."),
        (tmp_path / "none\x1b[2J", "There is no file none␛[2J."),
        (tmp_path / "nul\0", "cannot be opened: its name is no file's name."),
        (tmp_path / ("x" * 500), "cannot be opened: File name too long."),
    ):
        with pytest.raises(RefusedError) as refused:
            LocalFile(path)
        assert said in refused.value.message


async def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ecm_tui.client.sources.os.open", refuse)
    with pytest.raises(RefusedError, match="You may not read secret"):
        LocalFile(tmp_path / "secret")


async def test_a_file_that_changes_while_it_is_sent_is_not_shared(tmp_path: Path):
    async with call(tmp_path) as here:
        for change in (b"longer", b""):
            source = tmp_path / "notes.txt"
            source.write_bytes(b"x" * (2 * PIECE))

            def spoil(done: int, size: int, source: Path = source, change: bytes = change) -> None:
                if done == PIECE:
                    source.write_bytes(b"y" * 2 * PIECE + change if change else b"y")

            with pytest.raises(RefusedError, match=r"notes\.txt changed while it was sent"):
                await upload(here.client, here.people.id, source, spoil)
            await until(lambda: here.kept == [], what="nothing is left of it")
        assert await here.files() == []


async def test_a_file_that_cannot_be_read_to_its_end_is_not_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = tmp_path / "stick.pdf"
    source.write_bytes(b"x" * (2 * PIECE))
    real = os.pread

    def gone(descriptor: int, size: int, offset: int) -> bytes:
        if offset:
            raise OSError(5, "Input/output error")
        return real(descriptor, size, offset)

    async with call(tmp_path) as here:
        monkeypatch.setattr("ecm_tui.client.sources.os.pread", gone)
        with pytest.raises(RefusedError, match=r"stick\.pdf cannot be read to its end: Input/output error"):
            await upload(here.client, here.people.id, source)
        await until(lambda: here.kept == [], what="nothing is left of it")


async def test_cancelling_leaves_nothing_on_either_side(tmp_path: Path):
    async with call(tmp_path) as here:
        source = Made(b"x" * PIECE, b"y" * PIECE)
        source.gate = asyncio.Event()
        task = asyncio.create_task(upload(here.client, here.people.id, source, here.progress))
        await until(lambda: here.kept, what="it begins to arrive")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: here.kept == [], what="nothing is left of it")
        assert await here.files() == []
        file_id = await upload(here.client, here.people.id, Made(b"z" * 50_000_000))
        (file,) = await here.files()
        folder = tmp_path / "down"
        folder.mkdir()
        fetching = asyncio.create_task(download(here.client, here.people.id, file, folder, here.progress))
        await until(lambda: os.listdir(folder))
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert os.listdir(folder) == [] and file.id == file_id


async def test_what_the_clinic_refuses_comes_back_as_its_words(tmp_path: Path):
    async with call(tmp_path, files=Files(limit_mb=1, session_mb=1)) as here:
        send = lambda source: upload(here.client, here.people.id, source)  # noqa: E731
        for source, code in (
            (Made(b"x", size=2 * 1024 * 1024), "file_too_big"),
            (Made(b"", size=0), "empty_file"),
            (Made(b"x", name="setup.exe"), "program"),
            (Made(b"MZ\x90\0", name="letter.pdf"), "program"),
        ):
            with pytest.raises(RefusedError) as refused:
                await send(source)
            assert refused.value.code == code
        await send(Made(b"x" * 700_000))
        with pytest.raises(RefusedError, match="349 kB are left for files of this appointment") as refused:
            await send(Made(b"x" * 700_000))
        assert refused.value.code == "quota"
        await here.people.console.do(here.people.id, "end_call")
        with pytest.raises(RefusedError, match="The call is not running"):
            await send(Made(b"x"))
        with pytest.raises(RefusedError) as refused:
            await upload(here.client, "../../status", Made(b"x"))
        assert refused.value.code in ("no_such_appointment", "not_found")


async def test_a_console_that_only_looks_shares_nothing(tmp_path: Path):
    async with call(tmp_path) as here:
        async with ServiceClient(here.client.address, read_only=True) as looking:
            with pytest.raises(RefusedError, match="--read-only"):
                await upload(looking, here.people.id, Made(b"x"))


async def test_a_lost_answer_is_asked_for_and_the_file_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The line dies after the last byte: the client finds out that the file was shared."""
    import httpx

    real = httpx.AsyncClient.put

    async def deaf(self: httpx.AsyncClient, *args: object, **more: object) -> httpx.Response:
        answer = await real(self, *args, **more)  # type: ignore[arg-type]
        if more.get("content") != b"":
            raise httpx.ReadError("gone")
        return answer

    async with call(tmp_path) as here:
        monkeypatch.setattr(httpx.AsyncClient, "put", deaf)
        file_id = await upload(here.client, here.people.id, Made(b"x" * 1000))
        assert [file.id for file in await here.files()] == [file_id]


async def test_a_download_that_is_not_what_was_sent_is_not_kept(tmp_path: Path):
    folder = tmp_path / "down"
    folder.mkdir()
    async with call(tmp_path) as here:
        file_id = await upload(here.client, here.people.id, Made(b"x" * 1000))
        (file,) = await here.files()
        kept = here.house.service.settings.home.files / file_id
        for content in (b"y" * 1000, b"x" * 999, b"x" * 1001):
            kept.write_bytes(content)
            with pytest.raises(EcmError, match="did not arrive as it was sent"):
                await download(here.client, here.people.id, file, folder)
        kept.unlink()
        with pytest.raises(RefusedError, match="The file is not there any more"):
            await download(here.client, here.people.id, file, folder)
        assert os.listdir(folder) == []
        with pytest.raises(EcmError, match="Nothing can be saved in"):
            await download(here.client, here.people.id, file, tmp_path / "nowhere")


async def test_without_a_service_the_words_say_so(tmp_path: Path):
    async with call(tmp_path) as here:
        client = here.client
        people = here.people.id
        file_id = await upload(client, people, Made(b"x" * 1000))
        (file,) = await here.files()
        assert file.id == file_id
    with pytest.raises(UnreachableError, match=r"made\.txt was not sent"):
        await upload(client, people, Made(b"x"))
    with pytest.raises(UnreachableError, match="was lost while"):
        await download(client, people, file, tmp_path)
