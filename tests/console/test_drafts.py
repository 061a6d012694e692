"""Drafts on the disk: private, whole, one writer each, and gone when they were sent."""

import json
import os
import stat
from itertools import count
from pathlib import Path

import pytest

from ecm_tui.console.drafts import MOST_BYTES, Draft, Drafts, Text
from ecm_tui.console.keeping import Keeper, keeper
from tests.until import until


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    numbers = count(1)
    return Drafts(tmp_path / "drafts", lambda: f"n{next(numbers)}")


def opened(drafts: Drafts, name: str = "") -> Draft:
    return drafts.open("note", "a1", "o1", name)


def test_S42_a_draft_is_kept_in_a_file_of_this_user_alone_and_found_again(drafts: Drafts, tmp_path: Path):
    draft = opened(drafts)
    draft.keep(Text(id=draft.now.id, text="Pain since Monday.\nFever?", sent=None))
    draft.close()
    [file] = (tmp_path / "drafts").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    again = opened(drafts)
    assert again.now == Text(id="n1", text="Pain since Monday.\nFever?")
    again.close()


def test_an_empty_draft_leaves_nothing_behind(drafts: Drafts, tmp_path: Path):
    draft = opened(drafts)
    draft.keep(Text(id="n1", text="x"))
    draft.keep(Text(id="n1", text=""))
    draft.close()
    draft.close()
    assert list((tmp_path / "drafts").iterdir()) == []


def test_what_was_kept_before_outlives_a_disk_that_takes_nothing(
    drafts: Drafts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    draft = opened(drafts)
    draft.keep(Text(id="n1", text="first"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        draft.keep(Text(id="n1", text="second"))
    draft.close()
    assert opened(drafts).now.text == "first"


def test_a_second_console_of_the_same_author_gets_a_draft_of_its_own_and_both_are_kept(drafts: Drafts):
    first, second = opened(drafts), opened(drafts)
    assert first.name != second.name
    first.keep(Text(id="n1", text="mine"))
    second.keep(Text(id="n2", text="also mine"))
    assert drafts.left("note", "a1", "o1") == []
    first.close()
    second.close()
    assert [text.text for _, text in drafts.left("note", "a1", "o1")] == ["mine", "also mine"]
    assert opened(drafts, second.name).now.text == "also mine"
    assert opened(drafts).now.text == "mine"


def test_drafts_of_other_accounts_and_appointments_are_other_drafts(drafts: Drafts):
    draft = opened(drafts)
    draft.keep(Text(id="n1", text="mine"))
    draft.close()
    assert drafts.open("note", "a1", "o2").now.text == ""
    assert drafts.open("note", "a2", "o1").now.text == ""
    assert drafts.open("chat", "a1", "o1").now.text == ""


@pytest.mark.parametrize("appointment", ["../../x", "a/b", "", "a\0b", pytest.param("a" * 300, id="long")])
def test_no_id_leads_out_of_the_directory(drafts: Drafts, tmp_path: Path, appointment: str):
    draft = drafts.open("note", appointment, "o1")
    draft.keep(Text(id="n1", text="x"))
    draft.close()
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "drafts"]


@pytest.mark.parametrize(
    "content",
    [b"", b"no json", b"[]", b'{"id": "n1"}', b'{"id": "../x", "text": "t", "sent": null}', b"x" * (MOST_BYTES + 1)],
    ids=["empty", "words", "list", "half", "bad id", "huge"],
)
def test_a_file_that_we_did_not_write_is_left_as_it_is(drafts: Drafts, tmp_path: Path, content: bytes):
    (tmp_path / "drafts").mkdir()
    foreign = tmp_path / "drafts" / "note.a1.o1.1.json"
    foreign.write_bytes(content)
    draft = opened(drafts)
    assert draft.name == "note.a1.o1.2.json" and draft.now.text == ""
    draft.keep(Text(id="n2", text="mine"))
    assert foreign.read_bytes() == content
    assert drafts.left("note", "a1", "o1") == []


def test_no_link_is_followed(drafts: Drafts, tmp_path: Path):
    (tmp_path / "drafts").mkdir()
    aim = tmp_path / "aim.json"
    aim.write_text(json.dumps({"id": "n9", "text": "secret", "sent": None}))
    (tmp_path / "drafts" / "note.a1.o1.1.json").symlink_to(aim)
    (tmp_path / "drafts" / "note.a1.o1.2.new").symlink_to(aim)
    draft = opened(drafts)
    draft.keep(Text(id="n1", text="mine"))
    assert json.loads(aim.read_text())["text"] == "secret"
    assert draft.name == "note.a1.o1.2.json"


def test_control_characters_in_a_draft_are_made_visible(drafts: Drafts, tmp_path: Path):
    (tmp_path / "drafts").mkdir()
    written = json.dumps({"id": "n1", "text": "a\x1b]52;b\r\nc", "sent": None})
    (tmp_path / "drafts" / "note.a1.o1.1.json").write_text(written)
    assert opened(drafts).now.text == "a␛]52;b\nc"


async def test_a_directory_that_cannot_be_used_is_told_and_one_can_write_all_the_same(tmp_path: Path):
    (tmp_path / "drafts").write_text("in the way")
    told: list[str] = []
    kept = keeper(Drafts(tmp_path / "drafts", lambda: "n1"), "note", "a1", "o1", told.append)
    assert "cannot be kept" in told[0]
    kept.write("typed")
    await kept.flush()
    kept.close()
    assert kept.now.text == "typed" and len(told) == 1


async def test_S42_a_letter_is_on_the_disk_within_two_seconds(drafts: Drafts, tmp_path: Path):
    kept = Keeper(opened(drafts), lambda sentence: None)
    kept.write("a")
    kept.write("ab")
    await until(lambda: list((tmp_path / "drafts").glob("*.json")), timeout=2)
    kept.close()
    assert opened(drafts).now.text == "ab"


async def test_closing_keeps_the_last_letters(drafts: Drafts):
    kept = Keeper(opened(drafts), lambda sentence: None)
    kept.write("all of it")
    kept.close()
    assert opened(drafts).now.text == "all of it"


async def test_a_disk_that_takes_nothing_is_told_and_tried_again(drafts: Drafts, monkeypatch: pytest.MonkeyPatch):
    told: list[str] = []
    kept = Keeper(opened(drafts), told.append)
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: real(2**30))
    kept.write("one")
    await kept.flush()
    assert told and "cannot be kept on this computer" in told[0]
    monkeypatch.setattr(os, "fsync", real)
    kept.write("one two")
    await kept.flush()
    kept.close()
    assert opened(drafts).now.text == "one two"
