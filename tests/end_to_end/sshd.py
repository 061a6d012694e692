"""A real sshd of its own: its port, host key, keys and settings lie in a directory of the test."""

from __future__ import annotations

import asyncio
import getpass
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.clinic import ECM, Clinic
from tests.end_to_end.terminal import Terminal, terminal
from tests.until import until

ONLY_THE_CONSOLE = "restrict,pty"
"""What `ecm-tui help ssh` writes before the forced command."""
ONLY_SFTP = 'restrict,command="internal-sftp"'


@dataclass
class Host:
    """The clinic's host, as those reach it who have a key."""

    directory: Path
    here: Clinic | None
    port: int

    def key(self, name: str, token: str, options: str = ONLY_THE_CONSOLE) -> Path:
        """A new key whose forced command is the console of that token."""
        assert self.here, "this host has no clinic"
        command = f"ECM_HOME={shlex.quote(str(self.here.home))} {shlex.join([*ECM, '--token-file', token])}"
        return self.let_in(name, f'{options},command="{command}"')

    def let_in(self, name: str, options: str = ONLY_SFTP) -> Path:
        """A new key that may do what `options` allow."""
        path = self.directory / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
        with (self.directory / "authorized_keys").open("a") as keys:
            keys.write(f"{options} {path.with_suffix('.pub').read_text()}")
        return path

    def ssh(self, key: Path, *options: str) -> list[str]:
        """The client's command line, up to the words that its person may add."""
        settings = {
            "UserKnownHostsFile": self.directory / "known_hosts",
            "StrictHostKeyChecking": "accept-new",
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
        }
        chosen = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        to = f"{getpass.getuser()}@127.0.0.1"
        return ["ssh", "-F", "/dev/null", "-i", str(key), "-p", str(self.port), *chosen, *options, to]

    @contextmanager
    def login(self, key: Path, *words: str, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
        """`ssh host WORDS` in a terminal."""
        with terminal([*self.ssh(key, "-tt"), *words], {}, columns, rows) as opened:
            yield opened

    async def ask(self, key: Path, *words: str, options: tuple[str, ...] = (), typed: str = "") -> tuple[int, str]:
        """`ssh host WORDS` without a terminal, and `typed` into it: its exit code, and all that it printed."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.ssh(key, *options), *words, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
        )
        out, _ = await asyncio.wait_for(process.communicate(typed.encode()), 30)
        assert process.returncode is not None
        return process.returncode, out.decode(errors="replace")


@asynccontextmanager
async def sshd(directory: Path, here: Clinic | None, *settings: str) -> AsyncIterator[Host]:
    """A host for the clinic `here`, if for one; `settings` are further lines of sshd_config."""
    host = prepared(directory, here, settings)
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program, "sshd is not installed"
    with (directory / "sshd.log").open("wb") as log:
        command = [program, "-D", "-e", "-f", str(directory / "sshd_config")]
        process = await asyncio.create_subprocess_exec(*command, stderr=log)
    try:
        await until(lambda: answers(host.port), 10, every=0.05, what="sshd takes connections; its log is beside")
        yield host
    finally:
        process.terminate()
        await process.wait()


def prepared(directory: Path, here: Clinic | None, settings: tuple[str, ...]) -> Host:
    """Host key, an empty list of keys, a free port and the settings, all in `directory`."""
    directory.mkdir(mode=0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / "host")], check=True)
    (directory / "authorized_keys").touch(0o600)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where an sshd of root confines its children
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lines = [
        f"HostKey {directory}/host", f"AuthorizedKeysFile {directory}/authorized_keys", f"Port {port}",
        "ListenAddress 127.0.0.1", "StrictModes no", "UsePAM no", "PasswordAuthentication no",
        "PermitRootLogin prohibit-password", "PidFile none", "Subsystem sftp internal-sftp", *settings,
    ]  # fmt: skip
    (directory / "sshd_config").write_text("\n".join(lines) + "\n")
    return Host(directory, here, port)


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
