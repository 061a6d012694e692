"""From a link to a running endpoint, and to the exit code of the window's process."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from media.window import camera
from media.window.config import Config
from media.window.devices import Devices
from media.window.endpoint import CLOSED, Endpoint, Say
from media.window.screen import Screen
from media.window.session import Link, Session, SessionError, trade

DONE, FAILED = 0, 1


async def join(config: Config, screen: Screen, say: Say) -> int:
    """Join the call of `config` and show it on `screen` until it is over."""
    devices = Devices(config, camera.find(config.camera_name))
    try:
        link = Link.parse(config.link)
        opened = await trade(link)
        endpoint = Endpoint(Session(link, opened.credential), screen, devices, say)
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows has no signals in its loop.
                asyncio.get_running_loop().add_signal_handler(number, endpoint.end, "ended", CLOSED, "closed")
        await endpoint.run()
        return FAILED if endpoint.failed else DONE
    except SessionError as error:
        say({"type": "state", "state": "failed", "message": str(error), "reason": error.code})
        return FAILED
    finally:
        devices.close()
