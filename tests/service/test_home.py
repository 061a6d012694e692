"""One service per home: lock, port, sockets, and what is not safe to offer."""

import asyncio
import contextlib
import os
import socket
import stat
from pathlib import Path

import pytest
import trustme

from ecm_tui.errors import ConfigError, PortInUseError, ServiceRunningError, StoreError
from ecm_tui.service import servers
from ecm_tui.service.home import bind_public
from ecm_tui.service.serve import Options, Service
from ecm_tui.settings import Serve
from tests.service.house import places, service, settings

NO_BRIDGE = Options(bridge_command=None)


async def test_a_second_service_of_one_home_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        with pytest.raises(ServiceRunningError) as refused:
            async with Service(settings(tmp_path), port=0, options=NO_BRIDGE):
                pass
        assert str(os.getpid()) in refused.value.message and house.url in refused.value.message
        assert (await house.client.get("/healthz")).status_code == 200, "the first goes on undisturbed"


async def test_a_start_that_the_disk_does_not_take_ends_in_words_and_names_the_file(tmp_path: Path) -> None:
    lock = places(tmp_path).lock
    lock.mkdir(parents=True)
    with pytest.raises(StoreError, match=f"{lock} cannot be opened"):
        async with Service(settings(tmp_path), port=0, options=NO_BRIDGE):
            pass


async def test_a_port_that_was_asked_for_and_is_taken_is_refused_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"Port {port}"):
            async with Service(settings(tmp_path), port=port, options=NO_BRIDGE):
                pass


def test_the_next_free_port_is_taken_and_kept_so_that_links_survive_restarts(tmp_path: Path) -> None:
    home = places(tmp_path)
    home.make()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        first = bind_public(home, "127.0.0.1", usual, explicit=False)
        port = first.getsockname()[1]
        first.close()
        assert port > usual
    again = bind_public(home, "127.0.0.1", usual, explicit=False)
    assert again.getsockname()[1] == port
    again.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
async def test_plain_http_for_other_computers_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match=r"serve\.behind_proxy"):
        async with Service(settings(tmp_path), host=host, port=0, options=NO_BRIDGE):
            pass


async def test_behind_a_stated_proxy_plain_http_is_fine_and_only_its_word_counts(tmp_path: Path) -> None:
    serve = Serve(behind_proxy=("127.0.0.1",), public_url="https://call.clinic.example")
    async with service(tmp_path, serve=serve) as house:
        assert house.url == "https://call.clinic.example"


async def test_tls_is_ours_when_set_and_a_bad_certificate_is_named(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "c.pem")
    pem = str(tmp_path / "c.pem")
    async with service(tmp_path, serve=Serve(tls_cert=pem, tls_key=pem)) as house:
        assert house.url.startswith("https://127.0.0.1:")
        answer = await house.client.get("/healthz")
        assert answer.status_code == 200 and "strict-transport-security" in answer.headers
    (tmp_path / "c.pem").write_text("nothing")
    with pytest.raises(ConfigError, match=r"c\.pem"):
        async with Service(settings(tmp_path, serve=Serve(tls_cert=pem, tls_key=pem)), port=0, options=NO_BRIDGE):
            pass


async def test_what_is_private_is_private(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        home = house.service.settings.home
        for file in (home.socket, home.database, home.data / "link.key", home.service_file, home.state / "bridge.json"):
            assert stat.S_IMODE(file.stat().st_mode) & 0o177 == 0, file
        for directory in (home.data, home.state, home.runtime):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert not home.socket.exists()


async def test_another_user_at_the_socket_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(tmp_path) as house:
        monkeypatch.setattr(servers, "peer_uid", lambda connection: os.getuid() + 1)
        reader, writer = await asyncio.open_unix_connection(house.socket)
        writer.write(b"GET /api/v1/status HTTP/1.1\r\nHost: service\r\n\r\n")
        try:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        except ConnectionResetError:
            pass
        writer.close()


async def test_who_connects_and_says_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "REQUEST_SECONDS", 0.1)
    async with service(tmp_path) as house:
        port = int(house.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HT")
        try:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        except ConnectionResetError:
            pass
        writer.close()


@pytest.mark.parametrize("earlier", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["first", "later"])
async def test_who_never_comes_to_the_end_of_a_request_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: bytes
) -> None:
    monkeypatch.setattr(servers, "REQUEST_SECONDS", 0.3)
    async with Service(settings(tmp_path), port=0, options=Options(bridge_command=None)) as service:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
        writer.write(earlier + b"POST /api/v1/open HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        with contextlib.suppress(ConnectionError):
            assert b'"code"' not in await asyncio.wait_for(reader.read(), 10), "no answer to it"
        writer.close()


async def test_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "MOST_CONNECTIONS", 2)
    async with Service(settings(tmp_path), port=0, options=Options(bridge_command=None)) as service:
        port = int(service.url.rpartition(":")[2])
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(lines[2][0].read(), 10) == b""
        lines[0][1].write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in await asyncio.wait_for(lines[0][0].readline(), 10)
        for _, writer in lines:
            writer.close()
