"""Text messages through a gateway: one HTTP POST each, in the shape that the settings give."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import httpx

from ecm_tui.service.invitations.gateway import body
from ecm_tui.service.invitations.invitation import Invitation, LaterError, NeverError
from ecm_tui.service.invitations.templates import Templates, text_message
from ecm_tui.settings import Sms as SmsSettings

ANSWER_SECONDS = 20.0

MOST_ANSWER = 64 * 1024
"""Bytes of a gateway's answer that are read."""

_LATER = frozenset({401, 403, 407, 408, 421, 425, 429})
"""4xx answers that are about us or about now, and not about this message."""


class Gateway:
    """The transport of text messages."""

    def __init__(self, settings: SmsSettings, templates: Templates, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._settings = settings
        self._templates = templates
        self._answer_seconds = answer_seconds
        self._tls_context: ssl.SSLContext | None = None

    async def send(self, invitation: Invitation, handing_over: Callable[[], Awaitable[None]]) -> None:
        """Hand the message to the gateway. Raises LaterError or NeverError."""
        settings = self._settings
        text = text_message(self._templates, invitation).text
        # A gateway that knows this header (IETF httpapi draft) takes a repeat for what it is.
        headers = {"Content-Type": "application/json", "Idempotency-Key": invitation.reference("sms")}
        if settings.authorization:
            headers["Authorization"] = settings.authorization
        try:
            content = body(settings.body, invitation.mobile, text)
            if self._tls_context is None:
                self._tls_context = await asyncio.to_thread(httpx.create_ssl_context)
            async with httpx.AsyncClient(timeout=self._answer_seconds, verify=self._tls_context) as client:
                request = client.build_request("POST", settings.url, content=content, headers=headers)
                await handing_over()
                async with asyncio.timeout(2 * self._answer_seconds):
                    status, said = await self._answer(client, request)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise LaterError("the settings of the text message gateway cannot be used") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise LaterError("the text message gateway does not answer in time") from error
        except httpx.HTTPError as error:
            raise LaterError("the text message gateway cannot be reached") from error
        _judge(status, said, settings.success)

    async def _answer(self, client: httpx.AsyncClient, request: httpx.Request) -> tuple[int, str]:
        answer = await client.send(request, stream=True)
        try:
            said = b""
            async for part in answer.aiter_bytes():
                said += part
                if len(said) >= MOST_ANSWER:
                    break
            return answer.status_code, said[:MOST_ANSWER].decode(errors="replace")
        finally:
            await answer.aclose()


def _judge(status: int, said: str, success: str) -> None:
    """A gateway's words are not repeated: they tend to hold the number and the text."""
    name = f"{status} {HTTPStatus(status).phrase}" if status in HTTPStatus._value2member_map_ else str(status)
    if 200 <= status < 300:
        if success not in said:
            raise NeverError(f"the text message gateway did not accept it (its answer lacks {success!r})")
        return
    if status in _LATER or status >= 500:
        raise LaterError(f"the text message gateway asks to try later ({name})")
    raise NeverError(f"the text message gateway refused it ({name})")
