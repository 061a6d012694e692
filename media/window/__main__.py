"""`python -P -m media.window`: one line of JSON on standard input, lines of JSON on standard output, a window between.

Exit codes: 0 when the call ended or the window was closed, 1 for a fault, 2 for an unusable line, 3 without a display.
The display comes first: where there is none, the one-use link is not spent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from media.window import camera
from media.window.config import Config, ConfigError
from media.window.devices import Devices
from media.window.endpoint import Endpoint
from media.window.screen import NoDisplayError, Screen
from media.window.session import Link, Session, SessionError, trade

DONE, FAILED, USAGE, NO_DISPLAY = 0, 1, 2, 3


def say(message: Mapping[str, Any]) -> None:
    """One line for the parent, or a sentence on a terminal; a parent that is gone changes nothing."""
    with contextlib.suppress(OSError, ValueError):
        if not sys.stdout.isatty():
            print(json.dumps(message), flush=True)
        elif message["type"] == "state":
            print(message["message"], flush=True)


def state(name: str, message: str, reason: str) -> None:
    """A state line: where the window stands, a sentence, a stable word."""
    say({"type": "state", "state": name, "message": message, "reason": reason})


async def run(config: Config, screen: Screen) -> int:
    """Join the call of `config` and show it on `screen` until it is over."""
    say({"type": "state", "state": "connecting", "message": "Connecting…"})
    devices = Devices(config, camera.find(config.camera_name))
    try:
        link = Link.parse(config.link)
        opened = await trade(link)
        endpoint = Endpoint(Session(link, opened.credential), screen, devices, say)
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows has no signals in its loop.
                asyncio.get_running_loop().add_signal_handler(
                    number, endpoint.end, "ended", "The window was closed. The call goes on.", "closed"
                )
        await endpoint.run()
        return FAILED if endpoint.failed else DONE
    except SessionError as error:
        state("failed", str(error), error.code)
        return FAILED
    finally:
        devices.close()


def main() -> int:
    """Read the line, open the window, run; gives the exit code."""
    if sys.stderr is not None and sys.stderr.isatty():
        # ALSA and the codecs write what they please; a terminal is no place for it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    try:
        config = Config.parse(sys.stdin.readline())
        screen = Screen("Video")
    except ConfigError as error:
        state("failed", str(error), "bad_configuration")
        return USAGE
    except NoDisplayError as error:
        state("no_display", str(error), "no_display")
        return NO_DISPLAY
    try:
        return asyncio.run(run(config, screen))
    finally:
        screen.close()


if __name__ == "__main__":
    sys.exit(main())
