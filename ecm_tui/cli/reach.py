"""Reaching the service from a command: which one, how it is found or started, and who asks."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from ecm_tui.cli.token import chosen_token, usual_token
from ecm_tui.errors import UnreachableError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client import Address
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.paths import Places
    from ecm_tui.settings import Settings

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds that a lost service has to come back by itself, before a console starts one in its place."""

LAST_MOMENTS = 5.0
"""Seconds in which a command looks again after it has met a service that was just ending."""

LOOK_EVERY = 0.2

NO_SERVICE = "No clinic service runs here. `ecm-tui` or `ecm-tui service restart` starts one."


def own_settings() -> Settings:
    """The settings of this process. Raises `ConfigError`."""
    from ecm_tui.config import load

    return load({}, os.environ)


def ask(job: Callable[[ServiceClient], Awaitable[T]], start: bool = True) -> T:
    """Run `job` with a line to the service that this command is about; `start` one when none runs here.

    Raises what `job` raises, and `UnreachableError` or `WrongVersionError`.
    """
    return asyncio.run(_ask(click.get_current_context().find_root().obj or "", job, start))


async def _ask(service: str, job: Callable[[ServiceClient], Awaitable[T]], start: bool) -> T:
    async with AsyncExitStack() as stack:
        return await job(await _connected(stack, service, start))


async def _connected(stack: AsyncExitStack, service: str, start: bool) -> ServiceClient:
    """An open line that ends with `stack`. One who found a service in its last moments looks again for a while."""
    from ecm_tui.client.service import ServiceClient

    find = finder(service, start)
    address = await find()
    end = asyncio.get_running_loop().time() + LAST_MOMENTS
    while True:
        try:
            return await stack.enter_async_context(ServiceClient(address, find_again=find))
        except UnreachableError:
            if service or not start or asyncio.get_running_loop().time() >= end:
                raise
        await asyncio.sleep(LOOK_EVERY)
        with suppress(UnreachableError):
            address = await find()


def finder(service: str, start: bool = True) -> Callable[[], Awaitable[Address]]:
    """An async function that says where the service is: at the URL `service`, else this user's own.

    Raises `UsageError` for a token file that cannot be used.
    """
    settings = own_settings()
    if service:
        address = remote(service, settings.home)

        async def there() -> Address:
            return address

        return there

    own = Own(settings, start, chosen_token())

    async def here() -> Address:
        return await aside(own.find)

    return here


async def aside(work: Callable[[], T]) -> T:
    """`work` in a thread that holds up neither the loop nor the end of the program, however long it blocks."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(done: Callable[[T], None] | Callable[[BaseException], None], value: Any) -> None:
        if not answer.done():
            done(value)

    def run() -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits
            try:
                loop.call_soon_threadsafe(settle, answer.set_result, work())
            except Exception as error:  # whatever it is, it is raised to whoever waits
                loop.call_soon_threadsafe(settle, answer.set_exception, error)

    threading.Thread(target=run, name="find the service", daemon=True).start()
    return await answer


class Own:
    """This user's own service, looked for again and again by one program."""

    def __init__(
        self, settings: Settings, start: bool, token: str = "", timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._start = start
        self._token = token
        self._timer = timer
        self._found = False
        self._missed_since: float | None = None

    def find(self) -> Address:
        """Where it is; started when none runs, if that is wanted. Blocks. Raises `UnreachableError` and its kin.

        One that was lost gets a moment to come back: whoever ran it, such as systemd, comes first. One that was stopped
        on purpose stays so.
        """
        from ecm_tui.client import Address
        from ecm_tui.service import daemon

        running = daemon.ensure(self._settings) if self._may_start() else daemon.find(self._settings.home)
        if running is None:
            raise UnreachableError(NO_SERVICE)
        self._found, self._missed_since = True, None
        return Address(socket=running.socket, token=self._token)

    def _may_start(self) -> bool:
        from ecm_tui.service import daemon

        if not self._found:
            return self._start
        now = self._timer()
        self._missed_since = now if self._missed_since is None else self._missed_since
        return self._start and now - self._missed_since >= PATIENCE and not daemon.rests(self._settings.home)


def remote(service: str, home: Places) -> Address:
    """The address of a service elsewhere, with this user's token for it. Raises `UsageError`."""
    from ecm_tui.client import Address

    try:
        return Address(url=service, token=chosen_token() or usual_token(home.config))
    except ValueError as error:
        raise UsageError(
            f"--service or ECM_SERVICE: {error}. Example: --service https://call.clinic.example"
        ) from error


def zone_of(line: ServiceClient) -> ZoneInfo:
    """The clinic's time zone as the service says it."""
    try:
        return ZoneInfo(str(line.clinic.get("timezone") or "UTC"))
    except (KeyError, ValueError):
        return ZoneInfo("UTC")
