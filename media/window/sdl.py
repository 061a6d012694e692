"""The one door to SDL2: imported here, so that the notice which its package prints at import stays quiet."""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():
    # The wheel's own libraries are the ones wanted; it says so as a warning.
    warnings.simplefilter("ignore", UserWarning)
    import sdl2 as _sdl2

SDL: Any = _sdl2
"""The functions and constants of SDL2 under their own names; the package comes without types."""


class SdlError(OSError):
    """SDL could not do what was asked; the text is SDL's own."""


def failed(what: str) -> SdlError:
    """The error that SDL reports now."""
    reason = SDL.SDL_GetError().decode(errors="replace")
    return SdlError(f"{what}: {reason}" if reason else what)
