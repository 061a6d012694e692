"""Opening the console: it paints first, and finds or starts the service after that."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ecm_tui.cli.reach import finder, own_settings
from ecm_tui.cli.token import chosen_token
from ecm_tui.errors import UsageError

if TYPE_CHECKING:
    from ecm_tui.client import Address
    from ecm_tui.client.service import ServiceClient

RUBBISH = 50_000
"""New objects after which Python looks for rubbish. Its usual 700 mean hundreds of looks at the start, where all that
is new stays: a tenth of the time to the first picture."""


def open_console(service: str, read_only: bool, mouse: bool, confined: bool = False, plain: bool = False) -> None:
    """Run the console in this terminal until it is left. Raises `UsageError` without a terminal, unless it is `plain`.

    `confined` keeps it from the files and programs of this account. So does a token for this account's own service:
    whoever comes by one is somebody else, let in by the forced command of a key.
    """
    gc.set_threshold(RUBBISH)
    confined = confined or bool(chosen_token() and not service)
    if plain:
        asyncio.run(_in_lines(service, read_only, confined))
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "The console needs a terminal; --plain needs none. For scripts there are commands too: `ecm-tui --help` "
            "lists them."
        )
    settings = own_settings()
    find = finder(service)
    from ecm_tui.console.app import EcmApp

    EcmApp(
        connect=connector(find, read_only),
        state=settings.home.state,
        keymap=settings.keys,
        notify=settings.notify,
        read_only=read_only,
        display=settings.display,
        environ=own_environ(),
        confined=confined,
        lists=settings.lists,
        private=settings.console.initials,
        lock_minutes=settings.console.lock_minutes,
        pin=settings.home.pin,
        templates=settings.home.config / "templates" / "notes",
    ).run(mouse=mouse)


async def _in_lines(service: str, read_only: bool, confined: bool) -> None:
    """The line mode: in a terminal with a prompt, else lines in and lines out."""
    settings = own_settings()
    find = finder(service)
    from ecm_tui.console.plain.console import PlainConsole
    from ecm_tui.console.plain.terminal import opened

    environ = own_environ()
    console = PlainConsole(
        connect=connector(find, read_only),
        terminal=opened(environ, settings.display),
        state=settings.home.state,
        notify=settings.notify,
        read_only=read_only,
        confined=confined,
        private=settings.console.initials,
        lock_minutes=settings.console.lock_minutes,
        pin=settings.home.pin,
        environ=environ,
    )
    await console.run()


def own_environ(started: Path = Path("/proc/self/environ")) -> Mapping[str, str]:
    """The variables of this process, with the locale as it was named: Python itself puts UTF-8 in the place of C."""
    environ = dict(os.environ)
    with suppress(OSError):  # where the system does not tell how a process was started
        before = [each.partition(b"=") for each in started.read_bytes().split(b"\0")]
        environ["LC_CTYPE"] = next(
            (value.decode("ascii", "replace") for name, _, value in before if name == b"LC_CTYPE"), ""
        )
    return environ


def connector(
    find: Callable[[], Awaitable[Address]], read_only: bool
) -> Callable[[], AbstractAsyncContextManager[ServiceClient]]:
    """What the console calls, after its first picture, to reach the service that `find` finds or starts."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[ServiceClient]:
        # The client brings its libraries along; in a thread they do not hold up the first keys.
        client = await asyncio.to_thread(_client)
        async with client(await find(), find_again=find, read_only=read_only) as line:
            yield line

    return connect


def _client() -> type[ServiceClient]:
    from ecm_tui.client.service import ServiceClient

    return ServiceClient
