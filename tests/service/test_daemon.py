"""The service behind the console: found by its socket, started once however many ask, never guessed from leftovers."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecm_tui.config import load
from ecm_tui.errors import EcmError, WrongVersionError
from ecm_tui.service import daemon
from ecm_tui.service.processes import Process
from ecm_tui.settings import Settings
from tests.until import until_now

STAND_IN = Path(__file__).with_name("stand_in.py")
ROOT = STAND_IN.parents[2]


def command(*words: str) -> list[str]:
    return [sys.executable, str(STAND_IN), *words]


@pytest.fixture
def settings() -> Iterator[Settings]:
    """The settings of an empty home; whatever was started in it ends with the test."""
    made = load({}, os.environ)
    yield made
    for process in daemon._started:
        process.kill()
        process.wait()
    daemon._started.clear()
    starts = made.home.state / "starts"
    for pid in map(int, starts.read_text().split()) if starts.exists() else []:
        assert Process.find(pid) is None, "a stand-in lives on"


def ensure(settings: Settings, *words: str, own: str = "1.0", seconds: float = 10) -> daemon.Running:
    return daemon.ensure(settings, command(*words), seconds=seconds, own=own)


def starts(settings: Settings) -> int:
    return len((settings.home.state / "starts").read_text().split())


def test_an_empty_home_has_no_service_and_looking_makes_nothing(settings: Settings):
    assert daemon.find(settings.home) is None
    assert not settings.home.state.exists()


def test_a_service_is_started_found_again_and_stopped(settings: Settings):
    running = ensure(settings)
    assert running.url == "http://127.0.0.1:8440"
    assert daemon.find(settings.home) == running == ensure(settings)
    assert starts(settings) == 1
    daemon.stop(running)
    assert daemon.find(settings.home) is None
    daemon.stop(running)


def test_it_runs_in_a_session_of_its_own_in_the_state_directory_with_a_private_log(settings: Settings):
    running = ensure(settings)
    assert os.getsid(running.pid) == running.pid
    assert Path(f"/proc/{running.pid}/cwd").resolve() == settings.home.state.resolve()
    log = daemon.log_path(settings.home)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_of_many_who_start_one_at_once_exactly_one_is_started(settings: Settings):
    found: list[daemon.Running] = []
    threads = [threading.Thread(target=lambda: found.append(ensure(settings))) for _ in range(4)]
    code = (
        "import os, sys; from ecm_tui.config import load; from ecm_tui.service import daemon; "
        f"print(daemon.ensure(load({{}}, os.environ), {command()!r}, own='1.0').pid)"
    )
    others = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    pids = {int(other.communicate(timeout=30)[0]) for other in others}
    for thread in threads:
        thread.join()
    assert pids | {running.pid for running in found} == {found[0].pid}
    assert len(found) == 4
    assert starts(settings) == 1
    daemon.stop(found[0])


def test_one_that_is_started_by_hand_meanwhile_will_do(settings: Settings):
    by_hand = subprocess.Popen(command(), stderr=subprocess.DEVNULL)
    try:
        until_now(lambda: settings.home.lock.exists())
        running = ensure(settings)
        assert running.pid == by_hand.pid
    finally:
        by_hand.kill()
        by_hand.wait()


@pytest.mark.parametrize("pid", [1, 2**22 - 1, os.getpid()], ids=["init", "nobody", "own"])
def test_what_a_dead_service_left_behind_counts_for_nothing_whoever_has_its_process_id_now(
    settings: Settings, pid: int
):
    settings.home.make()
    said = {"pid": pid, "url": "http://127.0.0.1:1", "socket": str(settings.home.socket), "version": "1.0"}
    settings.home.service_file.write_text(json.dumps(said))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(settings.home.socket))
    assert daemon.find(settings.home) is None
    assert ensure(settings).pid != pid


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x", "url": "", "socket": "", "version": ""}'])
def test_a_spoilt_service_file_is_no_service(settings: Settings, text: str):
    settings.home.make()
    settings.home.service_file.write_text(text)
    assert daemon.find(settings.home) is None


def test_after_kill_9_the_next_one_is_started(settings: Settings):
    first = ensure(settings)
    os.kill(first.pid, 9)
    until_now(lambda: daemon.find(settings.home) is None)
    second = ensure(settings)
    assert second.pid != first.pid


def test_why_one_could_not_start_is_said_from_its_last_word_and_is_safe_to_show(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ECM_STAND_IN", "fails")
    with pytest.raises(
        EcmError, match=r"could not start\. The database ␛\[31mwas written by a newer version\."
    ) as caught:
        ensure(settings)
    assert "warming up" not in caught.value.message


def test_one_that_never_gets_ready_is_told_with_its_log(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECM_STAND_IN", "hangs")
    with pytest.raises(EcmError, match=r"does not accept anyone yet.*service\.log"):
        ensure(settings, seconds=0.5)


def test_a_program_that_is_not_there_is_told(settings: Settings):
    with pytest.raises(EcmError, match="could not be started"):
        daemon.ensure(settings, ["/nowhere/python"], own="1.0")


def test_an_idle_service_of_another_version_makes_way(settings: Settings):
    old = ensure(settings, "0.9", own="0.9")
    new = ensure(settings, "1.0")
    assert new.pid != old.pid
    assert new.version == "1.0"


@pytest.mark.parametrize("doing", [("1", "0"), ("0", "1"), ("?", "0")])
def test_a_service_of_another_version_that_may_be_busy_goes_on_and_that_is_said(
    settings: Settings, doing: tuple[str, str]
):
    old = ensure(settings, "0.9", *doing, own="0.9")
    with pytest.raises(WrongVersionError, match=r"0\.9 and this program is 1\.0.*service restart"):
        ensure(settings)
    assert daemon.find(settings.home) == old


def test_one_that_does_not_end_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECM_STAND_IN", "stubborn")
    running = ensure(settings)
    with pytest.raises(EcmError, match=rf"{running.pid}, did not end"):
        daemon.stop(running, seconds=0.2)


def test_a_long_log_is_moved_aside_at_the_next_start(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(daemon, "MOST_LOG", 10)
    settings.home.make()
    log = daemon.log_path(settings.home)
    log.write_text("x" * 11)
    ensure(settings)
    assert log.with_name("service.log.1").read_text() == "x" * 11
    assert log.stat().st_size < 11


def test_the_log_is_never_written_through_a_link(settings: Settings, tmp_path: Path):
    settings.home.make()
    daemon.log_path(settings.home).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EcmError):
        ensure(settings)
    assert not (tmp_path / "elsewhere").exists()


def test_the_daemons_own_start_runs_no_planted_package(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for package in ("ecm_tui", "media"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('planted')")
    settings.home.make()
    for package in ("ecm_tui", "media"):  # even in the state directory, where it runs
        (settings.home.state / package).mkdir()
        (settings.home.state / package / "__init__.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(EcmError) as caught:
        daemon.ensure(settings, [*daemon.COMMAND[:4], "--planted"], own="1.0")
    assert "no such option" in caught.value.message.lower()


def test_what_a_killed_service_said_of_itself_is_not_believed_of_the_next_one(settings: Settings):
    running = ensure(settings)
    said = json.loads(settings.home.service_file.read_text())
    settings.home.service_file.write_text(json.dumps({**said, "pid": said["pid"] + 1, "url": "http://old"}))
    assert daemon.find(settings.home) is None
    settings.home.service_file.write_text(json.dumps(said))
    assert daemon.find(settings.home) == running


def test_whoever_asks_for_a_service_that_runs_again_ends_its_rest(settings: Settings):
    ensure(settings)
    daemon.rest(settings.home)
    ensure(settings)
    assert not daemon.rests(settings.home)
