"""Chat, notes and files as people use them: real service, real Chromium, a service that is killed again and again."""

import asyncio
import hashlib
import itertools
import os
from collections import Counter
from pathlib import Path

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import expect

from ecm_tui.client import Address
from ecm_tui.client.files import upload
from ecm_tui.client.service import ServiceClient
from ecm_tui.core.commands import SaveNote, Say
from ecm_tui.errors import EcmError
from ecm_tui.paths import find_places
from tests.chromium import chromium, desktop_context
from tests.end_to_end.clinic import Clinic, clinic
from tests.end_to_end.page import Patient, patient
from tests.end_to_end.test_call import person
from tests.until import until

MIB = 1024 * 1024


def read(path: str | Path) -> bytes:
    return Path(path).read_bytes()


async def in_call(here: Clinic, someone: Patient, appointment: str, name: str) -> None:
    await someone.waits()
    await here.ecm("call", "admit", appointment, await person(here, appointment, name))
    await someone.in_call()


async def says(someone: Patient, text: str) -> None:
    await someone.page.get_by_role("textbox", name="Message").fill(text)
    await someone.press("Send")


async def test_S46_S47_chat_and_files_go_both_ways_equal_and_links_die_with_the_person(tmp_path: Path):
    big, small = os.urandom(64 * MIB), os.urandom(3 * MIB + 1)
    (tmp_path / "big.dat").write_bytes(big)
    (tmp_path / "scan 1.png").write_bytes(small)
    async with clinic(tmp_path / "h") as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        number = made["id"]
        await here.ecm("call", "start", number)
        async with patient(browser, made["join_url"], phone=False) as ann:
            await in_call(here, ann, number, "Ann Lee")
            await says(ann, "Good morning")
            await here.ecm("call", "say", number, "Good morning, Ann")
            lines = ann.page.get_by_role("log", name="Chat").get_by_role("listitem")
            await expect(lines.last).to_contain_text(": Good morning, Ann")
            await expect(lines.first).to_have_text("Ann Lee: Good morning")

            file = await here.ask("call", "attach", number, str(tmp_path / "scan 1.png"))
            link = ann.page.get_by_role("link", name="scan 1.png", exact=True)
            async with ann.page.expect_download() as coming:
                await link.click()
            download = await coming.value
            assert download.suggested_filename == "scan 1.png"
            assert read(await download.path()) == small

            await ann.page.locator("input[type=file]").set_input_files(tmp_path / "big.dat")
            sent = ann.page.get_by_text("big.dat was sent.")
            await expect(sent).to_be_visible(timeout=60_000)
            shared = (await here.ask("appointment", "show", number))["files"]
            assert [each["name"] for each in shared] == ["scan 1.png", "big.dat"] and shared[0] == file
            assert shared[1]["sha256"] == hashlib.sha256(big).hexdigest() and shared[1]["from"] == "Ann Lee"
            fetched = await here.ask("appointment", "file", number, shared[1]["id"], str(tmp_path / "h"))
            assert read(fetched["path"]) == big

            address = here.url + str(await link.get_attribute("href"))
            async with desktop_context(browser) as stranger:
                outside = await stranger.request.get(address)
                assert outside.status == 404, "S49: a link handed to an outsider"
            inside = await ann.page.context.request.get(address)
            assert inside.status == 200
            await here.ecm("call", "remove", number, await person(here, number, "Ann Lee"))
            await ann.sees("You were removed from the call")
            assert (await ann.page.context.request.get(address)).status == 404
            assert await ann.page.get_by_role("log").count() == 0


async def test_S45_a_file_from_the_organisers_own_computer_by_an_upload_link(tmp_path: Path):
    content = os.urandom(5 * MIB)
    (tmp_path / "desk.pdf").write_bytes(content)
    async with clinic(tmp_path / "h") as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        address = Address(socket=find_places(here.env).socket)
        async with ServiceClient(address) as client, desktop_context(browser) as context:
            link = (await client.query("upload_link", id=made["id"]))["url"]
            page = await context.new_page()
            await page.goto(link)
            await expect(page.get_by_text("Riverside Clinic")).to_be_visible()
            assert link.rpartition("/")[2] not in page.url
            await page.locator("input[type=file]").set_input_files(tmp_path / "desk.pdf")
            await page.get_by_role("button", name="Send to everyone in the call").click()
            await expect(page.get_by_role("heading", name="The file was sent")).to_be_visible()
            (file,) = (await here.ask("appointment", "show", made["id"]))["files"]
            assert (file["name"], file["sha256"]) == ("desk.pdf", hashlib.sha256(content).hexdigest())
            await page.goto(link)
            await expect(page.get_by_role("heading", name="This link is not valid")).to_be_visible()


async def test_of_several_files_each_that_was_not_sent_is_still_told_when_the_last_one_was(tmp_path: Path):
    names = ("setup.exe", "empty.txt", "letter.txt")
    for name in names:
        (tmp_path / name).write_bytes(b"" if name == "empty.txt" else b"Dear Ann")
    async with clinic(tmp_path / "h") as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"], phone=False) as ann:
            await in_call(here, ann, made["id"], "Ann Lee")
            await ann.page.locator("input[type=file]").set_input_files([tmp_path / name for name in names])
            told = ann.page.get_by_text("letter.txt was sent.")
            await expect(told).to_contain_text("setup.exe is a program.")
            await expect(told).to_contain_text("empty.txt is empty")
            (file,) = (await here.ask("appointment", "show", made["id"]))["files"]
            assert file["name"] == "letter.txt"


async def test_S47_who_writes_too_fast_is_heard_later_and_still_in_order(tmp_path: Path):
    async with clinic(tmp_path / "h") as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"], phone=False) as ann:
            await in_call(here, ann, made["id"], "Ann Lee")
            field = ann.page.get_by_role("textbox", name="Message")
            send = """(field, texts) => texts.forEach((text) => {
                field.value = text;
                field.form.requestSubmit();
            })"""
            said = [f"line {number}" for number in range(12)]
            await field.evaluate(send, said[:9])
            await expect(ann.page.get_by_text("line 8")).to_be_visible()
            # One more is allowed a second later, before the one that was held back is tried again.
            await field.evaluate(f"(field, texts) => setTimeout(() => ({send})(field, texts), 1300)", said[9:])
            lines = ann.page.get_by_role("log", name="Chat").get_by_role("listitem")
            await expect(lines).to_have_text([f"Ann Lee: {text}" for text in said], timeout=20_000)


async def test_words_typed_while_the_service_is_dead_are_sent_once_even_after_the_page_was_reloaded(tmp_path: Path):
    async with clinic(tmp_path / "h") as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"], phone=False) as ann:
            await in_call(here, ann, made["id"], "Ann Lee")
            await says(ann, "before")
            lines = ann.page.get_by_role("log", name="Chat").get_by_role("listitem")
            await expect(lines).to_have_text(["Ann Lee: before"])
            await here.kill()
            for text in ("one", "two"):
                await says(ann, text)
            await expect(ann.page.get_by_text("sending …")).to_have_count(2)
            with pytest.raises(PlaywrightError, match="ERR_CONNECTION_REFUSED"):
                await ann.page.reload()
            await here.start()
            await ann.page.reload()
            await ann.in_call(20)
            await expect(lines).to_have_text(["Ann Lee: before", "Ann Lee: one", "Ann Lee: two"])
            await expect(ann.page.get_by_text("sending …")).to_have_count(0)
            await ann.page.reload()
            await ann.in_call(20)
            await says(ann, "three")
            await expect(lines).to_have_text([f"Ann Lee: {text}" for text in ("before", "one", "two", "three")])


class Author:
    """Somebody who goes on saying, noting and sending, and remembers what was acknowledged."""

    def __init__(self, client: ServiceClient, appointment: str) -> None:
        self.client = client
        self.appointment = appointment
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.files: dict[str, str] = {}
        self.unsure: set[str] = set()
        """What was sent and neither acknowledged nor refused."""
        self.stop = False

    async def says(self) -> None:
        for number in itertools.count():
            if self.stop:
                return
            text = f"line {number}"
            try:
                await self.client.send(self.appointment, Say(text=text))
                self.lines.append(text)
            except EcmError:
                self.unsure.add(text)
            await asyncio.sleep(0.005)

    async def writes(self) -> None:
        for number in itertools.count():
            if self.stop:
                return
            try:
                await self.client.send(self.appointment, SaveNote(note_id=f"n{number}", text=f"note {number}"))
                self.notes.append(f"n{number}")
            except EcmError:
                self.unsure.add(f"n{number}")
            await asyncio.sleep(0.1)

    async def sends(self, folder: Path) -> None:
        for number in itertools.count():
            if self.stop:
                return
            content = os.urandom(300_000)
            path = folder / f"file {number}.dat"
            await asyncio.to_thread(path.write_bytes, content)
            try:
                file_id = await upload(self.client, self.appointment, path)
                self.files[file_id] = hashlib.sha256(content).hexdigest()
            except EcmError:
                self.unsure.add(path.name)
                await asyncio.sleep(0.5)

    @property
    def done(self) -> int:
        return len(self.lines) + len(self.notes) + 20 * len(self.files)


async def test_killed_again_and_again_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path):
    folder = tmp_path / "sent"
    folder.mkdir()
    async with clinic(tmp_path / "h") as here:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        places = find_places(here.env)
        async with ServiceClient(Address(socket=places.socket)) as client:
            author = Author(client, made["id"])
            tasks = [asyncio.create_task(each) for each in (author.says(), author.writes(), author.sends(folder))]
            try:
                for _ in range(3):
                    before = (author.done, len(author.files))
                    await until(
                        lambda: author.done > before[0] + 30 and len(author.files) > before[1],  # noqa: B023
                        30,
                        what="more is acknowledged",
                    )
                    await here.kill()
                    await here.start()
                author.stop = True
                await asyncio.wait_for(asyncio.gather(*tasks), 60)
            finally:
                for task in tasks:
                    task.cancel()
            shown = await client.query("appointment", id=made["id"])
            said = [e["event"]["text"] for e in shown["timeline"] if e["event"]["type"] == "chat_said"]
            assert max(Counter(said).values()) == 1, "no line twice"
            assert [text for text in said if text not in author.unsure] == author.lines
            assert set(said) <= set(author.lines) | author.unsure
            kept = [note["id"] for note in shown["notes"]]
            assert max(Counter(kept).values()) == 1 and set(author.notes) <= set(kept)
            files = {file["id"]: file for file in shown["files"]}
            assert len(files) == len(shown["files"]) and set(author.files) <= set(files)
            assert max(Counter(file["name"] for file in shown["files"]).values()) == 1
            for file_id, file in files.items():
                content = await asyncio.to_thread((places.files / file_id).read_bytes)
                assert (
                    hashlib.sha256(content).hexdigest() == file["sha256"] == author.files.get(file_id, file["sha256"])
                )
        await here.kill()
        await here.start()
        assert sorted(os.listdir(places.files)) == sorted(files), "nothing is left of what was not shared"
        verified = await here.ask("audit", "verify")
        assert verified["ok"]
