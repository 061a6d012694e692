"""Letters through a mail server. Accepted means: the server answered 250 to the whole letter, and nothing less."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from ecm_tui.core.text import clean
from ecm_tui.service.invitations.invitation import Invitation, LaterError, NeverError
from ecm_tui.service.invitations.mail import Letter, Letters

ANSWER_SECONDS = 30.0
"""How long the server may take for one answer. RFC 5321 allows minutes, for relays that have all day."""

LETTER_SECONDS = 120.0
"""How long one letter may take altogether: a server that drips does not hold a place for ever."""

GOODBYE_SECONDS = 2.0

MOST_SAID = 120
"""Characters of a server's own words that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server, read from `mail.url`."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "starttls"
    """starttls: or nothing is sent; on: from the first byte; off: none."""


def server_of(url: str) -> Server:
    """The server of a checked `mail.url`. Without `tls=`: on for port 465, off on this computer, else starttls."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    asked = parse_qs(parts.query).get("tls", [""])[0]
    usual = "on" if parts.port == 465 else "off" if _is_here(host) else "starttls"
    tls = asked or usual
    return Server(
        host=host,
        port=parts.port or {"on": 465, "starttls": 587}.get(tls, 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Smtp:
    """The transport of letters."""

    def __init__(
        self,
        server: Server,
        letters: Letters,
        clock: Callable[[], datetime],
        *,
        answer_seconds: float = ANSWER_SECONDS,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._letters = letters
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._tls_context = tls_context
        self._own_name = ""
        self._goodbyes: set[asyncio.Task[None]] = set()

    async def send(self, invitation: Invitation, handing_over: Callable[[], Awaitable[None]]) -> None:
        """Hand the letter to the server. Raises LaterError or NeverError."""
        await self._prepare()
        letter = await asyncio.to_thread(self._letters.letter, invitation, self._clock())
        source = await asyncio.to_thread(lambda: letter.source)
        client = self._client()
        try:
            async with _in_words(letter.to), asyncio.timeout(LETTER_SECONDS):
                await _greeted(client, self._server)
                await _envelope(client, letter)
                await handing_over()
                await client.data(source)
        except BaseException:
            client.close()
            raise
        # The letter is theirs; the goodbye is a courtesy that nobody waits for.
        task = asyncio.create_task(_goodbye(client))
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)

    async def _prepare(self) -> None:
        """Once: certificates are read and this computer's name is looked up aside, for both can take a while."""
        if self._tls_context is None:
            self._tls_context = await asyncio.to_thread(ssl.create_default_context)
        if not self._own_name:
            self._own_name = await asyncio.to_thread(socket.getfqdn)

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=self._answer_seconds,
            use_tls=server.tls == "on",
            start_tls=server.tls == "starttls",
            tls_context=self._tls_context,
            local_hostname=self._own_name,
        )


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await client.quit(timeout=GOODBYE_SECONDS)
    client.close()


async def _greeted(client: aiosmtplib.SMTP, server: Server) -> None:
    """Connected, encrypted as asked, logged in. What fails here is not the letter's fault, so it may try again."""
    try:
        await client.connect()
        if server.user:
            await client.login(server.user, server.password)
    except aiosmtplib.SMTPAuthenticationError as error:
        raise LaterError(f"the mail server does not take our name and password ({_said(error)})") from error
    except aiosmtplib.SMTPNotSupported as error:
        raise LaterError("the mail server cannot log us in") from error
    except aiosmtplib.SMTPResponseException as error:
        raise LaterError(f"the mail server turns us away ({_said(error)})") from error
    except aiosmtplib.SMTPException as error:
        if isinstance(error, ConnectionError | TimeoutError):
            raise
        # The library's one word for both: no STARTTLS on offer, or one that came to nothing.
        raise LaterError("the mail server offers no encryption; see tls in mail.url") from error


async def _envelope(client: aiosmtplib.SMTP, letter: Letter) -> None:
    options: list[str] = []
    if letter.international:
        if client.last_ehlo_response is None:
            await client.ehlo()
        if not client.supports_extension("smtputf8"):
            raise NeverError("the mail server cannot write to an address with such letters")
        options.append("SMTPUTF8")
    await client.mail(letter.sender, options=options, encoding="utf-8" if options else "ascii")
    await client.rcpt(letter.to, encoding="utf-8" if options else "ascii")


@contextlib.asynccontextmanager
async def _in_words(to: str) -> AsyncIterator[None]:
    """What aiosmtplib and the network raise, as a reason for now or for good."""
    try:
        yield
    except aiosmtplib.SMTPHeloError as error:
        raise LaterError(f"the mail server turns us away ({_said(error)})") from error
    except aiosmtplib.SMTPResponseException as error:
        if 500 <= error.code < 600:
            raise NeverError(f"the mail server refused it ({_said(error, to)})") from error
        raise LaterError(f"the mail server asks to try later ({_said(error, to)})") from error
    except ssl.SSLError as error:
        raise LaterError(f"no safe connection to the mail server ({_reason(error)})") from error
    except TimeoutError as error:
        raise LaterError("the mail server does not answer in time") from error
    except aiosmtplib.SMTPServerDisconnected as error:
        raise LaterError("the mail server broke the connection off") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        cause = error.__cause__ or error
        if isinstance(cause, ssl.SSLError):
            raise LaterError(f"no safe connection to the mail server ({_reason(cause)})") from error
        raise LaterError("the mail server cannot be reached") from error


def _reason(error: ssl.SSLError) -> str:
    return clean(getattr(error, "verify_message", "") or error.reason or "TLS failed", MOST_SAID)


def _said(error: aiosmtplib.SMTPResponseException, to: str = "") -> str:
    """The server's own words, without the address: who may not see contacts can see why."""
    words = " ".join(error.message.split())
    return clean(f"{error.code} {words.replace(to, '…') if to else words}", MOST_SAID)
