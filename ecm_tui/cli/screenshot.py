"""`ecm-tui call screenshot ID PERSON`: asks for a still, and waits for what becomes of it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.output import json_option, new_file, print_json, print_line
from ecm_tui.cli.reach import ask, own_settings
from ecm_tui.errors import EcmError, RefusedError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.client.stills import Outcome, Request

SAID = {
    "taken": "The picture of NAME was taken.",
    "declined": "NAME declined. No picture was taken.",
    "timeout": "NAME did not answer in time. No picture was taken.",
    "left": "NAME left the call before it. No picture was taken.",
    "cancelled": "The request to NAME was taken back. No picture was taken.",
    "failed": "No picture of NAME was taken: WHY.",
}


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("person")
@click.option("--out", default="", metavar="FILE", help="Write a copy here, readable by you alone; FILE must be new.")
@json_option
def screenshot(id_: str, person: str, out: str, as_json: bool) -> None:
    """Ask someone in the call for one still of their camera, and wait for the outcome.

    The picture is taken the moment they agree. Exit code 0 only when it was taken, 3 when the request was refused
    before anybody was asked. ctrl+c takes the request back.
    """
    copy = new_file(out) if out else None

    async def job(line: ServiceClient) -> tuple[str, Outcome, Path | None]:
        from ecm_tui.client.stills import asked

        name = await _name(line, id_, person)
        with _interrupts() as stop:
            async with asked(line, id_, person) as request:
                outcome = await _until_over(request, stop)
        return name, outcome, await _file(line, id_, outcome.still_id, copy) if outcome.still_id else None

    name, outcome, path = ask(job)
    if as_json:
        print_json(_as_json(outcome, path))
    else:
        print_line(SAID[outcome.outcome].replace("WHY", outcome.why or "it did not work").replace("NAME", name))
        if path is not None:
            print_line(str(path))
    if outcome.outcome != "taken":
        click.get_current_context().exit(1)


def _as_json(outcome: Outcome, path: Path | None) -> dict[str, Any]:
    from ecm_tui.core.log import timestamp

    found: dict[str, Any] = {
        "outcome": outcome.outcome,
        "path": str(path) if path else None,
        "confirmed_at": timestamp(outcome.confirmed_at) if outcome.confirmed_at else None,
        "captured_at": timestamp(outcome.captured_at) if outcome.captured_at else None,
    }
    return {**found, "why": outcome.why} if outcome.why else found


async def _name(line: ServiceClient, id_: str, person: str) -> str:
    for each in (await line.query("people", id=id_))["people"]:
        if each["id"] == person:
            return str(each["name"])
    raise RefusedError("Nobody in this appointment has this id.", "no_such_person")


@contextmanager
def _interrupts() -> Iterator[asyncio.Event]:
    """Set at the first ctrl+c; the second one ends the command whatever it waits for."""
    stop, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()

    def pressed() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    try:
        loop.add_signal_handler(signal.SIGINT, pressed)
    except (ValueError, RuntimeError, NotImplementedError):  # not the main thread, or no signals on this system
        yield stop
        return
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def _until_over(request: Request, stop: asyncio.Event) -> Outcome:
    """The outcome; `stop` takes the request back, and what that comes to is the outcome."""
    outcome, stopped = asyncio.ensure_future(request.outcome()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({outcome, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not outcome.done():
            with suppress(RefusedError):  # They have agreed meanwhile, or it is over: the outcome says which.
                await request.cancel()
        return await outcome
    finally:
        for task in (outcome, stopped):
            task.cancel()


async def _file(line: ServiceClient, id_: str, still: str, copy: Path | None) -> Path:
    """Where the picture can be read now: the copy that was asked for, the service's own file, or a copy of ours."""
    from ecm_tui.client.stills import kept_at, picture, save

    if copy is None:
        kept = await kept_at(line, id_, still)
        if kept is not None:
            return kept
        copy = own_settings().home.stills / f"{still}.png"
        own_settings().home.make()
    png = await picture(line.query, id_, still)
    try:
        await asyncio.to_thread(save, copy, png)
    except OSError as error:
        why = error.strerror or str(error)
        raise EcmError(
            f"The picture was taken and is kept with the appointment, but {copy} could not be written: {why}."
        ) from error
    return copy
