"""REST for organisers: the same commands and questions as on their socket, described in /openapi.json."""

# No postponed annotations here: FastAPI reads those of the routes, which name what only `routes` knows.

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from ecm_tui.core.clinic import Account
from ecm_tui.core.wire import ID, WireError
from ecm_tui.errors import EcmError, RefusedError, TooManyTriesError
from ecm_tui.service.doors import refusal
from ecm_tui.service.downloads import Downloads
from ecm_tui.service.file_routes import BYTES, sending
from ecm_tui.service.logins import Login
from ecm_tui.service.organisers import Organisers
from ecm_tui.service.pages import problem
from ecm_tui.service.senders import Senders
from ecm_tui.service.uploads import Sender, Uploads

REFUSED_STATUS = {
    "no_such_appointment": 404,
    "no_such_person": 404,
    "no_such_file": 404,
    "unknown_query": 404,
    "link_not_valid": 404,
    "not_allowed": 403,
    "removed": 403,
    "bad_message": 400,
    "wrong_size": 400,
    "too_slow": 408,
    "file_too_big": 413,
    "too_fast": 429,
}
"""Status of each refusal; every other one is a conflict with how things stand: 409."""

ERRORS: dict[int | str, dict[str, Any]] = {
    400: problem("The request is malformed."),
    401: problem("No valid token."),
    403: problem("This account may not do this."),
    404: problem("There is no such thing."),
    408: problem("The file came too slowly."),
    409: problem("A rule refused the command."),
    413: problem("The request or the file is too long."),
    429: problem("Too many wrong tokens came from this address, or too much at once."),
    503: problem("Nothing can be saved now."),
}

WORDS = {400: "bad_message", 401: "unauthorised", 404: "not_found", 405: "wrong_method"}
SENTENCES = {
    404: "There is nothing at this address. To come to an appointment, open the whole link from the invitation.",
    405: "This address does not take such a request.",
}


class Asked(BaseModel):
    """A command as on the organisers' socket: an object with its `type`."""

    command: dict[str, Any]


class Carried(BaseModel):
    """What a command came to."""

    seq: int
    result: dict[str, Any]


WhoAsks = Callable[[HTTPConnection], Awaitable[Login | None]]
"""Whom a connection proved to be. Raises `TooManyTriesError`."""


def routes(organisers: Organisers, who: WhoAsks, senders: Senders, uploads: Uploads, downloads: Downloads) -> APIRouter:
    """The routes for organisers; `who` tells the account behind a request."""
    router = APIRouter(prefix="/api/v1", responses=ERRORS)

    async def login(request: Request) -> Login:
        found = await who(request)
        if found is None:
            raise HTTPException(401, "This needs a valid token.")
        return found

    async def account(login: Annotated[Login, Depends(login)]) -> Account:
        found = organisers.logins.account(login)
        if found is None:
            raise HTTPException(401, "This needs a valid token.")
        return found

    Asker = Annotated[Account, Depends(account)]
    Doer = Annotated[Login, Depends(login)]
    CommandId = Annotated[
        str | None, Header(alias="Idempotency-Key", description="The same key again: the same answer")
    ]

    After = Annotated[int, Query(ge=0, lt=2**53, description="Where the answer before said that there is more")]

    async def ask(asker: Account, what: str, **asked: Any) -> dict[str, Any]:
        return await organisers.queries.answer(asker, what, asked)

    async def execute(asker: Login, stream: str, data: dict[str, Any], key: str | None) -> Carried:
        command_id = key or secrets.token_hex(8)
        if not ID.fullmatch(command_id):
            raise WireError("Idempotency-Key has 1 to 64 letters, digits, - or _")
        done = await organisers.execute(asker, stream, data, command_id)
        return Carried(seq=done.seq, result=dict(done.result))

    @router.get("/status")
    async def status(
        asker: Asker, named: Annotated[bool, Query(description="Whether to name who waits longest")] = False
    ) -> dict[str, Any]:
        return await ask(asker, "status", named=named)

    @router.get("/appointments")
    async def appointments(
        asker: Asker,
        date: Annotated[str, Query(description="A day, as 2026-11-24; today by default")] = "",
        search: Annotated[str, Query(max_length=200)] = "",
        after: After = 0,
    ) -> dict[str, Any]:
        return await ask(asker, "appointments", date=date, search=search, after=after)

    @router.post("/appointments", response_model=Carried, status_code=201)
    async def schedule(asker: Doer, body: Asked, key: CommandId = None) -> Carried:
        return await execute(asker, "", body.command, key)

    @router.get("/appointments/{appointment}")
    async def appointment(asker: Asker, appointment: str, after: After = 0) -> dict[str, Any]:
        return await ask(asker, "appointment", appointment=appointment, after=after)

    @router.get("/appointments/{appointment}/people")
    async def people(asker: Asker, appointment: str) -> dict[str, Any]:
        return await ask(asker, "people", appointment=appointment)

    @router.post("/appointments/{appointment}/commands", response_model=Carried)
    async def command(asker: Doer, appointment: str, body: Asked, key: CommandId = None) -> Carried:
        return await execute(asker, appointment, body.command, key)

    @router.get("/appointments/{appointment}/events")
    async def events(
        asker: Asker,
        appointment: str,
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    ) -> dict[str, Any]:
        if await organisers.streams.appointment(appointment) is None:
            raise RefusedError("There is no appointment with this id.", "no_such_appointment")
        records = await organisers.streams.read(appointment, after, limit)
        return {"events": [organisers.seen(asker, record) for record in records]}

    async def sender(asker: Doer, appointment: str) -> Sender:
        return senders.organiser(asker, appointment)

    sending(router, "/appointments/{appointment}/files", uploads, sender)

    @router.get(
        "/appointments/{appointment}/files/{file}", response_class=Response, responses=BYTES, summary="Fetch a file"
    )
    async def fetch(asker: Doer, appointment: str, file: str) -> Response:
        return await downloads.answer(senders.organiser_reads(asker, appointment), file)

    return router


def too_many(error: TooManyTriesError) -> Response:
    """The answer to whoever guesses."""
    return JSONResponse(refusal(error), 429, {"Retry-After": "60"})


def errors_in_words(app: FastAPI) -> None:
    """Every error as `{code, message}`, whoever raised it; nothing internal goes out."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, EcmError)
        if isinstance(error, TooManyTriesError):
            return too_many(error)
        status = REFUSED_STATUS.get(error.code, 409) if isinstance(error, RefusedError) else 503
        return JSONResponse(refusal(error), status)

    async def malformed(request: Request, error: Exception) -> Response:
        message = f"{error}." if isinstance(error, WireError) else "The request is not what this address takes."
        return JSONResponse({"code": "bad_message", "message": message}, 400)

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = WORDS.get(error.status_code, "failed")
        headers = dict(error.headers or {})
        message = SENTENCES.get(error.status_code, str(error.detail))
        return JSONResponse({"code": code, "message": message}, error.status_code, headers)

    async def unexpected(request: Request, error: Exception) -> Response:
        message = "The service failed at this. What happened is in its log."
        return JSONResponse({"code": "failed", "message": message}, 500)

    app.add_exception_handler(Exception, unexpected)
    app.add_exception_handler(EcmError, ours)
    app.add_exception_handler(WireError, malformed)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
