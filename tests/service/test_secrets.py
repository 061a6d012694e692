"""Links, keys and private files."""

import stat
from pathlib import Path

import pytest

from ecm_tui.service.secrets import LinkKey, link_key, private_bytes, write_private


def test_S32_each_link_is_its_own_and_can_be_shown_again() -> None:
    key = LinkKey(bytes(32))
    token = key.token("a1", "p1", 1)
    assert token == key.token("a1", "p1", 1)
    others = {key.token("a1", "p1", 2), key.token("a1", "p2", 1), key.token("a2", "p1", 1)}
    assert token not in others and len(others) == 3
    assert token != LinkKey(bytes([1]) * 32).token("a1", "p1", 1)
    assert len(token) == 27, "160 bits"


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "link.key"
    token = link_key(path).token("a", "p", 1)
    assert link_key(path).token("a", "p", 1) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and len(path.read_bytes()) == 32


def test_a_short_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "link.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        link_key(tmp_path / "link.key")


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(bytes(32))
    (tmp_path / "link.key").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic"):
        private_bytes(tmp_path / "link.key", lambda: b"")


def test_a_private_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
