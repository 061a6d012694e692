"""The pages over HTTP: one static document for every token, the modules it loads, and the trade of tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.staticfiles import StaticFiles

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.page import page_view, window_view
from ecm_tui.core.wire import VERSION
from ecm_tui.errors import RefusedError, TooManyTriesError
from ecm_tui.service.doors import Doors, Visitor, refusal
from ecm_tui.service.page import Surroundings
from ecm_tui.service.secrets import LinkKey
from ecm_tui.service.streams import Streams

WEB = Path(__file__).parent / "web"

FILES_COOKIE = "files"
"""What a participant's browser shows with each download, for the links of one page only."""

STATUS = {"link_not_valid": 404, "open_elsewhere": 409}


class Opening(BaseModel):
    """A page trades its token."""

    model_config = ConfigDict(strict=True, extra="ignore")
    token: Annotated[str, Field(max_length=200)]
    version: int


class Opened(BaseModel):
    """The credential of this browser tab, and what the page shows first."""

    credential: str
    view: dict[str, Any]


class Problem(BaseModel):
    """Every error's shape."""

    code: str
    message: str


def problem(description: str = "") -> dict[str, Any]:
    """An error in the description of a route. By its name: a model of its own for each error of each route takes most
    of a service's start."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem},
    **{status: problem() for status in (403, 404, 409, 413, 426, 429, 503)},
}


def routes(streams: Streams, doors: Doors, around: Surroundings, key: LinkKey) -> APIRouter:
    """The routes of the pages."""
    router = APIRouter()

    async def join() -> FileResponse:
        return FileResponse(WEB / "join.html", media_type="text/html")

    async def view() -> FileResponse:
        return FileResponse(WEB / "view.html", media_type="text/html")

    for path, document in (("/join", join), ("/view", view)):
        router.add_api_route(path, document, include_in_schema=False)
        router.add_api_route(path + "/{token}", document, include_in_schema=False)

    @router.post("/api/v1/open", response_model=Opened, responses=PROBLEMS, summary="Trade a link's token")
    async def opened(request: Request, body: Opening) -> Response:
        if body.version != VERSION:
            message = "This page and the service are of different versions. Reload the page."
            return JSONResponse({"code": "wrong_version", "message": message}, 426)
        address = request.client.host if request.client else ""
        try:
            secret, visitor = await doors.trade(body.token, address)
        except TooManyTriesError as error:
            return JSONResponse(refusal(error), 429, {"Retry-After": "60"})
        except RefusedError as error:
            return JSONResponse(refusal(error), STATUS.get(error.code, 404))
        appointment = await streams.appointment(visitor.appointment)
        assert appointment is not None  # the trade looked at it
        answer = JSONResponse({"credential": secret, "view": first_view(appointment, visitor, around)})
        if not visitor.viewer:
            answer.set_cookie(
                FILES_COOKIE,
                key.file_pass(visitor.visit),
                path=f"/files/{visitor.visit}",
                secure=request.url.scheme == "https",
                httponly=True,
                samesite="strict",
            )
        return answer

    return router


def first_view(appointment: Appointment, visitor: Visitor, around: Surroundings) -> dict[str, Any]:
    """What a page shows before its socket is there."""
    if visitor.viewer:
        account = around.accounts.get(visitor.holder)
        return window_view(appointment, visitor.holder, account.name if account else "", around.card)
    return page_view(around.scene(appointment), appointment.people[visitor.holder], visitor.visit)


class Modules(StaticFiles):
    """The pages' modules and styles. Looked at again each time: after an update no page mixes old with new."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
