"""Screenshot requests in the service: every order of answers, faults and ends, with a bridge in the test's hands."""

from __future__ import annotations

import asyncio
import base64
import errno
import io
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ecm_tui.core import commands as c
from ecm_tui.core.log import SERVICE
from ecm_tui.errors import NotAPictureError, NotKeptError, StoreError
from ecm_tui.service import album, stills
from ecm_tui.service.album import Album, labelled, labels_of
from ecm_tui.service.streams import Streams
from ecm_tui.settings import Screenshot
from tests.service.house import Console, FakeBridge, House, Message, PageClient, Visitors, service
from tests.until import until


def png(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 18), colour).save(out, "PNG")
    return out.getvalue()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def content(path: Path) -> bytes:
    return path.read_bytes()


@dataclass
class Call:
    """Ann and Bob in a call, a console, and the bridge."""

    house: House
    console: Console
    visitors: Visitors
    bridge: FakeBridge
    ann: PageClient
    bob: PageClient

    @property
    def folder(self) -> Path:
        return self.house.service.settings.home.stills

    @property
    def files(self) -> list[Path]:
        return list(self.folder.iterdir())

    async def ask(self, name: str = "Ann") -> str:
        """Ask for a still: the consent's id."""
        done = await self.console.do(self.visitors.id, "ask_screenshot", person_id=self.visitors.ids[name])
        return str(done["result"]["consent_id"])

    async def answer(self, consent: str, allow: bool = True, page: PageClient | None = None) -> None:
        await (page or self.ann).send(type="consent", consent=consent, allow=allow)

    async def taken(self, consent: str, late: float = 0.1, **changes: Any) -> None:
        """The bridge takes the picture."""
        take = await self.bridge.heard("still_take", consent=consent)
        captured = datetime.fromisoformat(take["confirmed_at"]) + timedelta(seconds=late)
        fields = {"outcome": "taken", "captured_at": captured.isoformat(), "width": 32, "height": 18, "sha256": "ab12"}
        picture = {"png": base64.b64encode(png()).decode()}
        peer = f"{self.visitors.ids['Ann']}-1"
        await self.bridge.send(type="still", consent=consent, **{"peer": peer, **fields, **picture, **changes})

    async def events(self, kind: str) -> list[Message]:
        """What the log tells of this kind."""
        shown = await self.console.query("appointment", appointment=self.visitors.id)
        return [entry["event"] | {"at": entry["at"]} for entry in shown["timeline"] if entry["event"]["type"] == kind]

    async def ended(self, consent: str, timeout: float = 5.0) -> Message:
        """The request's one outcome."""

        async def found() -> list[Message]:
            return [event for event in await self.events("screenshot_ended") if event["consent_id"] == consent]

        (event,) = await until(found, timeout, every=0.05, what="an outcome")
        return event

    async def stills(self) -> list[Message]:
        shown = await self.console.query("appointment", appointment=self.visitors.id)
        found: list[Message] = shown["stills"]
        return found


async def call_in(house: House) -> Call:
    console, bridge = await house.console(), await house.bridge()
    await bridge.grants()
    visitors = await house.appointment(console, "Bob")
    await visitors.start()
    ann, bob = await visitors.in_call("Ann"), await visitors.in_call("Bob")
    return Call(house, console, visitors, bridge, ann, bob)


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    async with service(tmp_path) as house:
        yield await call_in(house)


async def test_S20_S23_a_still_is_kept_privately_with_who_when_and_by_which_consent(call: Call):
    consent = await call.ask()
    opened = await call.bridge.heard("still_open")
    assert (opened["consent"], opened["peer"]) == (consent, f"{call.visitors.ids['Ann']}-1")
    await call.answer(consent)
    await call.taken(consent)
    ended = await call.ended(consent)
    assert ended["outcome"] == "taken" and ended["why"] == ""
    (still,) = await call.stills()
    path = Path(still["path"])
    assert path.parent == call.folder and call.files == [path]
    assert mode(path) == 0o600 and mode(call.folder) == 0o700
    (allowed,) = await call.events("screenshot_allowed")
    assert still["confirmed_at"] == allowed["at"] and still["captured_at"] == ended["captured_at"]
    assert still["id"] == ended["still_id"] and still["person_id"] == call.visitors.ids["Ann"]
    image = Image.open(path)
    assert image.size == (32, 18) and image.getpixel((3, 3)) == (255, 0, 0)
    labels = labels_of(content(path))
    assert labels["Person"] == "Ann" and labels["Consent"] == consent and labels["Pixels SHA-256"] == "ab12"
    assert labels["Requested by"] and labels["Creation Time"] == still["captured_at"]
    assert image.text["Person ID"] == still["person_id"]  # type: ignore[attr-defined]
    await call.bridge.heard("still_close", consent=consent)


async def test_S18_S24_a_decline_stores_nothing_and_the_other_page_never_hears_of_it(call: Call):
    consent = await call.ask()
    question = await until(lambda: _asked(call.ann), what="the question")
    assert question is not None and question["consent"] == consent
    await call.answer(consent, allow=False)
    assert (await call.ended(consent))["outcome"] == "declined"
    await call.bridge.heard("still_close", consent=consent)
    assert call.files == [] and await call.stills() == []
    assert not any(consent in frame for frame in call.bob.frames)
    assert _over(call.ann) == {"consent": consent, "outcome": "declined"}


def _asked(page: PageClient) -> Message | None:
    views = [message["view"] for message in page.waiting if message["type"] == "page"]
    return next((view["screenshot"] for view in views if view.get("screenshot")), None)


def _over(page: PageClient) -> Message | None:
    views = [message["view"] for message in page.waiting if message["type"] == "page"]
    return views[-1].get("screenshot_over") if views else None


async def test_S25_a_second_request_is_refused_while_one_is_open(call: Call):
    await call.ask()
    refused = await call.console.command(call.visitors.id, "ask_screenshot", person_id=call.visitors.ids["Ann"])
    assert refused["code"] == "request_open"
    assert await call.ask("Bob")


async def test_S25_a_second_a_late_and_a_forged_yes_take_nothing_and_are_in_the_log(call: Call):
    consent = await call.ask()
    await call.answer(consent, page=call.bob)
    await call.answer("made-up")
    for _ in range(2):
        await call.answer(consent)
    await call.taken(consent)
    await call.ended(consent)
    await call.answer(consent)
    await until(lambda: _count(call, "consent_ignored", 4), what="four answers for nothing")
    assert len(await call.stills()) == len(call.files) == 1
    assert len(await call.events("screenshot_allowed")) == 1


async def test_S25_a_flood_of_forged_answers_leaves_a_few_lines_in_the_log_and_no_more(call: Call):
    for number in range(40):
        await call.answer(f"made-up-{number}")
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent)
    assert (await call.ended(consent))["outcome"] == "taken", "the real yes still counts"
    assert len(await call.events("consent_ignored")) == 10


async def _count(call: Call, kind: str, most: int) -> bool:
    return len(await call.events(kind)) == most


@pytest.mark.parametrize("allowed_first", [False, True])
async def test_S24_someone_who_is_removed_leaves_no_still_however_far_the_request_came(call: Call, allowed_first: bool):
    consent = await call.ask()
    if allowed_first:
        await call.answer(consent)
        await call.bridge.heard("still_take")
    await call.console.do(call.visitors.id, "remove", person_id=call.visitors.ids["Ann"])
    assert (await call.ended(consent))["outcome"] == "left"
    late = datetime.now().astimezone() + timedelta(seconds=1)
    picture = {"png": base64.b64encode(png()).decode(), "captured_at": late.isoformat()}
    peer = f"{call.visitors.ids['Ann']}-1"
    await call.bridge.send(type="still", consent=consent, peer=peer, outcome="taken", **picture)
    await call.bridge.heard("still_close", consent=consent)
    await asyncio.sleep(0.2)
    assert call.files == [] and await call.stills() == []


async def test_S24_a_cancelled_request_is_over_and_its_yes_comes_too_late(call: Call):
    consent = await call.ask()
    await call.console.do(call.visitors.id, "cancel_screenshot", person_id=call.visitors.ids["Ann"])
    assert (await call.ended(consent))["outcome"] == "cancelled"
    await call.answer(consent)
    await until(lambda: _count(call, "consent_ignored", 1), what="the late yes")
    assert call.files == []


async def test_S24_nobody_answers_within_the_time_and_that_is_the_outcome(tmp_path: Path):
    async with service(tmp_path, screenshot=Screenshot(timeout_seconds=1)) as house:
        call = await call_in(house)
        consent = await call.ask()
        assert (await call.ended(consent))["outcome"] == "timeout"
        await call.bridge.heard("still_close", consent=consent)
        assert call.files == []


async def test_S20_a_bridge_that_finds_no_fresh_frame_says_why_and_so_does_the_log(call: Call):
    consent = await call.ask()
    await call.answer(consent)
    await call.bridge.heard("still_take")
    peer = f"{call.visitors.ids['Ann']}-1"
    await call.bridge.send(
        type="still", consent=consent, peer=peer, outcome="failed", why="the camera was switched off"
    )
    ended = await call.ended(consent)
    assert (ended["outcome"], ended["why"]) == ("failed", "the camera was switched off")


async def test_S20_a_bridge_that_says_nothing_after_the_yes_ends_as_failed(call: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stills, "TAKE_SECONDS", 0.3)
    consent = await call.ask()
    await call.answer(consent)
    assert (await call.ended(consent))["outcome"] == "failed"


async def test_S19_a_picture_without_or_before_the_yes_is_never_stored(call: Call):
    consent = await call.ask()
    peer, picture = f"{call.visitors.ids['Ann']}-1", {"png": base64.b64encode(png()).decode()}
    now = datetime.now().astimezone().isoformat()
    await call.bridge.send(type="still", consent=consent, peer=peer, outcome="taken", captured_at=now, **picture)
    assert (await call.ended(consent))["outcome"] == "failed"
    second = await call.ask()
    await call.answer(second)
    await call.taken(second, late=-0.001)
    assert (await call.ended(second))["outcome"] == "failed"
    await until(lambda: call.files == [], what="nothing is left")
    assert await call.stills() == []


async def test_a_picture_of_another_peer_or_of_no_request_is_passed_over(call: Call):
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent, peer=f"{call.visitors.ids['Bob']}-1")
    peer = f"{call.visitors.ids['Ann']}-1"
    await call.bridge.send(type="still", consent="c-other", peer=peer, outcome="taken")
    await asyncio.sleep(0.2)
    assert call.files == [] and await call.events("screenshot_ended") == []


@pytest.mark.parametrize("changes", [{"png": "no base64!"}, {"png": "QUJD"}, {"captured_at": "soon"}])
async def test_what_is_no_picture_ends_as_failed_and_leaves_nothing(call: Call, changes: dict[str, str]):
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent, 0.1, **changes)
    assert (await call.ended(consent))["outcome"] == "failed"
    assert call.files == []


async def test_a_full_disk_ends_as_failed_says_so_and_leaves_nothing(call: Call, monkeypatch: pytest.MonkeyPatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent)
    ended = await call.ended(consent)
    assert (ended["outcome"], ended["why"]) == ("failed", "the disk is full")
    assert call.files == []


async def test_a_log_that_takes_nothing_at_first_has_one_outcome_in_the_end_and_no_picture(
    call: Call, monkeypatch: pytest.MonkeyPatch
):
    real, refusals = Streams.execute, [StoreError("The disk is full."), StoreError("The disk is full.")]

    async def execute(self: Streams, stream: str, command: Any, *more: Any) -> Any:
        if isinstance(command, c.EndScreenshot) and refusals:
            raise refusals.pop()
        return await real(self, stream, command, *more)

    monkeypatch.setattr(Streams, "execute", execute)
    monkeypatch.setattr("ecm_tui.service.insist.PAUSE_SECONDS", 0.05)
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent)
    ended = await call.ended(consent)
    assert (ended["outcome"], ended["why"]) == ("failed", "The disk is full") and call.files == []


@pytest.mark.parametrize("allowed_first", [False, True])
async def test_with_the_bridge_an_open_request_fails_and_can_be_asked_anew(call: Call, allowed_first: bool):
    consent = await call.ask()
    if allowed_first:
        await call.answer(consent)
        await call.bridge.heard("still_take")
    await call.bridge.close()
    ended = await call.ended(consent)
    assert (ended["outcome"], ended["why"]) == ("failed", stills.NO_BRIDGE)
    without = await call.ask()
    assert (await call.ended(without))["outcome"] == "failed"
    call.bridge = await call.house.bridge()
    again = await call.ask()
    await call.bridge.heard("still_open", consent=again)


@pytest.mark.parametrize("kept", [False, True])
async def test_after_a_restart_an_open_request_has_failed_and_a_picture_without_outcome_is_gone(
    tmp_path: Path, kept: bool
):
    async with service(tmp_path) as house:
        call = await call_in(house)
        consent = await call.ask()
        await call.answer(consent)
        await call.bridge.heard("still_take")
        # As after a kill: nothing is said any more, and the picture may be on the disk already.
        house.service.stills._closed = True
        if kept:
            Album(call.folder).keep(f"s{consent}", png())
        else:
            (call.folder / f"s{consent}.part").write_bytes(b"half")
        appointment, folder = call.visitors.id, call.folder
    async with service(tmp_path) as house:
        console = await house.console()
        shown = await console.query("appointment", appointment=appointment)
        outcomes = [e["event"] for e in shown["timeline"] if e["event"]["type"] == "screenshot_ended"]
        assert [(event["outcome"], event["why"]) for event in outcomes] == [("failed", stills.RESTARTED)]
        assert shown["stills"] == [] and list(folder.iterdir()) == []


async def test_S19_a_picture_kept_just_before_a_kill_after_its_person_was_removed_is_gone_after_the_restart(
    tmp_path: Path,
):
    async with service(tmp_path) as house:
        call = await call_in(house)
        consent = await call.ask()
        await call.answer(consent)
        await call.taken(consent)
        await call.ended(consent)
        (told,) = await call.stills()
        orphan = {"Appointment": call.visitors.id}
        Album(call.folder).keep("sc-orphan", labelled(png(), orphan))
        (call.folder / "sforeign.png").write_bytes(png())
        folder = call.folder
    async with service(tmp_path):
        assert list(folder.iterdir()) == [Path(told["path"])]


async def test_a_picture_that_the_disk_does_not_let_go_keeps_no_service_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async with service(tmp_path) as house:
        album = Album(house.service.settings.home.stills)
        album.keep("sc-orphan", labelled(png(), {"Appointment": "a-none"}))
    unlink = Path.unlink

    def read_only(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".png":
            raise OSError(errno.EROFS, "Read-only file system")
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", read_only)
        async with service(tmp_path) as house:
            assert (await house.client.get("/healthz")).status_code == 200
    assert "sc-orphan.png stays: [Errno 30] Read-only file system" in caplog.text
    assert list(album)
    async with service(tmp_path):
        assert not list(album), "the next start that may removes it"


async def test_S23_a_still_is_read_in_pieces_and_by_organisers_alone(call: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(album, "PIECE", 50)
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent)
    await call.ended(consent)
    (still,) = await call.stills()
    whole, asked = b"", {"appointment": call.visitors.id, "still": still["id"]}
    while True:
        piece = await call.console.query("still", **asked, offset=len(whole))
        whole += base64.b64decode(piece["png"])
        if len(whole) == piece["size"]:
            break
    assert whole == content(Path(still["path"]))
    queries, account = call.house.service.parts.organisers.queries, call.house.service.parts.around.accounts["o-local"]
    for role in ("clerk", "observer"):
        other = replace(account, id="o2", role=role)
        assert (await queries.appointment(other, call.visitors.id))["stills"] == []
        with pytest.raises(Exception, match="no part in picture"):
            await queries.answer(other, "still", asked)
    colleague = replace(account, id="o3")
    assert (await queries.appointment(colleague, call.visitors.id))["stills"][0]["path"] is None
    for wrong in ("s-other", "../../etc/passwd"):
        answer = await call.console.query("still", appointment=call.visitors.id, still=wrong)
        assert answer["code"] == "no_such_still"
    call.house.service.stills._album.drop(still["id"])
    answer = await call.console.query("still", **asked)
    assert answer["code"] == "no_such_still"


async def test_an_end_that_nobody_asked_for_changes_nothing(call: Call):
    streams = call.house.service.parts.streams
    command = c.EndScreenshot(person_id=call.visitors.ids["Ann"], consent_id="c-other", outcome="failed", why="so")
    await streams.execute(call.visitors.id, command, SERVICE)
    assert await call.events("screenshot_ended") == []


def test_an_album_writes_over_nothing_and_follows_no_link(tmp_path: Path):
    kept = Album(tmp_path)
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "s1.part").symlink_to(tmp_path / "victim")
    with pytest.raises(NotKeptError):
        kept.keep("s1", png())
    assert (tmp_path / "victim").read_bytes() == b"mine"
    kept.keep("s2", png())
    assert list(kept) == [tmp_path / "s2.png"]


def test_only_a_png_is_labelled_and_any_name_fits_into_it():
    with pytest.raises(NotAPictureError):
        labelled(b"GIF89a" + b"\0" * 50, {})
    with pytest.raises(NotAPictureError):
        labelled(png()[:-4], {})
    names = {"Person": "Zoë \u200f李 <b>\x1b", "Title": ""}
    marked = labelled(png(), names)
    assert labels_of(marked) == names
    assert Image.open(io.BytesIO(marked)).convert("RGB").getpixel((0, 0)) == (255, 0, 0)
