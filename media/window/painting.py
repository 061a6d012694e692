"""From what the window knows to what it draws. Pure but for the drawing of words, which are bitmaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from av import VideoFrame

from media.window import overlay
from media.window.boxes import Newest
from media.window.layout import Arrangement, Rect, arrange, caption, fit
from media.window.scene import FROZEN_AFTER, Scene, Tile
from media.window.screen import Fill, Item, Picture, Words

GROUND = (30, 35, 41)
SPEAKING = (92, 200, 140)
BAR_GROUND = (26, 30, 36)
KEYS = "m microphone · c camera · l layout · 1-9 pin · f full screen · q close"
STOPPED = "picture stopped"
PINNED = (150, 190, 240, 255)
OWN = "own"
"""Texture of the own preview."""

Box = Newest[VideoFrame]


@dataclass(slots=True)
class Sights:
    """What there is to see, and the own devices in words."""

    slots: Mapping[str, Box]
    """Newest picture of each picture slot, by mid."""
    own: Box
    microphone: str = "none"
    camera: str = "none"
    speaker: str = "on"
    notice: str = ""
    """A sentence that stands in the bar for some seconds."""
    me: str = ""


def paint(scene: Scene, sights: Sights, width: int, height: int, now: float) -> list[Item]:
    """Everything to draw in a window of `width` x `height` pixels, lowest first; `now` in monotonic seconds."""
    tiles = scene.tiles(list(sights.slots))
    places = arrange(len(tiles), scene.effective, width, height)
    items: list[Item] = []
    if not tiles:
        items += _words_in_place(scene, places)
    for tile, place in zip(tiles, places.tiles, strict=False):
        items += _tile(scene, sights, tile, place, now)
    if places.preview:
        items += _preview(sights, places.preview)
    items += _bar(scene, sights, places, len(tiles) - min(len(tiles), len(places.tiles)))
    return items


def _tile(scene: Scene, sights: Sights, tile: Tile, place: Rect, now: float) -> list[Item]:
    person = tile.person
    box = sights.slots.get(tile.mid) if tile.mid else None
    frame = box.peek() if box and person.camera else None
    items: list[Item] = [Fill(place, GROUND)]
    note = "pinned" if tile.pinned else ""
    if frame and box and tile.mid:
        items.append(Picture(fit(frame.width, frame.height, place), tile.mid, box.count, frame))
        if now - box.at > FROZEN_AFTER:
            note = STOPPED
    else:
        words = "Camera is off" if not person.camera else "Picture is coming…" if tile.mid else ""
        bitmap = overlay.nobody(person.name, person.id, place.w, place.h, words)
        items.append(Words(place.x, place.y, bitmap))
    if tile.speaking:
        items.append(Fill(place, SPEAKING, line=3))
    room = caption(place)
    if room:
        silent = person.muted or not person.microphone
        colour = overlay.RED if note == STOPPED else PINNED
        bitmap = overlay.caption(_shown_name(tile), room.h, room.w, silent, note, colour)
        items.append(Words(room.x, room.y, bitmap))
    return items


def _shown_name(tile: Tile) -> str:
    number = f"{tile.number}  " if tile.number else ""
    return f"{number}{tile.person.name}{' (organiser)' if tile.person.organiser else ''}"


def _preview(sights: Sights, place: Rect) -> list[Item]:
    frame = sights.own.peek()
    items: list[Item] = [Fill(place, GROUND)]
    if frame:
        items.append(Picture(fit(frame.width, frame.height, place), OWN, sights.own.count, frame, mirrored=True))
    else:
        words = {"on": "Your camera starts…", "off": "Your camera is off"}.get(sights.camera, "No camera")
        items.append(Words(place.x, place.y, overlay.nobody(sights.me or "You", "", place.w, place.h, words)))
    room = caption(place)
    if room:
        bitmap = overlay.caption("You", room.h, room.w, sights.microphone != "on")
        items.append(Words(room.x, room.y, bitmap))
    return items


def _words_in_place(scene: Scene, places: Arrangement) -> list[Item]:
    """A sentence where pictures would be, below the preview."""
    stage = places.stage
    top = places.preview.y + places.preview.h if places.preview else stage.y
    size = max(12, min(22, stage.h // 18))
    line = overlay.text(scene.words, size, max(1, stage.w))
    y = min(top + size, stage.y + max(0, stage.h - line.height))
    return [Words(stage.x + (stage.w - line.width) // 2, y, line)] if scene.words else []


def _bar(scene: Scene, sights: Sights, places: Arrangement, hidden: int) -> list[Item]:
    """Own switches at the left; at the right a notice, else how many are not drawn, else the keys."""
    bar = places.bar
    if bar.h == 0:
        return []
    own = f"Microphone {sights.microphone} · Camera {sights.camera}"
    if sights.speaker != "on":
        own += " · No loudspeaker"
    left = overlay.text(own, 14, max(1, bar.w * 3 // 5 - 12))
    right_words = sights.notice or (scene.words if scene.people else "")
    if not right_words and hidden:
        right_words = f"and {hidden} more in the call"
    colour = overlay.WHITE if right_words else (150, 160, 170, 255)
    room = bar.w - left.width - 36
    items: list[Item] = [Fill(bar, BAR_GROUND), Words(bar.x + 12, bar.y + (bar.h - left.height) // 2, left)]
    right = overlay.text(right_words or KEYS, 14, max(1, room) if right_words else bar.w, colour)
    if room >= max(80, right.width):
        items.append(Words(bar.x + bar.w - 12 - right.width, bar.y + (bar.h - right.height) // 2, right))
    return items
