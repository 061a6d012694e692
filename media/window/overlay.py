"""Words and signs as small pictures, drawn with Pillow: no font of the system is needed.

The font that comes with Pillow has the letters of ASCII. A text with others takes the first font of the system that has
all of it, else each letter the first that has it; without any, an accented letter is drawn plain.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import combining, normalize

from PIL import Image, ImageDraw, ImageFont

from ecm_tui.core.text import ELLIPSIS, clean, initials

Colour = tuple[int, int, int, int]
"""Red, green, blue, opacity; each 0 to 255."""

WHITE: Colour = (255, 255, 255, 255)
SHADE: Colour = (16, 20, 24, 190)
CLEAR: Colour = (0, 0, 0, 0)
RED: Colour = (255, 138, 128, 255)
MOST_LETTERS = 300
"""Letters of one line that are looked at; a window is not wide enough for more."""
SCALE = 4
"""Signs are drawn this much larger and scaled down: smooth edges."""

SYSTEM_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/segoeui.ttf",
    "C:/Windows/Fonts/msyh.ttc",
)
"""Looked for only when a text has letters that the bundled font lacks."""

TINTS: Sequence[Colour] = (
    (61, 90, 128, 255),
    (96, 74, 123, 255),
    (45, 106, 79, 255),
    (140, 85, 50, 255),
    (120, 62, 82, 255),
    (50, 100, 115, 255),
)
"""Backgrounds of initials, dark enough for white letters."""

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A picture of words: `pixels` are rows of RGBA bytes, top row first. Equal bitmaps have equal `key`."""

    width: int
    height: int
    pixels: bytes
    key: tuple[object, ...]


@functools.lru_cache(maxsize=256)
def text(words: str, size: int, most: int, colour: Colour = WHITE) -> Bitmap:
    """One line of words in a font of `size` pixels, cut with … to at most `most` pixels wide."""
    image = _line(words, size, most, colour)
    return _bitmap(image, ("text", words, size, most, colour))


@functools.lru_cache(maxsize=256)
def caption(name: str, height: int, most: int, muted: bool, note: str = "", colour: Colour = RED) -> Bitmap:
    """A name on a dark rounded ground, `height` pixels high, at most `most` wide; a struck microphone when muted.

    `note` stands behind the name, in its `colour`.
    """
    size = max(10, height * 5 // 8)
    pad = height // 4
    sign = height if muted else 0
    room = max(1, most - 2 * pad - sign)
    after = _line(note, size, room // 2, colour) if note else None
    words = _line(name, size, room - (after.width + pad if after else 0), WHITE)
    width = min(most, 2 * pad + sign + words.width + (after.width + pad if after else 0))
    image = Image.new("RGBA", (width * SCALE, height * SCALE), CLEAR)
    ImageDraw.Draw(image).rounded_rectangle(
        (0, 0, width * SCALE - 1, height * SCALE - 1), radius=height * SCALE // 4, fill=SHADE
    )
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    x = pad
    if muted:
        image.alpha_composite(_microphone(height), (x - pad // 2, 0))
        x += sign - pad // 2
    for part in (words, after):
        if part:
            image.alpha_composite(part, (min(x, max(0, width - part.width)), max(0, (height - part.height) // 2)))
            x += part.width + pad
    return _bitmap(image, ("caption", name, height, most, muted, note, colour))


@functools.lru_cache(maxsize=64)
def nobody(name: str, person: str, width: int, height: int, words: str) -> Bitmap:
    """The tile of somebody without a picture: initials in a circle, and words below them."""
    ground = (34, 39, 46, 255)
    image = Image.new("RGBA", (width, height), ground)
    across = min(width, height) // 3
    if across >= 12:
        circle = Image.new("RGBA", (across * SCALE, across * SCALE), CLEAR)
        ImageDraw.Draw(circle).ellipse((0, 0, across * SCALE - 1, across * SCALE - 1), fill=_tint(person))
        circle = circle.resize((across, across), Image.Resampling.LANCZOS)
        letters = _line(initials(name), across * 2 // 5, across, WHITE)
        circle.alpha_composite(letters, (max(0, (across - letters.width) // 2), max(0, (across - letters.height) // 2)))
        image.alpha_composite(circle, ((width - across) // 2, height * 2 // 5 - across // 2))
    size = max(10, min(18, height // 14))
    line = _line(words, size, max(1, width - 8), (200, 208, 216, 255))
    if words and height >= 70:
        image.alpha_composite(line, ((width - line.width) // 2, min(height - line.height, height * 31 // 50)))
    return _bitmap(image, ("nobody", name, person, width, height, words))


@functools.lru_cache(maxsize=8)
def _microphone(size: int) -> Image.Image:
    """A struck microphone, `size` pixels square."""
    big = size * SCALE
    image = Image.new("RGBA", (big, big), CLEAR)
    draw = ImageDraw.Draw(image)
    line = max(1, big // 16)
    draw.rounded_rectangle((big * 0.4, big * 0.2, big * 0.6, big * 0.55), radius=big * 0.1, fill=RED)
    draw.arc((big * 0.3, big * 0.3, big * 0.7, big * 0.68), 0, 180, fill=RED, width=line)
    draw.line((big * 0.5, big * 0.68, big * 0.5, big * 0.8), fill=RED, width=line)
    draw.line((big * 0.25, big * 0.2, big * 0.75, big * 0.8), fill=RED, width=line)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _line(words: str, size: int, most: int, colour: Colour) -> Image.Image:
    shown = clean(words, MOST_LETTERS)
    if _length(_runs(shown, size)) > most:
        while shown and _length(_runs(shown + ELLIPSIS, size)) > most:
            shown = shown[:-1]
        shown = shown.rstrip() + ELLIPSIS
    runs = _runs(shown, size)
    bundled = _font("", size)
    assert bundled is not None
    height = max(1, sum(bundled.getmetrics()))
    image = Image.new("RGBA", (max(1, min(most, round(_length(runs)) + 1)), height), (*colour[:3], 0))
    draw, x = ImageDraw.Draw(image), 0.0
    for font, part in runs:
        draw.text((x, bundled.getmetrics()[0]), part, font=font, fill=colour, anchor="ls")
        x += font.getlength(part)
    return image


def _length(runs: Sequence[tuple[Font, str]]) -> float:
    """Width in pixels."""
    return sum(font.getlength(part) for font, part in runs)


def _runs(words: str, size: int) -> list[tuple[Font, str]]:
    """The words in pieces, each with a font that has its letters; marks and spaces stay with what is before them."""
    whole = next((font for font in _fonts(size) if all(_has(font, letter) for letter in set(words))), None)
    if whole:
        return [(whole, words)]
    runs: list[tuple[Font, str]] = []
    for letter in map(_plain, words) if len(_fonts(size)) == 1 else words:
        font = runs[-1][0] if runs and (letter.isspace() or combining(letter)) else _font_for(letter, size)
        if runs and runs[-1][0] is font:
            runs[-1] = (font, runs[-1][1] + letter)
        else:
            runs.append((font, letter))
    return runs


@functools.lru_cache(maxsize=64)
def _font(path: str, size: int) -> Font | None:
    """The font at `path`, the bundled one for an empty path; None when it is not there."""
    if not path:
        bundled = ImageFont.load_default(size)
        assert isinstance(bundled, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
        return bundled
    try:
        return ImageFont.truetype(path, size) if Path(path).exists() else None
    except OSError:
        return None


@functools.lru_cache(maxsize=2048)
def _font_for(letter: str, size: int) -> Font:
    """The first font that has this letter, or the bundled one when none has."""
    bundled = _font("", size)
    assert bundled is not None
    if letter.isascii():
        return bundled
    return next((font for font in _fonts(size) if _has(font, letter)), bundled)


def _fonts(size: int) -> list[Font]:
    """The fonts of this computer, the bundled one first."""
    return [font for path in ("", *SYSTEM_FONTS) if (font := _font(path, size))]


def _plain(letter: str) -> str:
    """The letter without its accent, where that is a letter of ASCII."""
    base = normalize("NFKD", letter)[:1]
    return base if base.isascii() else letter


@functools.lru_cache(maxsize=4096)
def _has(font: Font, letter: str) -> bool:
    """Whether the font draws more for this letter than its sign for a letter that is not there."""
    return letter.isascii() or bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))


def _tint(person: str) -> Colour:
    return TINTS[sum(person.encode()) % len(TINTS)]


def _bitmap(image: Image.Image, key: tuple[object, ...]) -> Bitmap:
    return Bitmap(image.width, image.height, image.tobytes(), key)
