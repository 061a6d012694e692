"""Files in the chat (S23, S45, S46): chosen, asked about, sent, given up, fetched; hostile names do no harm."""

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ecm_tui.console.browsing import completed, listing, written
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.log import SERVICE, Actor
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.test_chat import ann, running
from tests.console.test_stills import png

ASKED = "Share with everyone in the call?"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a few files; the console is in it."""
    made = tmp_path / "home"
    (made / "Letters").mkdir(parents=True)
    (made / "Letters" / "plan.pdf").write_bytes(b"%PDF the plan")
    (made / "empty.txt").touch()
    (made / ".secret").write_bytes(b"hidden")
    monkeypatch.setenv("HOME", str(made))
    return made


@pytest.fixture
async def call(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, home: Path
) -> AsyncIterator[Console]:
    """Ann Lee is in a running call, and the chat is on the screen."""
    running(service, appointment)
    async with console(service, clock, state) as made:
        await made.open("Ann Lee")
        await made.press("f4")
        await made.sees("Everyone in the call sees this")
        yield made


def chat(seen: Console) -> Appointment:
    return next(iter(seen.service.streams.values()))


def shared(seen: Console, name: str, data: bytes, who: Actor | None = None) -> None:
    """A file is in the chat."""
    file_id = seen.service.new_id()
    seen.service.files[file_id] = data
    command = c.ShareFile(file_id=file_id, name=name, size=len(data), sha256="0" * 64)
    seen.service.do(chat(seen).id, command, who or ann(seen.service, chat(seen).id))


async def opened(seen: Console) -> None:
    """The dialog, from the log."""
    await seen.press("escape", "f")
    await seen.sees("Enter chooses")
    await seen.sees("u: send from my own computer")


def field(seen: Console) -> str:
    return str(seen.app.screen.query_one("#path").value)  # type: ignore[attr-defined]


async def test_S39_S45_the_menus_of_the_chat_offer_add_attachment_also_while_typing(call: Console):
    await call.press("ctrl+o")
    await call.sees("Add attachment")
    await call.press("escape", "escape", "full_stop")
    await call.sees("Copy text")
    await call.sees("Add attachment")
    await call.press("G", "enter")
    await call.sees("u: send from my own computer")


async def test_S45_S46_a_path_is_completed_and_after_one_question_everyone_has_the_file(call: Console):
    await opened(call)
    await call.sees("Letters/")
    assert ".secret" not in call.text
    await call.type("~/le")
    await call.press("tab")
    await call.holds(lambda: field(call) == "~/Letters/", "the folder")
    await call.type("p")
    await call.press("tab")
    await call.holds(lambda: field(call) == "~/Letters/plan.pdf", "the file")
    await call.press("enter")
    await call.sees(ASKED)
    await call.sees("plan.pdf · 13 bytes")
    assert not chat(call).files
    await call.press("enter")
    await call.sees("Everyone in the call can fetch plan.pdf.")
    await call.sees("You: ▤ plan.pdf · 13 bytes · not scanned")
    assert [file.name for file in chat(call).files] == ["plan.pdf"]
    assert list(call.service.files.values()) == [b"%PDF the plan"]
    await opened(call)
    assert field(call) == ""


async def test_S45_files_are_chosen_from_the_list_too_and_folders_are_opened(call: Console, home: Path):
    await opened(call)
    await call.sees("Letters/")
    await call.press("down", "j", "j", "enter")
    await call.sees("13 bytes")
    await call.press("g", "j", "enter")
    await call.sees("empty.txt")
    assert field(call) == f"{home}/"
    await call.press("g", "j", "j", "enter")
    await call.sees("plan.pdf")
    await call.press("G", "enter")
    await call.sees(ASKED)
    await call.press("n")
    await call.settle()
    assert not chat(call).files


async def test_a_refusal_is_said_and_the_choice_is_kept(call: Console, home: Path):
    await opened(call)
    await call.type("empty.txt")
    await call.press("enter")
    await call.sees("empty.txt is empty: there is nothing to send.")
    await opened(call)
    assert field(call) == str(home / "empty.txt")
    call.service.do(chat(call).id, c.EndCall(), Actor(role="organiser", id="o2", name="Dr Brown"))
    await call.press("ctrl+u")
    await call.type("Letters/plan.pdf")
    await call.press("enter")
    await call.sees(ASKED)
    await call.press("enter")
    await call.sees("The call")
    await opened(call)
    assert field(call) == str(home / "Letters" / "plan.pdf") and not chat(call).files


async def test_a_path_that_leads_nowhere_is_told(call: Console):
    await opened(call)
    await call.type("~/no/such.pdf")
    await call.sees("cannot be read: No such file or directory.")
    await call.press("enter")
    await call.sees("There is no file such.pdf.")


async def test_S46_what_is_being_sent_is_told_and_esc_gives_it_up(call: Console, home: Path):
    call.service.hold.clear()
    await opened(call)
    await call.type("Letters/plan.pdf")
    await call.press("enter")
    await call.sees(ASKED)
    await call.press("enter")
    await call.sees("Sending plan.pdf: 13 bytes of 13 bytes · Esc cancels")
    await call.press("f")
    await call.sees("Another file is still under way.")
    await call.press("escape")
    await call.sees("Cancelled.")
    await call.sees_no("Sending plan.pdf")
    call.service.hold.set()
    await opened(call)
    assert field(call) == str(home / "Letters" / "plan.pdf") and not chat(call).files


async def test_S45_over_a_slow_line_a_link_is_shown_for_a_file_on_ones_own_computer(call: Console):
    await opened(call)
    await call.press("down", "u")
    await call.sees("Send from my own computer")
    await call.sees("/send/u-")
    await call.sees("works on this computer")
    assert ("upload_link", {"appointment": chat(call).id}) in call.service.asked


async def test_an_address_that_no_file_comes_from_is_told(call: Console):
    await opened(call)
    await call.press(*"http", "colon", "slash", "slash", *"files", "enter")
    await call.sees("http would let others read along.")


async def test_S46_a_shared_file_is_fetched_to_where_one_says(call: Console, home: Path):
    shared(call, "result.txt", b"all is well")
    await call.sees("Ann Lee: ▤ result.txt")
    await call.press("escape", "full_stop")
    await call.sees("Download")
    await call.press("enter")
    await call.sees("Download result.txt")
    assert call.app.screen.query_one("#folder").value == "~"  # type: ignore[attr-defined]
    await call.type("/no")
    await call.press("enter")
    await call.sees("There is no such folder.")
    await call.press("backspace", "backspace")
    await call.type("Letters")
    await call.press("enter")
    await call.sees("Saved, readable by you alone:")
    found = home / "Letters" / "result.txt"
    assert found.read_bytes() == b"all is well" and stat.S_IMODE(found.stat().st_mode) == 0o600
    await call.press("full_stop", "enter")
    await call.sees("~/Letters")
    await call.press("enter")
    await call.sees("File exists")


async def test_downloads_go_to_the_folder_for_them_and_are_given_up_with_esc(call: Console, home: Path):
    (home / "Downloads").mkdir()
    shared(call, "result.txt", b"all is well!")
    await call.sees("▤ result.txt")
    call.service.hold.clear()
    await call.press("escape", "full_stop", "enter")
    await call.sees("~/Downloads")
    await call.press("enter")
    await call.sees("Fetching result.txt: 6 bytes of 12 bytes · Esc cancels")
    await call.press("escape")
    await call.sees("Cancelled. Nothing was saved.")
    await call.sees_no("Fetching")
    call.service.hold.set()
    assert not list((home / "Downloads").iterdir())


async def test_hostile_names_are_shown_as_what_they_are_and_still_can_be_sent(call: Console, home: Path):
    hostile = ["[b]x[red].pdf", "a\x1b[31m\nb.pdf", "gpj\u202efdp.exe.pdf", "caf\udce9.pdf"]
    for name in hostile:
        (home / "Letters" / name).write_bytes(b"x")
    (home / "Letters" / "f\x1bold").mkdir()
    await opened(call)
    await call.type("~/Letters/")
    await call.sees("[b]x[red].pdf")
    assert not set("\x1b\u202e\udce9") & set(call.text)
    await call.press("down", "g", "j", "j", "enter")
    await call.sees("The name of this folder cannot be shown.")
    names = [each.name for each in listing("~/Letters/").entries]
    await call.press("g", *["j"] * (names.index("caf\udce9.pdf") + 2), "enter")
    await call.sees(ASKED)
    await call.press("enter")
    await call.holds(lambda: len(chat(call).files) == 1, "it was sent")
    assert chat(call).files[0].name.startswith("caf")


async def test_who_came_by_a_key_reaches_no_file_of_the_host(call: Console):
    call.app.confined = True
    shared(call, "result.txt", b"all is well")
    await call.sees("▤ result.txt")
    await call.press("escape", "full_stop", "enter")
    await call.sees("Your key opens this console and nothing else")
    assert not call.app.screen.query("#folder")
    await call.press("escape")
    await opened(call)
    assert "Letters" not in call.text and "../" not in call.text
    await call.type("/etc/passwd")
    await call.press("tab", "enter")
    await call.sees("Your key opens this console and nothing else")
    await call.press("ctrl+u", *"sftp", "colon", "slash", "slash", *"host", "slash", "x", "enter")
    await call.sees("from an https address only")
    await call.press("down", "u")
    await call.sees("/send/u-")


async def test_while_names_are_hidden_no_file_name_is_shown(call: Console):
    await call.press("ctrl+n")
    await opened(call)
    await call.type("~/Letters/plan.pdf")
    assert "Letters" not in call.text and "plan" not in call.text
    await call.press("enter")
    await call.sees("the file · 13 bytes")


async def test_an_observer_has_no_attachment(service, clock, state: Path, appointment: str, home: Path):
    running(service, appointment)
    service.do(appointment, c.Say(text="hello"), ann(service, appointment))
    service.me = type(service.me)(id="o9", name="Sam", role="observer")
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.press("f4", "f")
        await seen.press("full_stop")
        await seen.sees("Copy text")
        assert "Add attachment" not in seen.text and "Enter chooses" not in seen.text


async def test_S23_a_still_enters_the_chat_when_the_organiser_attaches_it_and_no_sooner(call: Console):
    stream, person = chat(call).id, call.service.people(chat(call).id)["Ann Lee"]
    call.service.other(stream, c.AskScreenshot(person_id=person))
    consent = chat(call).people[person].consent
    assert consent is not None
    agreed = c.AnswerScreenshot(consent_id=consent.id, allow=True)
    call.service.do(stream, agreed, ann(call.service, stream))
    taken = c.EndScreenshot(
        person_id=person, consent_id=consent.id, outcome="taken", still_id="s1", captured_at=call.clock()
    )
    call.service.pictures["s1"] = png()
    call.service.do(stream, taken, SERVICE)
    await call.press("f3")
    await call.select("Ann Lee")
    still = chat(call).stills[0]
    call.app.screen.show_still(stream, still, "Ann Lee")  # type: ignore[attr-defined]
    await call.sees("c Attach to chat")
    assert not chat(call).files
    await call.press("c")
    await call.sees(ASKED)
    name = f"still-{call.clock():%Y-%m-%d-%H%M}.png"
    await call.sees(name)
    await call.press("enter")
    await call.sees("Everyone in the call can fetch")
    assert [file.name for file in chat(call).files] == [name] and list(call.service.files.values()) == [png()]


def test_a_path_goes_on_only_as_far_as_it_can_in_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("letter one.txt", "letter two.txt", ".letters"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "Only").mkdir()
    os.mkfifo(tmp_path / "pipe")

    def more(typed: str) -> str:
        return completed(typed, listing(typed).entries)

    assert more("~/le") == "~/letter " and more("le") == "~/letter "
    assert more("~/letter o") == "~/letter one.txt"
    assert more("~/on") == "~/Only/" and more("~/.l") == "~/.letters"
    assert more("~/none") == "~/none" and more("") == ""
    assert {entry.name for entry in listing("~").entries} == {"letter one.txt", "letter two.txt", "Only"}
    assert listing("\0/").why_not and listing("~/none/").why_not
    assert written(tmp_path / "Only") == "~/Only" and written(Path("/")) == "/"
