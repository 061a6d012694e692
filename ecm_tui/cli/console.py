"""Opening the console: it paints first, and finds or starts the service after that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ecm_tui.cli.reach import finder, own_settings
from ecm_tui.errors import UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient


def open_console(service: str, read_only: bool, mouse: bool, plain: bool) -> None:
    """Run the console in this terminal until it is left. Raises `UsageError` without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The console needs a terminal. For scripts there are commands: `ecm-tui --help` lists them.")
    settings = own_settings()
    from ecm_tui.console.app import EcmApp

    async def connect() -> ServiceClient:
        from ecm_tui.client.service import ServiceClient

        find = finder(service)
        return ServiceClient(await find(), find_again=find)

    app = EcmApp(connect=connect, settings=settings, read_only=read_only, plain=plain)
    app.run(mouse=mouse)
