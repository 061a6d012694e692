"""Where things are kept: under ECM_HOME when it is set, else where XDG (or this system) puts them.

Looking up a place makes nothing; `Places.make` does, with directories that only this user can enter.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecm_tui.errors import ConfigError

APP = "ecm-tui"

SOCKET_BYTES = 100
"""Longest path of a unix socket that we bind. The kernel takes 107 bytes (macOS 103); the rest is for a suffix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The directories and files of one home: one clinic service and everything that belongs to it."""

    config: Path
    """Directory of `config.toml`."""
    data: Path
    """Directory of what must be kept: database, files, stills."""
    state: Path
    """Directory of what may be lost: drafts, logs, service.json, chosen port."""
    runtime: Path
    """Directory of the sockets; short enough for one."""

    @property
    def settings(self) -> Path:
        """The settings file; it need not exist."""
        return self.config / "config.toml"

    @property
    def pin(self) -> Path:
        """The hash of the PIN that unlocks the console; it need not exist."""
        return self.config / "pin.json"

    @property
    def database(self) -> Path:
        return self.data / "clinic.sqlite"

    @property
    def files(self) -> Path:
        """Directory of attachments."""
        return self.data / "files"

    @property
    def stills(self) -> Path:
        return self.data / "stills"

    @property
    def drafts(self) -> Path:
        return self.state / "drafts"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def lock(self) -> Path:
        """Held by the one service of this home for as long as it lives."""
        return self.state / "service.lock"

    @property
    def service_file(self) -> Path:
        """Written by a running service: pid, url, socket, version."""
        return self.state / "service.json"

    @property
    def socket(self) -> Path:
        """The service's unix socket, at most SOCKET_BYTES long."""
        return self.runtime / "service.sock"

    def make(self) -> None:
        """Make all directories, mode 0700. Raises ConfigError when one cannot be made or belongs to someone else."""
        kept = (self.config, self.data, self.files, self.stills, self.state)
        for directory in (*kept, self.drafts, self.logs, self.runtime):
            private_directory(directory)


def private_directory(path: Path) -> None:
    """Make `path` a directory that only this user can enter; its missing parents too.

    Raises ConfigError when it cannot be made, is no directory, or is (or is a link that was) put there by another user,
    who could read what we keep in it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
        if hasattr(os, "getuid") and {found.st_uid, path.lstat().st_uid} != {os.getuid()}:
            raise ConfigError(str(path), "", "belongs to another user. Set ECM_HOME to a directory of your own.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(0o700)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            str(path), "", f"cannot be used: {reason}. Set ECM_HOME to a directory of your own."
        ) from error


def find_places(environ: Mapping[str, str]) -> Places:
    """The places that this environment points to. Raises ConfigError for an ECM_HOME that is not absolute."""
    home = environ.get("ECM_HOME", "")
    if not home:
        return _usual_places(environ)
    root = Path(home).expanduser()
    if not root.is_absolute():
        raise ConfigError("ECM_HOME", "", f'must be an absolute path, not "{home}".', "ECM_HOME=/srv/ecm")
    root = Path(os.path.normpath(root))
    return Places(config=root / "config", data=root / "data", state=root / "state", runtime=_short(root / "run"))


def _usual_places(environ: Mapping[str, str]) -> Places:
    from platformdirs import PlatformDirs  # late: `ecm-tui --help` needs no places

    dirs = PlatformDirs(APP, appauthor=False)
    data = _xdg(environ, "XDG_DATA_HOME") or dirs.user_data_path
    state = _xdg(environ, "XDG_STATE_HOME") or dirs.user_state_path
    config = _xdg(environ, "XDG_CONFIG_HOME") or dirs.user_config_path
    # Not XDG_RUNTIME_DIR: it goes away at logout, and over SSH, cron or sudo it is often not set at all,
    # so that two commands of one user would look for the service in two places.
    return Places(config=config, data=data, state=state, runtime=_short(state / "run"))


def _xdg(environ: Mapping[str, str], name: str) -> Path | None:
    """XDG says: relative paths in these variables are to be ignored."""
    value = environ.get(name, "")
    return Path(value) / APP if os.path.isabs(value) else None


def _short(wanted: Path) -> Path:
    """`wanted`, or a directory of this user below the temporary one when a socket in it would have too long a name.

    The name follows from `wanted` and the user alone, so that service, console and commands find the same one.
    """
    if len(os.fsencode(wanted / "service.sock")) <= SOCKET_BYTES:
        return wanted
    import hashlib  # late: nearly every home is short enough
    import tempfile

    # Not the environment's temporary directory: it may differ between the shell of a console and the service's.
    root = Path("/tmp") if os.name == "posix" else Path(tempfile.gettempdir())
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return root / f"ecm-{uid}-{hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]}"
