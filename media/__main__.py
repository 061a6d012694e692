"""The bridge's process: `python -P -m media`, one line of configuration on standard input, logs on standard error."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import sys
from typing import Any

from media.bridge import Bridge
from media.config import Config, ConfigError
from media.signalling import Refused, Signalling

log = logging.getLogger("media")


MAX_ERRORS = 20
"""Errors of single packets and connections that are written down in a minute; a stranger must not fill the disk."""


class Errors:
    """What the event loop does with an error that nobody awaits: one line of the log, within bounds."""

    def __init__(self) -> None:
        self._minute = self._count = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        minute = int(loop.time() // 60)
        self._count = self._count + 1 if minute == self._minute else 1
        self._minute = minute
        if self._count <= MAX_ERRORS:
            log.error("%s", context.get("message"), exc_info=context.get("exception"))


SWEEP_AFTER = 200
"""Connections that may be over before they are cleared away in the middle of a call."""


async def sweep(bridge: Bridge) -> None:
    """Collect what is left of closed connections while nobody waits for packets.

    A full collection stops everything for tens of milliseconds in a large call, so it does not happen by itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 1_000_000)
    swept = 0
    while True:
        await asyncio.sleep(1)
        if bridge.closed - swept >= (1 if bridge.quiet else SWEEP_AFTER):
            gc.collect()
            swept = bridge.closed


async def serve(config: Config) -> int:
    """Run until the service is gone, refuses us, or the process is told to end; the exit status."""
    signalling = Signalling(config)
    async with Bridge(config, signalling.outbox.put) as bridge:
        work = asyncio.create_task(signalling.run(bridge))
        sweeper = asyncio.create_task(sweep(bridge))
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(Errors())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, work.cancel)
        try:
            await asyncio.wait([task for task in (work, bridge.ticking) if task], return_when=asyncio.FIRST_COMPLETED)
            if bridge.ticking is not None and bridge.ticking.done():
                bridge.ticking.result()
            await work
        except asyncio.CancelledError:
            log.info("told to end")
        except Refused as refused:
            log.error("the service refused this bridge: %s", refused)
            return 3
        finally:
            sweeper.cancel()
    return 0


def raise_descriptors() -> None:
    """Take as many file descriptors as we may: every connection has a socket for each local address."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Read the configuration, then serve. 0: ended in order, 1: an error of ours, 2: configuration, 3: refused."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for library in ("aioice", "aiortc", "websockets"):
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        config = Config.parse(sys.stdin.readline())
    except ConfigError as error:
        log.error("%s", error)
        return 2
    raise_descriptors()
    try:
        return asyncio.run(serve(config))
    except Exception:  # The process's last word: whatever nobody foresaw is written down before it ends.
        log.exception("the bridge ended by an error")
        return 1


if __name__ == "__main__":
    sys.exit(main())
