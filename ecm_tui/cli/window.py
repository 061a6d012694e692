"""`ecm-tui window [LINK]`: the organiser's video window on this computer, a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click

from ecm_tui.cli.reach import ask, own_settings
from ecm_tui.errors import EcmError, RefusedError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient


@click.command()
@click.argument("link", required=False, default="")
@click.pass_context
def window(ctx: click.Context, link: str) -> None:
    """Open the video window of the call that runs, or of the one-use LINK that a console elsewhere shows.

    With `-` as LINK it is read from standard input, where other users of this computer cannot see it.
    """
    if link == "-":
        link = sys.stdin.readline().strip()
        if not link:
            raise UsageError("No link came on standard input.")
    if link and not link.startswith(("https://", "http://")):
        raise UsageError(
            "This is no link. One looks like https://call.clinic.example/view/…; F8 in a console makes it."
        )
    if not link:
        link = ask(_link_of_the_running_call)
    places = own_settings().home
    places.make()
    # cwd and -P: a `media` that lies about where the user stands is never run in its place.
    done = subprocess.run(
        [sys.executable, "-P", "-m", "media.window"],
        input=f"{link}\n".encode(),
        cwd=places.state,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    if done.returncode < 0:
        raise EcmError("The video window was ended from outside. Open it again with `ecm-tui window`.")
    ctx.exit(done.returncode)


async def _link_of_the_running_call(line: ServiceClient) -> str:
    running = await _running_calls(line)
    if not running:
        message = "No call is running. Start one in the console, or with `ecm-tui call start ID`."
        raise RefusedError(message, "call_not_running")
    if len(running) > 1:
        raise RefusedError("More than one call is running. Press F8 in the console on the one you mean.", "ambiguous")
    return str((await line.query("window_link", id=running[0]))["url"])


async def _running_calls(line: ServiceClient) -> list[str]:
    """The ids of the appointments whose call runs."""
    from ecm_tui.client import CaughtUp

    running = {}
    async with line.schedule() as rows:
        async for row in rows:
            if isinstance(row, CaughtUp):
                break
            running[row.id] = row.running
    return [each for each, runs in running.items() if runs]
