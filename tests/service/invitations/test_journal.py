"""Marks of messages on their way: on disk before, gone after."""

import stat
from pathlib import Path

import pytest

from ecm_tui.service.invitations.journal import Journal, Key, Mark

KEY = Key(appointment="a1", person="p1", channel="email", number=2)


def test_a_mark_is_found_by_the_next_service_with_what_is_known(tmp_path: Path):
    journal = Journal(tmp_path / "outbox")
    assert journal.marks() == []
    journal.begin(KEY)
    assert Journal(tmp_path / "outbox").marks() == [Mark(key=KEY, accepted=False)]
    journal.accept(KEY)
    assert Journal(tmp_path / "outbox").marks() == [Mark(key=KEY, accepted=True)]
    journal.end(KEY)
    journal.end(KEY)
    assert journal.marks() == []


def test_marks_are_for_this_user_only(tmp_path: Path):
    Journal(tmp_path / "outbox").begin(KEY)
    (file,) = (tmp_path / "outbox").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", "7", '{"appointment": 1, "person": "p", "channel": "email", "number": 1}', '{"a": 1}',
     '{"appointment": "a", "person": "p", "channel": "pigeon", "number": 1}'],
)  # fmt: skip
def test_what_is_no_mark_is_left_alone(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture):
    file = tmp_path / "x.begun"
    file.write_text(content)
    assert Journal(tmp_path).marks() == []
    assert file.exists()
    assert "left alone" in caplog.text
