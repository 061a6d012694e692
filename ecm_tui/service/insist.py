"""A word for the log that must not be lost, because nobody would say it again: a full disk is waited out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ecm_tui.core.commands import Command
from ecm_tui.core.log import SERVICE, Actor
from ecm_tui.errors import EcmError, RefusedError
from ecm_tui.service.streams import Streams

PAUSE_SECONDS = 1.0
"""Between tries while the disk takes nothing."""

_log = logging.getLogger(__name__)


async def insist(
    streams: Streams,
    stream: str,
    command: Command,
    stale: Callable[[], bool],
    *,
    actor: Actor = SERVICE,
    tries: int = 0,
) -> bool:
    """Say it until it is saved or refused; False when it was given up: `stale` after a fault, or not within `tries`.

    With 0 tries it goes on for as long as it takes. Raises what is no fault of the disk.
    """
    while True:
        try:
            await streams.execute(stream, command, actor)
            return True
        except RefusedError as refused:
            _log.warning("%s: %s", stream, refused)
            return True
        except EcmError as error:
            _log.error("%s", error)
        tries -= 1
        if tries == 0 or stale():
            return False
        await asyncio.sleep(PAUSE_SECONDS)
        if stale():
            return False
