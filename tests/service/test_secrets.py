"""Links, keys and private files."""

import stat
from pathlib import Path

import pytest

from ecm_tui.errors import ConfigError
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
    with pytest.raises(ConfigError, match=r"link\.key: .*32 bytes\. Put it back"):
        link_key(tmp_path / "link.key")


@pytest.mark.parametrize("write", [link_key, lambda path: write_private(path, b"x")])
def test_a_disk_that_is_full_leaves_no_half_of_a_file(tmp_path: Path, monkeypatch, write) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            write(tmp_path / "link.key")
    assert list(tmp_path.iterdir()) == []
    assert len(private_bytes(tmp_path / "link.key", lambda: bytes(32))) == 32


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
