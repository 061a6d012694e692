"""The window itself: an SDL window that draws what it is given and says which keys were pressed.

Pictures go to the screen as they come from the decoder (planar YUV); nothing is converted here.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from av import VideoFrame

from media.window.layout import Rect
from media.window.overlay import Bitmap
from media.window.sdl import SDL, SdlError, failed

LEAST = (240, 180)
MOST_BITMAPS = 96
"""Words kept as textures; more than a full window has."""
MOST_SIDE = 4096
"""A picture wider or higher than this is not drawn: no camera sends it."""

Rgb = tuple[int, int, int]
_BYTES = ctypes.POINTER(ctypes.c_ubyte)


@dataclass(frozen=True, slots=True)
class Fill:
    """A rectangle of one colour; only its edge, `line` pixels thick, when `line` is not 0."""

    place: Rect
    colour: Rgb
    line: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A camera's picture, scaled to `place`. `slot` names its texture; `number` grows with each frame of the slot."""

    place: Rect
    slot: str
    number: int
    frame: VideoFrame
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A bitmap with its top left corner at x, y."""

    x: int
    y: int
    bitmap: Bitmap


Item = Fill | Picture | Words


@dataclass(frozen=True, slots=True)
class Input:
    """What somebody did with the window: a key by SDL's name, its closing, or a need to draw anew."""

    kind: Literal["key", "close", "redraw"]
    key: str = ""


class NoDisplayError(SdlError):
    """There is no display on which a window could open; the text is a sentence."""


class Screen:
    """One open window. All methods are for the thread that opened it."""

    def __init__(self, title: str, width: int = 1120, height: int = 660) -> None:
        """Open the window. Raises NoDisplayError."""
        start_display()
        where = SDL.SDL_WINDOWPOS_UNDEFINED
        flags = SDL.SDL_WINDOW_RESIZABLE | SDL.SDL_WINDOW_SHOWN
        self._window = SDL.SDL_CreateWindow(title.encode(), where, where, width, height, flags)
        if not self._window:
            error = failed("window")
            stop_display()
            raise NoDisplayError(f"No window can open here ({error}).")
        SDL.SDL_SetWindowMinimumSize(self._window, *LEAST)
        SDL.SDL_StopTextInput()
        self._open = True
        self._renderer = self._make_renderer()
        self._pictures: dict[str, tuple[Any, tuple[int, int], int]] = {}
        """Per slot: texture, its size, the number of the frame that is in it."""
        self._bitmaps: OrderedDict[tuple[object, ...], Any] = OrderedDict()

    def _make_renderer(self) -> Any:
        """The display's own renderer, else one in software: some drivers have no other."""
        for kind in (SDL.SDL_RENDERER_ACCELERATED, SDL.SDL_RENDERER_SOFTWARE):
            renderer = SDL.SDL_CreateRenderer(self._window, -1, kind)
            if renderer:
                return renderer
        error = failed("renderer")
        self.close()
        raise NoDisplayError(f"This display cannot draw ({error}).")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what can be drawn on, in pixels."""
        w, h = ctypes.c_int(), ctypes.c_int()
        SDL.SDL_GetRendererOutputSize(self._renderer, ctypes.byref(w), ctypes.byref(h))
        return w.value, h.value

    @property
    def fullscreen(self) -> bool:
        """Whether the window fills the screen."""
        return bool(SDL.SDL_GetWindowFlags(self._window) & SDL.SDL_WINDOW_FULLSCREEN)

    def turn_fullscreen(self) -> None:
        """Fill the screen, or be a window again."""
        SDL.SDL_SetWindowFullscreen(self._window, 0 if self.fullscreen else SDL.SDL_WINDOW_FULLSCREEN_DESKTOP)

    def title(self, words: str) -> None:
        """Name the window."""
        SDL.SDL_SetWindowTitle(self._window, words.encode())

    def inputs(self) -> list[Input]:
        """What happened since the last call; never waits."""
        event = SDL.SDL_Event()
        found = []
        while SDL.SDL_PollEvent(ctypes.byref(event)):
            if event.type == SDL.SDL_QUIT:
                found.append(Input("close"))
            elif event.type == SDL.SDL_KEYDOWN and not event.key.repeat:
                found.append(Input("key", SDL.SDL_GetKeyName(event.key.keysym.sym).decode().lower()))
            elif event.type == SDL.SDL_WINDOWEVENT:
                found.append(Input("close" if event.window.event == SDL.SDL_WINDOWEVENT_CLOSE else "redraw"))
            elif event.type in (SDL.SDL_RENDER_TARGETS_RESET, SDL.SDL_RENDER_DEVICE_RESET):
                self._forget()
                found.append(Input("redraw"))
        return found

    def draw(self, items: Sequence[Item], ground: Rgb = (18, 21, 25)) -> None:
        """Draw all of it anew, first item lowest, and show it."""
        self._colour(ground)
        SDL.SDL_RenderClear(self._renderer)
        for item in items:
            match item:
                case Fill():
                    self._fill(item)
                case Picture():
                    self._picture(item)
                case Words():
                    self._words(item)
        SDL.SDL_RenderPresent(self._renderer)

    def grab(self) -> tuple[int, int, bytes]:
        """What was drawn last: width, height and rows of RGB bytes. For tests."""
        w, h = self.size
        pixels = ctypes.create_string_buffer(w * h * 3)
        if SDL.SDL_RenderReadPixels(self._renderer, None, SDL.SDL_PIXELFORMAT_RGB24, pixels, w * 3):
            raise failed("grab")
        return w, h, pixels.raw

    def close(self) -> None:
        """Close the window; a second time does nothing."""
        if not self._open:
            return
        self._open = False
        if getattr(self, "_renderer", None):
            self._forget()
            SDL.SDL_DestroyRenderer(self._renderer)
        SDL.SDL_DestroyWindow(self._window)
        stop_display()

    def _colour(self, colour: Rgb) -> None:
        SDL.SDL_SetRenderDrawColor(self._renderer, *colour, 255)

    def _fill(self, item: Fill) -> None:
        self._colour(item.colour)
        place = item.place
        if not item.line:
            SDL.SDL_RenderFillRect(self._renderer, _rect(place))
        for i in range(item.line):
            SDL.SDL_RenderDrawRect(self._renderer, _rect(place.inset(i)))

    def _picture(self, item: Picture) -> None:
        texture = self._texture(item)
        if texture:
            flip = SDL.SDL_FLIP_HORIZONTAL if item.mirrored else SDL.SDL_FLIP_NONE
            SDL.SDL_RenderCopyEx(self._renderer, texture, None, _rect(item.place), 0.0, None, flip)

    def _texture(self, item: Picture) -> Any:
        """The slot's texture with this frame in it; None when the frame cannot be drawn."""
        frame = item.frame
        size = (frame.width, frame.height)
        texture, had, number = self._pictures.get(item.slot, (None, (0, 0), -1))
        if had != size:
            if texture:
                SDL.SDL_DestroyTexture(texture)
            del texture
            texture, number = self._new_texture(SDL.SDL_PIXELFORMAT_IYUV, *size), -1
        if texture and number != item.number:
            planar = _planar(frame)
            planes = [(ctypes.cast(plane.buffer_ptr, _BYTES), plane.line_size) for plane in planar.planes]
            SDL.SDL_UpdateYUVTexture(texture, None, *(part for plane in planes for part in plane))
        self._pictures[item.slot] = (texture, size, item.number)
        return texture

    def _new_texture(self, pixels: int, width: int, height: int) -> Any:
        if not (2 <= width <= MOST_SIDE and 2 <= height <= MOST_SIDE):
            return None
        return SDL.SDL_CreateTexture(self._renderer, pixels, SDL.SDL_TEXTUREACCESS_STREAMING, width, height)

    def _words(self, item: Words) -> None:
        bitmap = item.bitmap
        texture = self._bitmaps.get(bitmap.key)
        if texture is None:
            texture = self._new_texture(SDL.SDL_PIXELFORMAT_ABGR8888, bitmap.width, bitmap.height)
            if not texture:
                return
            SDL.SDL_UpdateTexture(texture, None, bitmap.pixels, bitmap.width * 4)
            SDL.SDL_SetTextureBlendMode(texture, SDL.SDL_BLENDMODE_BLEND)
            self._bitmaps[bitmap.key] = texture
            if len(self._bitmaps) > MOST_BITMAPS:
                SDL.SDL_DestroyTexture(self._bitmaps.popitem(last=False)[1])
        self._bitmaps.move_to_end(bitmap.key)
        place = Rect(item.x, item.y, bitmap.width, bitmap.height)
        SDL.SDL_RenderCopy(self._renderer, texture, None, _rect(place))

    def _forget(self) -> None:
        for texture in [entry[0] for entry in self._pictures.values()] + list(self._bitmaps.values()):
            if texture:
                SDL.SDL_DestroyTexture(texture)
        self._pictures.clear()
        self._bitmaps.clear()


def start_display() -> None:
    """Make SDL look for a display; nothing opens yet. Raises NoDisplayError."""
    _check_display()
    SDL.SDL_SetHint(b"SDL_NO_SIGNAL_HANDLERS", b"1")
    SDL.SDL_SetHint(b"SDL_RENDER_SCALE_QUALITY", b"linear")
    SDL.SDL_SetHint(b"SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", b"0")
    if SDL.SDL_InitSubSystem(SDL.SDL_INIT_VIDEO):
        raise NoDisplayError(f"No window can open here ({failed('display')}).")


def stop_display() -> None:
    """Undo `start_display`."""
    SDL.SDL_QuitSubSystem(SDL.SDL_INIT_VIDEO)


def _check_display() -> None:
    """On a host whose screen nobody gave us, SDL would take the bare console's: that is no window."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    ):
        raise NoDisplayError("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).")


def _planar(frame: VideoFrame) -> VideoFrame:
    return frame if frame.format.name == "yuv420p" else frame.reformat(format="yuv420p")


def _rect(place: Rect) -> Any:
    return SDL.SDL_Rect(place.x, place.y, place.w, place.h)
