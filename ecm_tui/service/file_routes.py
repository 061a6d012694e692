"""Files over HTTP: offered, sent and fetched by organisers, by participants' pages and by one-use upload links."""

# No postponed annotations here: FastAPI reads those of the routes, which name what only the functions around them know.

import base64
import binascii
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Header, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from ecm_tui.core.page import ClinicCard
from ecm_tui.core.wire import WireError
from ecm_tui.errors import RefusedError
from ecm_tui.service.downloads import Downloads
from ecm_tui.service.headers import bearer
from ecm_tui.service.pages import FILES_COOKIE, WEB, problem
from ecm_tui.service.senders import Senders
from ecm_tui.service.servers import OWN_PACE
from ecm_tui.service.uploads import Sender, Uploads

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


class Offer(BaseModel):
    """A file that somebody is about to send."""

    name: Annotated[str, Field(max_length=1_000)]
    size: Annotated[int, Field(ge=0, lt=2**53, strict=True)]


class Offered(BaseModel):
    """The file as it will be called, and the id under which to send it."""

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


class Welcome(BaseModel):
    """What the page of an upload link shows."""

    clinic: dict[str, str]
    most_bytes: int


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


def of_pages(
    senders: Senders,
    uploads: Uploads,
    downloads: Downloads,
    card: ClinicCard,
    most_bytes: int,
    errors: Mapping[int | str, dict[str, Any]],
) -> APIRouter:
    """The routes of participants' pages and of the page of an upload link."""
    router = APIRouter(responses={**errors, 404: problem()})

    async def participant(request: Request) -> Sender:
        return await senders.participant(bearer(request))

    async def by_link(request: Request) -> Sender:
        return await senders.by_link(bearer(request), request.client.host if request.client else "")

    sending(router, "/api/v1/session/files", uploads, participant)
    sending(router, "/api/v1/send/files", uploads, by_link)

    @router.get("/api/v1/send", response_model=Welcome, summary="Whether an upload link is good")
    async def look(by: Annotated[Sender, Depends(by_link)]) -> dict[str, Any]:
        await uploads.welcome(by)
        return {"clinic": {"name": card.name, "colour": card.colour, "support": card.support}, "most_bytes": most_bytes}

    @router.get("/files/{visit}/{file}/{name}", response_class=Response, responses=BYTES, summary="Fetch a file")
    async def fetch(
        visit: str, file: str, name: str, shown: Annotated[str, Cookie(alias=FILES_COOKIE)] = ""
    ) -> Response:
        return await downloads.answer(senders.participant_reads(visit, shown, file), file)

    async def page() -> FileResponse:
        return FileResponse(WEB / "send.html", media_type="text/html")

    router.add_api_route("/send", page, include_in_schema=False)
    router.add_api_route("/send/{token}", page, include_in_schema=False)
    return router


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
