"""Files by sftp and webdav: from a real sshd and a real WebDAV server, and what each of their refusals is in words."""

import asyncio
import getpass
import hashlib
import os
import ssl
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import asyncssh
import pytest
import trustme

from ecm_tui.client import remote
from ecm_tui.errors import EcmError, RefusedError, UnreachableError
from tests.client.test_remote import Answer, fetched, gives, server
from tests.client.webdav import PASSWORD, webdav
from tests.end_to_end.sshd import Host, sshd
from tests.until import until

CONTENT = os.urandom(5 * 1024**2 + 17)
WAITS = "a file at a server"
LOGIN = f"ann:{quote(PASSWORD, safe='')}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file with a blank in its name, an empty one and a folder."""
    made = tmp_path / "files"
    (made / "letters").mkdir(parents=True)
    (made / "scan 1.png").write_bytes(CONTENT)
    (made / "empty").touch()
    return made


@pytest.fixture
def dav(folder: Path) -> Iterator[str]:
    with webdav(folder) as place:
        yield place


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a user's keys lie: no agent, none yet."""
    made = tmp_path / "home"
    (made / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(made))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return made


@asynccontextmanager
async def trusted(tmp_path: Path, home: Path, *settings: str) -> AsyncIterator[Host]:
    """A host that the user knows, and that takes the user's key."""
    async with sshd(tmp_path / "host", None, *settings) as host:
        host.let_in("key").rename(home / ".ssh" / "id_ed25519")
        know(home, host, (tmp_path / "host" / "host.pub").read_text())
        yield host


def know(home: Path, host: Host, key: str) -> None:
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {key}")


def at(host: Host, path: Path, login: str = "") -> str:
    return f"sftp://{login or getpass.getuser()}@127.0.0.1:{host.port}{quote(str(path))}"


async def refused(url: str, kind: type[EcmError] = UnreachableError) -> str:
    """The sentence; it never has the password, nor has anything beneath it."""
    with pytest.raises(kind) as error:
        await fetched(url)
    beneath: BaseException | None = error.value
    while beneath:
        assert "s@cret" not in str(beneath) and "s%40cret" not in str(beneath)
        beneath = beneath.__cause__ or beneath.__context__
    await until(
        lambda: not [each for each in threading.enumerate() if each.name == WAITS], 10, what="no thread waits on"
    )
    return str(error.value)


async def test_S45_a_file_by_sftp_is_the_same_file(tmp_path: Path, home: Path, folder: Path) -> None:
    async with trusted(tmp_path, home) as host:
        name, size, content = await fetched(at(host, folder / "scan 1.png"))
        assert (name, size) == ("scan 1.png", len(CONTENT))
        assert hashlib.sha256(content).digest() == hashlib.sha256(CONTENT).digest()
        assert "no such file" in await refused(at(host, folder / "none"))
        assert "is a folder. Choose a file in it" in await refused(at(host, folder / "letters"), RefusedError)
        assert "is no file" in await refused(at(host, Path("/dev/zero")), RefusedError)
        assert "empty is empty" in await refused(at(host, folder / "empty"), RefusedError)


async def test_a_host_of_sftp_is_known_or_not_spoken_to(tmp_path: Path, home: Path, folder: Path) -> None:
    async with trusted(tmp_path, home) as host:
        (home / ".ssh" / "config").write_text("Host *\n UserKnownHostsFile none\n StrictHostKeyChecking no\n")
        url = at(host, folder / "scan 1.png")
        know(home, host, (home.parent / "host" / "key.pub").read_text())
        said = await refused(url)
        assert "shows another key than before" in said and f"`ssh -p {host.port} 127.0.0.1`" in said
        (home / ".ssh" / "known_hosts").unlink()
        assert "is not known to this computer" in await refused(url)
        assert not (home / ".ssh" / "known_hosts").exists()


async def test_a_host_of_sftp_that_takes_no_login_says_what_to_try(tmp_path: Path, home: Path, folder: Path) -> None:
    async with trusted(tmp_path, home, "KbdInteractiveAuthentication yes") as host:
        (home / ".ssh" / "id_ed25519").unlink()
        assert "does not take your keys. Add the right one with `ssh-add`" in await refused(at(host, folder / "empty"))
        assert "takes neither this name and password nor your keys" in await refused(at(host, folder / "empty", LOGIN))


class _ByPassword(asyncssh.SSHServer):
    """Lets ann in by her password, and nobody by a key."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("ann", PASSWORD)


async def test_S45_a_file_by_sftp_comes_for_the_right_name_and_password_alone(home: Path, folder: Path) -> None:
    """A real sshd asks the system for passwords, which a test cannot set: here asyncssh is the server."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    listening = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_ByPassword,
        server_host_keys=[key],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(folder)),
    )
    async with listening:
        port = listening.get_port()
        (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
        name, size, content = await fetched(f"sftp://{LOGIN}@127.0.0.1:{port}/scan%201.png")
        assert (name, size) == ("scan 1.png", len(CONTENT))
        assert hashlib.sha256(content).digest() == hashlib.sha256(CONTENT).digest()
        for login in ("ann:s%40cret", f"bob:{LOGIN.partition(':')[2]}"):
            said = await refused(f"sftp://{login}@127.0.0.1:{port}/scan%201.png")
            assert "takes neither this name and password nor your keys" in said


async def test_a_host_of_sftp_that_stalls_is_left(
    tmp_path: Path, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "SILENCE_SECONDS", 2)
    async with sshd(tmp_path / "host", None) as host:
        host.let_in("key", 'restrict,command="sleep 60"').rename(home / ".ssh" / "id_ed25519")
        know(home, host, (tmp_path / "host" / "host.pub").read_text())
        began = time.monotonic()
        assert "took too long. Try again" in await refused(at(host, folder / "empty"))
        assert time.monotonic() - began < 10


async def test_S45_a_file_by_webdav_is_the_same_file(dav: str, capfd: pytest.CaptureFixture[str]) -> None:
    name, size, content = await fetched(f"webdav://{LOGIN}@{dav}/scan%201.png")
    assert (name, size) == ("scan 1.png", len(CONTENT))
    assert hashlib.sha256(content).digest() == hashlib.sha256(CONTENT).digest()
    assert "no such file" in await refused(f"webdav://{LOGIN}@{dav}/none")
    assert "is a folder. Choose a file in it" in await refused(f"webdav://{LOGIN}@{dav}/letters", RefusedError)
    assert "empty is empty" in await refused(f"webdav://{LOGIN}@{dav}/empty", RefusedError)
    said = await refused(f"webdav://ann:s%40cret@{dav}/scan%201.png")
    assert "does not take this name and password" in said
    assert "asks for a password. Write it into the address as webdav://" in await refused(
        f"webdav://{dav}/scan%201.png"
    )
    assert "s@cret" not in "".join(capfd.readouterr())


FOUND = b"""<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href><d:propstat><d:prop>
<d:getcontentlength>10</d:getcontentlength><d:resourcetype/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
</d:response></d:multistatus>"""


@asynccontextmanager
async def promising(then: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that says of /a that it has ten bytes, and answers `then` when they are fetched."""
    promise = gives(f"Content-Length: {len(FOUND)}", "Content-Type: text/xml", body=FOUND, status="207 Multi-Status")

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        await (then if seen[-1].startswith("GET") else promise)(path, writer)

    async with server(answer, tls) as (url, seen):
        yield f"{url.replace('http', 'webdav')}/a"


async def test_S45_webdav_is_https_but_on_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, tls = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with promising(gives("Content-Length: 10", body=b"0123456789"), tls) as url:
        address = url.replace("webdav://", "WebDAVs://ann:secret@")
        assert "cannot be reached" in await refused(address), "its certificate is not known yet"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await fetched(f" {address}") == ("a", 10, b"0123456789")


async def test_webdav_goes_on_to_safe_addresses_only() -> None:
    moved = gives("Location: http://files.example/x", "Content-Length: 0", status="302 Found")
    async with promising(moved) as url:
        assert "http would let others read along" in await refused(url, RefusedError)


@pytest.mark.parametrize("length", [9, 11])
async def test_a_webdav_server_that_lies_about_the_length_is_found_out(length: int) -> None:
    async with promising(gives(f"Content-Length: {length}", body=b"x" * length)) as url:
        assert "sent another length than it said. Nothing was shared" in await refused(url)


async def test_a_webdav_server_that_stalls_half_way_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def half(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await writer.drain()
        await asyncio.sleep(30)

    async with promising(half) as url:
        monkeypatch.setattr(remote, "SILENCE_SECONDS", 3)
        monkeypatch.setattr(remote, "DEADLINE_SECONDS", 1)
        assert "took too long. Try again" in await refused(url)
        monkeypatch.setattr(remote, "SILENCE_SECONDS", 1)
        monkeypatch.setattr(remote, "DEADLINE_SECONDS", 30)
        assert "Try again, or fetch the file another way" in await refused(url)


async def test_a_webdav_server_that_stalls_or_is_not_there_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stall(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with server(stall) as (url, _):
        monkeypatch.setattr(remote, "SILENCE_SECONDS", 0.5)
        said = await refused(url.replace("http", "webdav") + "/a")
        assert "does not answer. Try again" in said or "took too long. Try again" in said
    monkeypatch.undo()
    assert "cannot be reached" in await refused("webdav://127.0.0.1:1/a")


async def test_a_missing_back_end_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr("ecm_tui.client.backends.importlib.import_module", missing)
    for url, needed in (
        ("sftp://host/x", "'ecm-tui[remote]'"),
        ("webdav://host/x", "'ecm-tui[remote]'"),
        ("s3://bucket/x", "fsspec s3fs"),
    ):
        with pytest.raises(RefusedError) as said:
            await fetched(url)
        assert str(said.value).endswith(f"pip install {needed}")


async def test_s3_which_is_not_installed_with_us_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """fsspec knows the address and not its back end, as on every computer where nobody added that."""
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(RefusedError) as said:
        await fetched("s3://bucket/letters/scan.png")
    assert said.value.code == "bad_address"
    assert said.value.message == "Files by s3 need packages that are not installed: pip install fsspec s3fs"
