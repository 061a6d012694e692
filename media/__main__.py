"""The bridge's process: `python -P -m media`, one line of configuration on standard input, logs on standard error."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys

from media.bridge import Bridge
from media.config import Config, ConfigError
from media.signalling import Refused, Signalling

log = logging.getLogger("media")


async def serve(config: Config) -> int:
    """Run until the service is gone, refuses us, or the process is told to end; the exit status."""
    signalling = Signalling(config)
    async with Bridge(config, signalling.outbox.put) as bridge:
        work = asyncio.create_task(signalling.run(bridge))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            log.info("told to end")
        except Refused as refused:
            log.error("the service refused this bridge: %s", refused)
            return 3
    return 0


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
    # What is loaded now lives as long as the process: the collector need not walk it while packets wait.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        return asyncio.run(serve(config))
    except Exception:  # The process's last word: whatever nobody foresaw is written down before it ends.
        log.exception("the bridge ended by an error")
        return 1


if __name__ == "__main__":
    sys.exit(main())
