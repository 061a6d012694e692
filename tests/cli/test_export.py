"""`ecm-tui appointment export`: all that the caller may read, in private files, and nothing of anybody else's."""

import asyncio
import base64
import hashlib
import json
import stat
from pathlib import Path

import pytest

from ecm_tui.cli import export as exports
from ecm_tui.errors import RefusedError
from tests.cli.conftest import Ecm
from tests.cli.patient import state, waiting
from tests.cli.test_appointment import made


@pytest.fixture
async def held(clinic: Ecm, tmp_path: Path) -> str:
    """An appointment with a call, a chat, a note of one's own and one of somebody else's, and a file."""
    appointment = await asyncio.to_thread(made, clinic)
    id_ = str(appointment["id"])
    await asyncio.to_thread(clinic.ask, "call", "start", id_)
    async with waiting(appointment["join_url"]) as heard:
        person = (await asyncio.to_thread(clinic.ask, "call", "people", id_))[0]["id"]
        await asyncio.to_thread(clinic.ask, "call", "admit", id_, person)
        await state(heard, "admitted")
        await asyncio.to_thread(_filled, clinic, id_, tmp_path)
    return id_


def _filled(clinic: Ecm, id_: str, tmp_path: Path) -> None:
    assert clinic("call", "say", id_, "How are you?").code == 0
    assert clinic("call", "note", id_, "My own thought").code == 0
    token = tmp_path / "token"
    if not token.exists():
        name = f"Dr Other {tmp_path.name}"
        clinic("organiser", "add", name)
        token.write_text(clinic("organiser", "token", name).out.strip())
        token.chmod(0o600)
    assert clinic("--token-file", str(token), "call", "note", id_, "CANARYNOTE of somebody else").code == 0
    letter = tmp_path / "letter.txt"
    letter.write_bytes(b"Dear Ann")
    for _ in range(2):
        assert clinic("call", "attach", id_, str(letter)).code == 0


async def test_everything_is_there_private_and_hashed_and_others_notes_are_not(clinic: Ecm, held: str, tmp_path: Path):
    place = tmp_path / "out"
    said = await asyncio.to_thread(clinic.ask, "appointment", "export", held, str(place))
    names = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert names == {
        *("appointment.json", "people.json", "timeline.json", "chat.json", "chat.txt", "notes.json", "notes.txt"),
        *("files/letter.txt", "files/letter (2).txt", "manifest.json"),
    }
    for path in (place, *place.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        assert path.is_dir() or b"CANARYNOTE" not in path.read_bytes()
    manifest = json.loads((place / "manifest.json").read_text())
    assert set(manifest) == names - {"manifest.json"}
    for name, told in manifest.items():
        content = (place / name).read_bytes()
        assert told == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert "How are you?" in (place / "chat.txt").read_text()
    assert "My own thought" in (place / "notes.txt").read_text()
    assert (place / "files" / "letter.txt").read_bytes() == b"Dear Ann"
    assert json.loads((place / "appointment.json").read_text())["id"] == held
    assert said["path"] == str(place)
    assert await asyncio.to_thread(lambda: clinic.ask("audit", "verify")["ok"])


def test_a_directory_that_is_not_empty_is_left_as_it_is(clinic: Ecm, tmp_path: Path):
    id_ = made(clinic)["id"]
    (tmp_path / "mine").write_text("x")
    for place in (tmp_path, tmp_path / "mine", tmp_path / "no" / "where"):
        said = clinic("appointment", "export", id_, str(place))
        assert (said.code, said.out) == (2, "")
    link = tmp_path / "link"
    (tmp_path / "empty").mkdir(mode=0o755)
    link.symlink_to(tmp_path / "empty")
    assert clinic("appointment", "export", id_, str(link)).code == 2
    assert clinic("appointment", "export", id_, str(tmp_path / "empty")).code == 0
    assert stat.S_IMODE((tmp_path / "empty").stat().st_mode) == 0o700


def test_what_is_not_there_or_not_for_the_caller_writes_nothing(clinic: Ecm, tmp_path: Path):
    place = tmp_path / "out"
    assert clinic("appointment", "export", "a-nowhere", str(place)).code == 3
    token = tmp_path / "token"
    clinic("organiser", "add", "Export Observer", "--role", "observer")
    token.write_text(clinic("organiser", "token", "Export Observer").out.strip())
    token.chmod(0o600)
    assert clinic("--token-file", str(token), "appointment", "export", made(clinic)["id"], str(place)).code == 3
    assert not place.exists()


def test_a_failure_in_between_leaves_nothing_behind(clinic: Ecm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "_records", full)
    place = tmp_path / "out"
    said = clinic("appointment", "export", made(clinic)["id"], str(place))
    assert (said.code, "No space left" in said.err, place.exists()) == (1, True, False)
    place.mkdir()
    assert clinic("appointment", "export", made(clinic)["id"], str(place)).code == 1
    assert list(place.iterdir()) == []


async def test_a_file_that_is_gone_keeps_nothing_else_back(
    clinic: Ecm, held: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def gone(*_: object) -> None:
        raise RefusedError("The file is not there any more.", "no_such_file")

    monkeypatch.setattr("ecm_tui.client.files.download", gone)
    place = tmp_path / "out"
    assert (await asyncio.to_thread(clinic, "appointment", "export", held, str(place))).code == 0
    assert len(json.loads((place / "missing.json").read_text())) == 2
    assert (place / "chat.txt").exists()


async def test_stills_are_written_as_they_are_kept_and_one_that_is_gone_is_told(tmp_path: Path):
    class Line:
        async def query(self, what: str, *, appointment: str, still: str, offset: int) -> dict[str, object]:
            if still == "s2":
                raise RefusedError("The picture is not on the disk any more.", "no_such_still")
            return {"png": base64.b64encode(b"a picture"[offset:]).decode(), "size": 9}

    files = exports.Files(tmp_path)
    missing = await exports._stills(Line(), "a1", [{"id": "s1"}, {"id": "s2"}], files)  # type: ignore[arg-type]
    assert (tmp_path / "stills" / "s1.png").read_bytes() == b"a picture"
    assert [each["id"] for each in missing] == ["s2"] and list(files.written) == ["stills/s1.png"]
