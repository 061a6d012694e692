"""Letters to a real mail server: what it says decides, and nothing counts as sent before it did."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from ecm_tui.service.invitations.invitation import LaterError, NeverError
from ecm_tui.service.invitations.smtp import Smtp, server_of
from tests.service.invitations.builders import NOW, body_of, invitation, letters
from tests.service.invitations.servers import drop, mail_server


def smtp(tmp_path: Path, url: str, **more) -> Smtp:
    return Smtp(server_of(url), letters(tmp_path), lambda: NOW, **more)


class Marks:
    """Counts the handings-over."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


async def nothing() -> None:
    pass


async def test_S30_a_letter_that_the_server_took_is_sent_and_whole(tmp_path: Path):
    async with mail_server() as server:
        marks = Marks()
        await smtp(tmp_path, server.url).send(invitation(), marks)
        (letter,), (envelope,) = server.letters, server.envelopes
        assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@lakeside.test", ["ann@home.test"])
        assert letter["Message-ID"] == "<a1.p1.email.1@lakeside.test>"
        assert "/join/t0ken" in body_of(letter)
        assert marks.count == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(("answer", "error"), [("451 4.3.0 busy", LaterError), ("550 5.1.1 no such user", NeverError)])
async def test_S30_a_4xx_is_for_later_and_a_5xx_for_good_in_the_servers_words(tmp_path, stage, answer, error):
    async with mail_server(**{stage: answer}) as server:
        marks = Marks()
        with pytest.raises(error) as raised:
            await smtp(tmp_path, server.url).send(invitation(), marks)
        assert answer in str(raised.value)
        assert marks.count == (stage == "data")


async def test_the_servers_words_are_shown_without_the_address_and_without_controls(tmp_path: Path):
    async with mail_server(rcpt="550 <ann@home.test> \x1b]52;c;x\x07 unknown") as server:
        with pytest.raises(NeverError) as raised:
            await smtp(tmp_path, server.url).send(invitation(), nothing)
        assert "ann@home.test" not in str(raised.value)
        assert "\x1b" not in str(raised.value)


async def test_a_server_that_is_not_there_is_for_later(tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(LaterError, match="cannot be reached"):
            await smtp(tmp_path, url).send(invitation(), nothing)


async def test_a_server_that_drops_the_line_after_the_letter_is_for_later(tmp_path: Path):
    async with mail_server(before_data=drop) as server:
        marks = Marks()
        with pytest.raises(LaterError, match="broke the connection off"):
            await smtp(tmp_path, server.url).send(invitation(), marks)
        assert (len(server.letters), marks.count) == (1, 1)


async def test_a_server_that_says_nothing_is_for_later(tmp_path: Path):
    async with mail_server(before_data=lambda _: asyncio.Event().wait()) as server:
        with pytest.raises(LaterError, match="in time"):
            await smtp(tmp_path, server.url, answer_seconds=0.3).send(invitation(), nothing)


async def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(tmp_path: Path):
    async with mail_server() as server:
        with pytest.raises(LaterError, match="encryption"):
            await smtp(tmp_path, server.url + "?tls=starttls").send(invitation(), nothing)
        assert server.letters == []


@pytest.mark.parametrize("trusted", [True, False])
async def test_starttls_is_made_with_a_server_that_can_prove_itself(tmp_path: Path, trusted: bool):
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    ours = ssl.create_default_context()
    if trusted:
        authority.configure_trust(ours)
    async with mail_server(smtp={"tls_context": theirs, "require_starttls": True}) as server:
        sending = smtp(tmp_path, server.url + "?tls=starttls", tls_context=ours).send(invitation(), nothing)
        if trusted:
            await sending
        else:
            with pytest.raises(LaterError, match="safe connection"):
                await sending
        assert len(server.letters) == trusted


async def test_a_wrong_password_leaves_it_queued_and_is_not_shown(tmp_path: Path):
    def no(*_):
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=False, handled=False)

    async with mail_server(smtp={"authenticator": no, "auth_require_tls": False}) as server:
        url = server.url.replace("smtp://", "smtp://clinic:p%40ss@")
        with pytest.raises(LaterError, match="name and password") as raised:
            await smtp(tmp_path, url).send(invitation(), nothing)
        assert "p@ss" not in str(raised.value)


async def test_an_address_of_other_letters_goes_as_it_is_to_a_server_that_knows_them(tmp_path: Path):
    async with mail_server() as server:
        await smtp(tmp_path, server.url).send(invitation(email="änn@home.test"), nothing)
        assert server.envelopes[0].rcpt_tos == ["änn@home.test"]


def test_the_port_and_encryption_follow_from_what_is_said():
    for url, port, tls in (
        ("smtp://mail.test", 587, "starttls"),
        ("smtp://mail.test:465", 465, "on"),
        ("smtp://mail.test?tls=on", 465, "on"),
        ("smtp://mail.test?tls=off", 25, "off"),
        ("smtp://localhost", 25, "off"),
        ("smtp://[::1]:2525?tls=starttls", 2525, "starttls"),
    ):
        server = server_of(url)
        assert (server.port, server.tls) == (port, tls), url
    server = server_of("smtp://us%40er:p%3A%2Fw@mail.test:25")
    assert (server.user, server.password) == ("us@er", "p:/w")
