"""The virus scanner of the clinic, where there is one: ClamAV's daemon, asked by its INSTREAM command."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from collections.abc import AsyncIterator
from pathlib import Path

from ecm_tui.core.events import Scan
from ecm_tui.core.text import clean
from ecm_tui.errors import RefusedError

PIECE = 256 * 1024
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 180.0
"""How long the daemon may take for one step: a piece taken, or the verdict."""

_log = logging.getLogger(__name__)


class Scanner:
    """Asks the daemon at `where`: host:port, the path of a unix socket, or "" when the clinic has none."""

    def __init__(self, where: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._where = where
        self._answer_seconds = answer_seconds

    async def scan(self, path: Path, name: str) -> Scan:
        """`clean`, or `none` without a scanner.

        Raises RefusedError: `infected`, or `not_scanned` when there is a scanner and it gives no verdict.
        """
        if not self._where:
            return "none"
        try:
            said = await self._ask(path)
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            _log.error("the virus scanner at %s: %s", self._where, error)
            raise _not_scanned(name, "does not answer") from error
        verdict = said.rstrip("\0\n").removeprefix("stream: ")
        if verdict == "OK":
            return "clean"
        if verdict.endswith(" FOUND"):
            virus = clean(verdict.removesuffix(" FOUND"), 100)
            message = f"{name} was not shared: the virus scanner found {virus} in it."
            raise RefusedError(message, "infected")
        _log.error("the virus scanner at %s said %r", self._where, verdict[:200])
        raise _not_scanned(name, "takes no file of this size" if "size limit" in verdict else "gave no verdict")

    async def _ask(self, path: Path) -> str:
        async with self._line() as (reader, writer):
            # A daemon that has had enough says so and hangs up while we still send: its words count.
            with contextlib.suppress(ConnectionError):
                await self._send(path, writer)
            async with asyncio.timeout(self._answer_seconds):
                return (await reader.readuntil(b"\0")).decode(errors="replace")

    async def _send(self, path: Path, writer: asyncio.StreamWriter) -> None:
        writer.write(b"zINSTREAM\0")
        with await asyncio.to_thread(path.open, "rb", buffering=0) as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                writer.write(struct.pack("!L", len(piece)) + piece)
                async with asyncio.timeout(self._answer_seconds):
                    await writer.drain()
        writer.write(struct.pack("!L", 0))

    @contextlib.asynccontextmanager
    async def _line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with asyncio.timeout(CONNECT_SECONDS):
            if self._where.startswith("/"):
                reader, writer = await asyncio.open_unix_connection(self._where)
            else:
                host, _, port = self._where.rpartition(":")
                reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def _not_scanned(name: str, why: str) -> RefusedError:
    message = f"{name} was not shared: the clinic's virus scanner {why}. Try again later, or tell whoever runs it."
    return RefusedError(message, "not_scanned")
