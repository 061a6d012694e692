"""`python -P -m media.window`: one line of JSON on standard input, lines of JSON on standard output, a window between.

Exit codes: 0 when the call ended or the window was closed, 1 for a fault, 2 for an unusable line, 3 without a display.
The display comes first: where there is none, the one-use link is not spent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from media.window.boxes import Newest
from media.window.config import Config, ConfigError
from media.window.painting import Sights, paint
from media.window.scene import Scene
from media.window.screen import NoDisplayError, Screen

USAGE, NO_DISPLAY = 2, 3


def say(message: Mapping[str, Any]) -> None:
    """One line for the parent, or a sentence on a terminal; a parent that is gone changes nothing."""
    with contextlib.suppress(OSError, ValueError):
        if not sys.stdout.isatty():
            print(json.dumps(message), flush=True)
        elif message["type"] == "state":
            print(message["message"], flush=True)


def main() -> int:
    """Read the line, open the window, run; gives the exit code."""
    if sys.stderr is not None and sys.stderr.isatty():
        # ALSA and the codecs write what they please; a terminal is no place for it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    try:
        config = Config.parse(sys.stdin.readline())
        screen = Screen("Video")
    except ConfigError as error:
        say({"type": "state", "state": "failed", "message": str(error), "reason": "bad_configuration"})
        return USAGE
    except NoDisplayError as error:
        say({"type": "state", "state": "no_display", "message": str(error), "reason": "no_display"})
        return NO_DISPLAY
    say({"type": "state", "state": "connecting", "message": "Connecting…"})
    try:
        screen.draw(paint(Scene(words="Connecting…"), Sights({}, Newest()), *screen.size, 0.0))
        # Late: the media libraries take most of a second, and the window stands meanwhile.
        from media.window.joining import join

        return asyncio.run(join(config, screen, say))
    finally:
        screen.close()


if __name__ == "__main__":
    sys.exit(main())
