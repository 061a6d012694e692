"""Files over HTTP: offered, sent and fetched by organisers, by participants' pages and by one-use upload links."""

# No postponed annotations here: FastAPI reads those of the routes, which name what only `routes` knows.

import base64
import binascii
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import may_write
from ecm_tui.core.refused import Refused
from ecm_tui.core.rights import may
from ecm_tui.core.wire import WireError
from ecm_tui.errors import RefusedError
from ecm_tui.service.downloads import Downloads, Reader
from ecm_tui.service.logins import REVOKED, Login, Logins, actor_of
from ecm_tui.service.servers import OWN_PACE
from ecm_tui.service.uploads import Sender, Uploads

SHARING = c.ShareFile(file_id="", name="", size=0, sha256="")
"""Stands for the right to share any file."""

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Offer(BaseModel):
    """A file that somebody is about to send."""

    name: Annotated[str, Field(max_length=1_000)]
    size: Annotated[int, Field(ge=0, lt=2**53, strict=True)]


class Offered(BaseModel):
    """Where to send it, and the name it will have."""

    id: str
    name: str
    size: int


class OfferAnswer(BaseModel):
    """The offer is accepted: room is kept for it for two minutes."""

    file: Offered


class Arrived(Offered):
    """A file that everyone in the call has now."""

    sha256: str


class ArrivedAnswer(BaseModel):
    """The file was shared."""

    file: Arrived


def sending(router: APIRouter, path: str, uploads: Uploads, sender: Callable[..., Awaitable[Sender]]) -> None:
    """Three routes at `path`: offer a file, send it, give it up; `sender` is the dependency that says who asks."""
    By = Annotated[Sender, Depends(sender)]
    Digest = Annotated[
        str, Header(alias="Repr-Digest", max_length=1_000, description="SHA-256 as in RFC 9530: `sha-256=:BASE64:`")
    ]

    @router.post(path, response_model=OfferAnswer, status_code=201, summary="Offer a file")
    async def offer(by: By, body: Offer) -> dict[str, Any]:
        return {"file": await uploads.offer(by, body.name, body.size)}

    @router.put(path + "/{file}", response_model=ArrivedAnswer, summary="Send the file offered", openapi_extra=BODY)
    async def send(request: Request, by: By, file: str, digest: Digest = "") -> dict[str, Any]:
        setattr(request.state, OWN_PACE, True)
        length = int(request.headers.get("content-length", "0"))
        shared = await uploads.receive(by, file, length, _pieces(request), _sha256(digest))
        return {"file": {"id": shared.id, "name": shared.name, "size": shared.size, "sha256": shared.sha256}}

    @router.delete(path + "/{file}", status_code=204, summary="Give up sending")
    async def cancel(by: By, file: str) -> Response:
        uploads.cancel(by, file)
        return Response(status_code=204)


def fetching(router: APIRouter, logins: Logins, downloads: Downloads, login: Callable[..., Awaitable[Login]]) -> None:
    """The route by which organisers fetch a file."""
    By = Annotated[Login, Depends(login)]

    @router.get(
        "/appointments/{appointment}/files/{file}",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
        summary="Fetch a file",
    )
    async def fetch(by: By, appointment: str, file: str) -> Response:
        reader = Reader(appointment=appointment, name=by.account, may=lambda now: logins.account(by) is not None)
        return await downloads.answer(reader, file)


def organiser(logins: Logins, login: Login, appointment: str) -> Sender:
    """The account as a sender. Raises RefusedError for a revoked token."""
    account = logins.account(login)
    if account is None:
        raise RefusedError(REVOKED, "not_allowed")
    actor = actor_of(account)

    def refused(now: Appointment) -> Refused | None:
        if logins.account(login) is None:
            return Refused(code="not_allowed", message=REVOKED)
        return may(actor, SHARING) or may_write(now, actor)

    return Sender(appointment=appointment, actor=actor, token=login.token, refused=refused)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise RefusedError("The line ended before the file was there. It was not shared.", "wrong_size") from error


def _sha256(digest: str) -> str:
    """The hexadecimal SHA-256 in a Repr-Digest header; empty when there is none."""
    found = re.search(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{0,100}):", digest)
    if not found:
        return ""
    try:
        value = base64.b64decode(found[1], validate=True)
    except binascii.Error as error:
        raise WireError("Repr-Digest is sha-256=:BASE64:") from error
    return value.hex()
