"""The command line as a whole: what it offers, what it says when something is wrong, and with which exit code."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from ecm_tui.cli import main
from ecm_tui.cli.main import root
from tests.cli.conftest import Ecm

ECM = [sys.executable, "-P", "-m", "ecm_tui"]


def every_command() -> Iterator[tuple[list[str], click.Command]]:
    """The words of each command that is there, and the command."""
    ctx = click.Context(root)
    waiting: list[tuple[list[str], click.Command]] = [([], root)]
    while waiting:
        words, command = waiting.pop()
        yield words, command
        if isinstance(command, click.Group):
            names = command.list_commands(ctx)
            found = ((name, command.get_command(ctx, name)) for name in names)
            waiting += [([*words, name], one) for name, one in found if one is not None]


EVERY = {" ".join(words): command for words, command in every_command()}


def test_what_the_contract_names_and_works_is_there():
    for words in (
        "appointment add",
        "appointment list",
        "appointment show",
        "appointment cancel",
        "call start",
        "call end",
        "call people",
        "call admit",
        "call disconnect",
        "call remove",
        "call hold",
        "call mute",
        "call pin",
        "call invite",
        "call resend",
        "call revoke",
        "invite preview",
        "events",
        "audit verify",
        "organiser add",
        "organiser token",
        "service status",
        "service stop",
        "service restart",
        "config path",
        "config show",
        "config check",
        "help",
        "keys",
        "status",
        "serve",
        "window",
    ):
        assert words in EVERY


@pytest.mark.parametrize("words", EVERY)
def test_every_command_explains_itself(words: str, ecm: Ecm):
    said = ecm(*words.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: ecm-tui {words}".rstrip())
    assert len((EVERY[words].help or "").strip()) > 20
    for option in EVERY[words].params:
        assert not isinstance(option, click.Option) or option.help, f"{words}: {option.name} has no help"


def test_the_first_help_teaches_a_first_call(ecm: Ecm):
    said = ecm("--help")
    assert "ecm-tui appointment add --patient" in said.out
    assert "Exit codes: 0 done, 1 failed" in " ".join(said.out.split())
    assert said.out.count("\n") < 60


def test_no_command_is_offered_that_does_nothing_yet(ecm: Ecm):
    for words in (["appointment", "export", "a", "."], ["restore", "x"], ["doctor"]):
        if " ".join(words[:2]) not in EVERY and words[0] not in EVERY:
            assert ecm(*words).code == 2


def test_the_version_is_printed(ecm: Ecm):
    said = ecm("--version")
    assert (said.code, said.out.split()[0]) == (0, "ecm-tui")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["apointment"], 'There is no command "apointment". Did you mean "appointment"? `ecm-tui --help` shows'),
        (["call", "admit", "a1"], "Missing argument 'PERSON'. `ecm-tui call admit --help` shows"),
        (["appointment", "list", "--dat"], "No such option"),
        (["appointment", "add"], "Missing option '--patient'"),
        (["appointment", "add", "--patient", "Ann"], "The patient needs an email address or a mobile number"),
        (["events", "a1", "--after", "-1"], "Invalid value for '--after'"),
        (["--no-mouse", "keys"], "belong to the console"),
        (["--plain", "keys"], "belong to the console"),
        ([], "The console needs a terminal"),
        (["--service", "http://clinic.example", "status"], "is reached by https:// only"),
        (["--service", "nonsense", "status"], "begins with https://"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(ecm: Ecm, words: list[str], sentence: str):
    said = ecm(*words)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert "Traceback" not in said.err


def test_with_json_an_error_is_json_on_standard_error(ecm: Ecm):
    said = ecm("status", "--json")
    assert (said.code, said.out) == (4, "")
    error = json.loads(said.err)
    assert error["code"] == "unreachable"
    assert "ecm-tui" in error["message"]


def test_a_service_that_is_not_there_ends_with_4(ecm: Ecm):
    for words in (["--service", "http://127.0.0.1:9", "appointment", "list"], ["service", "stop"], ["audit", "verify"]):
        said = ecm(*words)
        assert (said.code, said.out) == (4, "")


def test_the_variable_names_a_service_as_the_option_does(ecm: Ecm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECM_SERVICE", "http://127.0.0.1:9")
    said = ecm("status")
    assert said.code == 4
    assert "127.0.0.1:9" in said.err


def test_a_token_that_others_can_read_is_not_used(ecm: Ecm):
    path = Path(os.environ["ECM_HOME"], "config", "token")
    path.parent.mkdir()
    path.write_text("secret")
    path.chmod(0o644)
    said = ecm("--service", "https://clinic.example", "status")
    assert said.code == 2
    assert "chmod 600" in said.err
    assert "secret" not in said.err


def test_escapes_in_what_was_typed_do_not_reach_the_terminal(ecm: Ecm):
    for words in (["\x1b]52;c;aGk=\x07"], ["appointment", "--\x1b[2J"], ["events", "a", "--after", "\x9b31m"]):
        said = ecm(*words)
        assert said.code == 2
        assert not {"\x1b", "\x07", "\x9b"} & set(said.err)


def test_a_fault_of_our_own_is_a_sentence_and_with_debug_shows_where(ecm: Ecm, monkeypatch: pytest.MonkeyPatch):
    def broken(environ: Mapping[str, str]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ecm_tui.paths.find_places", broken)
    said = ecm("config", "path")
    assert (said.code, said.out) == (1, "")
    assert "ECM_DEBUG=1" in said.err
    assert "Traceback" not in said.err
    monkeypatch.setenv("ECM_DEBUG", "1")
    assert "ZeroDivisionError" in ecm("config", "path").err


def test_ctrl_c_ends_quietly(ecm: Ecm, monkeypatch: pytest.MonkeyPatch):
    def interrupted(environ: Mapping[str, str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ecm_tui.paths.find_places", interrupted)
    said = ecm("config", "path")
    assert (said.code, said.out) == (main.INTERRUPTED, "")
    assert "Traceback" not in said.err


def test_a_reader_that_leaves_early_is_no_error():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*ECM, "config", "show"], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_the_terminal_cannot_show_is_no_error():
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "ECM_CLINIC_NAME": "Klinik Zürich 東京"}
    done = subprocess.run([*ECM, "config", "show"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Klinik" in done.stdout


def test_no_package_that_lies_about_is_run_in_our_place(tmp_path: Path):
    for package in ("ecm_tui", "media", "click"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('planted')")
        (tmp_path / package / "__main__.py").write_text("raise SystemExit('planted')")
    done = subprocess.run([*ECM, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    script = Path(sys.executable).with_name("ecm-tui")
    done = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_console_is_opened_in_a_terminal_before_anything_is_started(tmp_path: Path):
    """Without a terminal there is a sentence; with one there is a picture, also where no service can be started."""
    home = Path(os.environ["ECM_HOME"])
    (home / "data").mkdir()
    (home / "data" / "clinic.sqlite").write_bytes(b"this is no database" * 100)
    opened, other = pty.openpty()
    process = subprocess.Popen([*ECM], stdin=other, stdout=other, stderr=other, start_new_session=True)
    os.close(other)
    try:
        assert os.read(opened, 10)
    finally:
        process.kill()
        process.wait()
        os.close(opened)
