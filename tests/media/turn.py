"""A real TURN server on loopback: Debian's coturn, with REST credentials, gone when the block ends."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.until import until_now

SECRET = "the static-auth-secret of this test"


def free_port() -> int:
    """A port that nobody has now, neither over UDP nor over TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                tcp.bind(udp.getsockname())
                return int(udp.getsockname()[1])


@contextlib.contextmanager
def coturn(folder: Path, secret: str = SECRET, relay_ip: str = "127.0.0.1") -> Iterator[str]:
    """The address `turn:127.0.0.1:PORT` of a relay that takes credentials made from `secret`."""
    port = free_port()
    command = [
        "turnserver",
        "-n",
        "--use-auth-secret",
        f"--static-auth-secret={secret}",
        "--realm=clinic",
        "--listening-ip=127.0.0.1",
        f"--listening-port={port}",
        f"--relay-ip={relay_ip}",
        "--no-tls",
        "--no-dtls",
        "--no-cli",
        "--allow-loopback-peers",
        "--log-file=stdout",
        f"--pidfile={folder / 'turn.pid'}",
        f"--userdb={folder / 'turn.db'}",
    ]
    relay = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_now(lambda: _listens(port), 20, what="coturn listens")
        yield f"turn:127.0.0.1:{port}"
    finally:
        relay.kill()
        relay.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
