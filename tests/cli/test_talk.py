"""Chat, private notes and files from the command line, against a real service."""

import hashlib
import io
import os
from pathlib import Path

import httpx
import pytest

from ecm_tui.cli.output import LOCAL_ONLY
from ecm_tui.errors import RefusedError
from tests.cli.conftest import Ecm
from tests.cli.test_appointment import made


def test_U5_what_is_said_noted_and_attached_is_shown_with_the_appointment(
    clinic: Ecm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    number = made(clinic)["id"]
    clinic.ask("call", "start", number)
    assert clinic.ask("call", "say", number, "Good morning")["seq"] > 1
    monkeypatch.setattr("sys.stdin", io.StringIO("S: fine\nO: fine\n"))
    note = clinic.ask("call", "note", number, "-")
    assert note["text"] == "S: fine\nO: fine" and note["saved_at"].endswith("Z")
    content = os.urandom(1_000_000)
    source = tmp_path / "scan 1.png"
    source.write_bytes(content)
    file = clinic.ask("call", "attach", number, str(source))
    assert (file["name"], file["size"], file["from"]) == ("scan 1.png", len(content), file["from"])
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    shown = clinic.ask("appointment", "show", number)
    assert shown["notes"] == [note] and shown["files"] == [file]
    assert "Your private note" in clinic("appointment", "show", number).out
    fetched = clinic.ask("appointment", "file", number, file["id"], str(tmp_path))
    assert Path(fetched["path"]).name == "scan 1 (2).png" and Path(fetched["path"]).read_bytes() == content
    lines = clinic("events", number).out
    assert '"chat_said"' in lines and '"file_shared"' in lines and '"note_saved"' in lines


@pytest.mark.parametrize("command", ["say", "note"])
def test_what_is_typed_is_read_to_its_end_before_the_service_is_reached(
    clinic: Ecm, monkeypatch: pytest.MonkeyPatch, command: str
):
    typed = io.StringIO("a long note")

    def reached(job: object) -> None:
        assert typed.tell() == len("a long note")
        raise RefusedError("reached", "reached")

    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr("ecm_tui.cli.talk.ask", reached)
    assert "reached" in clinic("call", command, "a1", "-").err


def test_S45_a_link_brings_a_file_of_another_computer_while_the_call_runs(clinic: Ecm):
    number = made(clinic)["id"]
    said = clinic("call", "upload-link", number)
    assert said.code == 3 and said.out == "" and "The call is not running" in said.err
    clinic.ask("call", "start", number)
    said = clinic("call", "upload-link", number)
    assert said.code == 0 and "/send/" in said.out and said.out.count("\n") == 1 and LOCAL_ONLY in said.err
    found = clinic.ask("call", "upload-link", number)
    assert found["url"] != said.out.strip() and found["local_only"] is True
    assert httpx.get(found["url"], follow_redirects=True).status_code == 200


def test_two_notes_are_two_and_an_empty_one_is_refused(clinic: Ecm):
    number = made(clinic)["id"]
    first, second = clinic.ask("call", "note", number, "same"), clinic.ask("call", "note", number, "same")
    assert first["id"] != second["id"]
    said = clinic("call", "note", number, "  ")
    assert said.code == 3 and "The note is empty" in said.err


def test_the_chat_is_closed_and_opened_for_one_person(clinic: Ecm):
    number = made(clinic)["id"]
    (person,) = clinic.ask("call", "people", number)
    assert clinic.ask("call", "silence", number, person["id"])["id"] == person["id"]
    assert "can write again" in clinic("call", "unsilence", number, person["id"]).out


def test_what_cannot_be_attached_or_fetched_is_refused_in_words(clinic: Ecm, tmp_path: Path):
    number = made(clinic)["id"]
    said = clinic("call", "say", number, "too early")
    assert said.code == 3 and "The call is not running" in said.err
    clinic.ask("call", "start", number)
    for source, words in (
        (str(tmp_path), "is a folder"),
        (str(tmp_path / "none.pdf"), "There is no file none.pdf"),
        ("file:///etc/passwd", "given by its path"),
        ("ftp://files.example/x", "Files come by https, sftp, webdav or s3"),
        ("http://files.example/x", "http would let others read along"),
        ("https://", "names no server"),
    ):
        said = clinic("call", "attach", number, source)
        assert said.code == 3 and words in said.err, said
    said = clinic("appointment", "file", number, "f0", str(tmp_path))
    assert said.code == 3 and "no file with this id" in said.err
    assert clinic("appointment", "file", number, "f0", str(tmp_path / "none")).code == 2
