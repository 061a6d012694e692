"""The service behind the console: found, started once however many ask, stopped. For programs outside it; blocking.

Light on purpose: it runs before anything of the service is imported. A running service is known by its socket, which
answers for as long as the process lives; process ids are reused and files are left behind, and prove nothing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecm_tui.core.text import clean
from ecm_tui.errors import EcmError, ReadOnlyError, UnreachableError, WrongVersionError
from ecm_tui.paths import Places, private_directory
from ecm_tui.service.processes import Process
from ecm_tui.version import own_version

if TYPE_CHECKING:
    import subprocess

    from ecm_tui.settings import Settings

START_SECONDS = 30.0
"""How long a started service may take until it accepts people: two seconds, many more where the computer is busy."""

STOP_SECONDS = 10.0
"""How long a service may take to end after SIGTERM."""

ANSWER_SECONDS = 2.0
"""How long a running service may take to say what it does."""

LOOK_EVERY = 0.05
"""Seconds between looks while something starts or stops."""

MOST_ANSWER = 100_000
"""Bytes of a status that are read."""

MOST_LOG = 1024 * 1024
"""Bytes after which the log is moved aside at the next start; one older log is kept."""

COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "ecm_tui", "serve", "--daemon")


_started: list[subprocess.Popen[bytes]] = []
"""Services that this process started; they outlive it on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that answers on its socket."""

    pid: int
    url: str
    """Where browsers reach it."""
    socket: Path
    version: str


def log_path(places: Places) -> Path:
    """Where a daemon writes what it has to say."""
    return places.logs / "service.log"


def find(places: Places) -> Running | None:
    """The service of this home if one answers; whatever a dead one left behind counts for nothing."""
    said = _read(places.service_file)
    if said is None:
        return None
    pid = _listener(Path(said["socket"]))
    if pid is None or (pid and pid != int(said["pid"])):
        return None  # nobody, or a service that has not said yet where it is: the file is of one that was killed
    return Running(pid=int(said["pid"]), url=said["url"], socket=Path(said["socket"]), version=said["version"])


def ensure(
    settings: Settings, command: Sequence[str] = COMMAND, seconds: float = START_SECONDS, own: str | None = None
) -> Running:
    """The service of this home, started first when none runs, and anew when it is of another version and idle.

    Several may call this at once: one service starts. Raises `EcmError` with the reason when it cannot start, and
    `WrongVersionError` when one of another version is busy.
    """
    places, own = settings.home, own or own_version()
    deadline = time.monotonic() + seconds
    running = find(places)
    if running is not None and running.version == own:
        _resting(places).unlink(missing_ok=True)
        return running
    private_directory(places.state)
    private_directory(places.logs)
    with _alone(places, deadline):
        _resting(places).unlink(missing_ok=True)
        running = find(places)
        if running is not None and running.version != own:
            _make_way(running, own)
            running = None
        return running or _start(places, command, deadline)


def rest(places: Places) -> None:
    """Note that the service was stopped on purpose, so that no open console starts it again; `ensure` forgets it."""
    private_directory(places.state)
    os.close(_open(_resting(places), os.O_WRONLY))


def rests(places: Places) -> bool:
    """Whether the service was stopped on purpose and nobody has asked for it since."""
    return _resting(places).exists()


def _resting(places: Places) -> Path:
    return places.state / "stopped"


def stop(running: Running, seconds: float = STOP_SECONDS) -> None:
    """Ask the service to end, and wait until it has. Raises `EcmError` when it does not."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    if not _until(
        lambda: _listener(running.socket) is None and Process.find(running.pid) is None, time.monotonic() + seconds
    ):
        raise EcmError(
            f"The service, process {running.pid}, did not end within {seconds:g} s. "
            f"If it hangs, `kill -9 {running.pid}` ends it; nothing that was saved is lost."
        )


def activity(running: Running) -> dict[str, int] | None:
    """How many `calls` run and how many people are `waiting`; None when the service does not say."""
    said = status(running)
    try:
        return {"calls": int(said["calls"]), "waiting": int(said["waiting"])} if said else None
    except (KeyError, TypeError, ValueError):
        return None


def status(running: Running, named: bool = False) -> dict[str, Any] | None:
    """How the service is, in its own words, with `named` also who waits longest; None when it does not say."""
    try:
        head, _, body = _asked(running.socket, f"/api/v1/status{'?named=true' if named else ''}").partition(b"\r\n\r\n")
        said = json.loads(body) if head.split(b" ", 2)[1:2] == [b"200"] else None
        return said if isinstance(said, dict) else None
    except (OSError, ValueError):
        return None


def _asked(path: Path, what: str) -> bytes:
    """The whole answer to one GET. By hand: Python's own HTTP costs more time than all the rest of a status line."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(ANSWER_SECONDS)
        line.connect(str(path))
        line.sendall(f"GET {what} HTTP/1.0\r\nHost: service\r\n\r\n".encode())
        answer = b""
        while len(answer) <= MOST_ANSWER and (piece := line.recv(65_536)):
            answer += piece
        return answer


def _read(path: Path) -> dict[str, str] | None:
    """What a service wrote of itself: pid, url, socket and version, all as text; None for anything else."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        int(said["pid"])
        return {name: str(said[name]) for name in ("pid", "url", "socket", "version")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _listener(path: Path) -> int | None:
    """The process that listens on this socket, 0 when the system does not tell, None when nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(str(path))
        except (OSError, ValueError):
            return None
        if not hasattr(socket, "SO_PEERCRED"):  # macOS
            return 0
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, uid, _ = struct.unpack("3i", credentials)
        return int(pid) if uid == os.getuid() else None


def _make_way(running: Running, own: str) -> None:
    """End an idle service of another version. Raises `WrongVersionError` when it is busy."""
    doing = activity(running)
    if doing is None or doing["calls"] or doing["waiting"]:
        raise WrongVersionError(
            f"The running service is version {clean(running.version, 40)} and this program is {own}. Someone may be in "
            "a call or waiting, so it goes on as it is. `ecm-tui service restart` changes it when nobody is there."
        )
    stop(running)


@contextlib.contextmanager
def _alone(places: Places, deadline: float) -> Iterator[None]:
    """Nobody else starts a service of this home meanwhile; the lock ends with the process that holds it."""
    descriptor = _open(places.state / "starting.lock", os.O_RDWR)
    try:
        if not _until(lambda: _locked(descriptor), deadline + ANSWER_SECONDS):
            raise UnreachableError("Another program has been starting the clinic service for long. Try again shortly.")
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(places: Places, command: Sequence[str], deadline: float) -> Running:
    import subprocess  # late: most who come here find a service that runs

    for child in _started:  # those that have ended meanwhile are collected
        child.poll()
    log = _open_log(places)
    try:
        before = os.fstat(log).st_size
        # In the state directory and with -P, so that no `media` or `ecm_tui` where the user stands is run in ours.
        process = subprocess.Popen(
            command,
            cwd=places.state,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise EcmError(f"The clinic service could not be started: {error.strerror or error}.") from error
    finally:
        os.close(log)
    _started.append(process)
    _until(lambda: find(places) is not None or process.poll() is not None, deadline)
    # One that ended may have found another just starting, such as a `serve` by hand: that one will do.
    if find(places) is None and process.poll() is not None:
        _until(lambda: find(places) is not None, min(deadline, time.monotonic() + ANSWER_SECONDS))
    running = find(places)
    if running is None:
        raise EcmError(_why(places, before, process.poll()), "service_failed")
    return running


def _open_log(places: Places) -> int:
    path = log_path(places)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > MOST_LOG:
            path.replace(path.with_suffix(".log.1"))
    return _open(path, os.O_WRONLY | os.O_APPEND)


def _open(path: Path, flags: int) -> int:
    """A descriptor of a private file, made when missing, never through a link. Raises `EcmError`."""
    try:
        return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise ReadOnlyError(str(path), os.strerror(error.errno).lower()) from error
        said = f"{path} cannot be used: {error.strerror or error}. Make it a file of your own, or remove it."
        raise EcmError(said) from error


def _why(places: Places, before: int, code: int | None) -> str:
    """Why no service came, from the last thing it said."""
    path = log_path(places)
    if code is None:
        return f"The clinic service started and does not accept anyone yet. {path} may say why; try again shortly."
    with path.open("rb") as log:
        log.seek(before)
        lines = [line.strip() for line in log.read()[-4_000:].decode(errors="replace").splitlines() if line.strip()]
    if not lines:
        return f"The clinic service ended as soon as it had started (status {code}) and left no word in {path}."
    return f"The clinic service could not start. {clean(lines[-1], 1_000)}"


def _until(condition: Callable[[], bool], deadline: float) -> bool:
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True
