"""Small live pictures of somebody in the call, in the terminal: the last way to see, and said to be that (U3).

A picture is asked for only while this dialog can be seen: whatever covers it or closes it ends it, and so does
everything that ends the person's stay or turns the camera off.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from ecm_tui.console import halfcells, keys, kitty, sixel, words
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.halfcells import Frame
from ecm_tui.console.kitty import Graphic
from ecm_tui.console.seeing import NOTHING, Sight, has_display, sight
from ecm_tui.console.sixel import Sixels
from ecm_tui.console.text import content
from ecm_tui.console.widgets.bars import Bar, WordsLine
from ecm_tui.console.widgets.smallpicture import SmallPicture
from ecm_tui.errors import EcmError

AGAIN = 2.0
"""Seconds before a picture that was refused is asked for again."""

NEAR_CELLS, FAR_CELLS = 1200, 480
"""Cells of a picture at most, on this computer and over SSH."""

FAR_PACE = 4000
"""Bytes a second that pictures may take over SSH: half of the slowest line that the console is made for."""


class GlanceDialog(Dialog[None]):
    """Follows the selection of the screen below: `selected` tells it, `move` moves it among those in the call."""

    ABOUT = (
        "Small live pictures of somebody in the call, one a second at most and without sound. Nothing of them is kept. "
        "Up and down go to the others in the call, Esc closes. F8 on the screen below shows and lets you hear more."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *(b for b in keys.bindings("list") if isinstance(b, Binding) and b.action in ("down", "up")),
        Binding(keys.BY_ID["session.picture"].keys, "close", show=False, id="session.picture"),
    ]

    def __init__(self, selected: Callable[[], str], move: Callable[[int], None]) -> None:
        super().__init__()
        self._selected = selected
        self._move = move
        self._looking = NOTHING
        """What is on the screen now."""
        self._sent = 0
        """Pictures that were sent by kitty's protocol."""
        self._drawn: Region | None = None
        """The cells over which a picture stands in sixels."""
        self._costly = False
        """Whether sixels of these people take more of a slow line than half cells do."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box glance"):
            yield Bar(classes="title")
            yield SmallPicture()
            yield WordsLine()
            yield Static(id="way", classes="hint")
            yield Static(Content("j and k go to others in the call · Esc closes"), classes="hint")

    def on_unmount(self) -> None:
        self._leave()
        self._take_away()

    def on_resize(self) -> None:
        self._clear()

    def on_screen_suspend(self) -> None:
        """The lock or another dialog stands above."""
        self._turn_to(NOTHING)

    def paint(self) -> None:
        super().paint()
        desk, environ = self.ecm.desk, self.ecm.environ
        if self.app.screen is self:
            self._turn_to(sight(desk, self._selected()))
        key = keys.key_of("session.window", self.ecm.keymap)
        said = words.small_pictures(self.ecm.window.open, has_display(environ), key)
        self.query_one("#way", Static).update(content(said), layout=False)

    def action_down(self) -> None:
        self._move(1)
        self.paint()

    def action_up(self) -> None:
        self._move(-1)
        self.paint()

    def _turn_to(self, wanted: Sight) -> None:
        """Look at somebody else, or at nobody: what was seen before is gone at once."""
        if wanted == self._looking:
            return
        self._leave()
        self._looking = wanted
        self._clear()
        self.query_one(".title", Bar).show(content(f"{wanted.name} · live" if wanted.name else "Live picture"))
        self.say(wanted.why, bad=bool(wanted.why))
        if wanted.person:
            self.say("The first picture is on its way…")
            self._watch(wanted)

    def _leave(self) -> None:
        self.workers.cancel_group(self, "glance")
        if self._looking.person:
            self.ecm.look_away(self._looking.appointment, self._looking.person)
        self._looking = NOTHING

    @work(group="glance", exclusive=True, exit_on_error=False)
    async def _watch(self, wanted: Sight) -> None:
        """Picture after picture. Each is asked for when the one before is painted, so that a slow line skips some."""
        picture, number = self.query_one(SmallPicture), 0
        asked = {"appointment": wanted.appointment, "person": wanted.person}
        while True:
            if not self.ecm.drained:
                await asyncio.sleep(0.05)
                continue
            try:
                found = await self.ecm.line.query("glance", **asked, after=number)
                made = await asyncio.to_thread(self._made, str(found.get("jpeg") or ""), picture)
            except (EcmError, ValueError) as error:
                self._clear()
                self.say(error.message if isinstance(error, EcmError) else f"No picture: {error}.", bad=True)
                await asyncio.sleep(AGAIN)
                continue
            number = int(found.get("number") or 0)
            self.say("")
            await self._paint(picture, made)

    def _made(self, jpeg: str, picture: SmallPicture) -> Frame | Graphic | Sixels:
        terminal = self.ecm.terminal
        try:
            data = base64.b64decode(jpeg, validate=True)
        except binascii.Error as error:
            raise ValueError("what came is none") from error
        if terminal.pictures == "kitty":
            return kitty.graphic(data, picture.room, NEAR_CELLS, terminal.far)
        most, cell = FAR_CELLS if terminal.far else NEAR_CELLS, self.ecm.cell
        if terminal.pictures == "sixel" and cell and not self._costly:
            drawn = sixel.sixels(data, picture.room, most, cell, terminal.far)
            self._costly = terminal.far and drawn.costly
            if not self._costly:
                return drawn
        letters, light = terminal.colours != "many" or terminal.signs == "ascii", terminal.theme == "light"
        return halfcells.frame(data, picture.room, most, picture.frame, letters, light)

    async def _paint(self, picture: SmallPicture, made: Frame | Graphic | Sixels) -> None:
        """All of it at once, or over SSH as slowly as leaves room for keys."""
        if isinstance(made, Graphic):
            await self._send(picture, made)
            return
        if isinstance(made, Sixels):
            await self._draw(picture, made)
            return
        if self._drawn:
            self._clear()
        shape = len(made.lines), made.lines[0].cell_length
        anew = picture.frame is None or shape != (len(picture.frame.lines), picture.frame.lines[0].cell_length)
        if anew:
            picture.clear()
        cleared = picture.cleared
        for y, (line, cost) in enumerate(zip(made.lines, made.costs, strict=True)):
            if cost or anew:
                picture.put(y, line)
                await self._pay(cost)
        if picture.cleared == cleared:
            picture.frame = made

    async def _send(self, picture: SmallPicture, made: Graphic) -> None:
        cleared, self._sent = picture.cleared, self._sent + 1
        at = picture.content_region.offset
        *pieces, place = kitty.sequences(made, (at.x, at.y), self._sent)
        try:
            for piece in pieces:
                self.ecm.to_terminal(piece)
                await self._pay(len(piece))
        except asyncio.CancelledError:
            self.ecm.to_terminal(kitty.CUT_SHORT)
            raise
        if picture.cleared == cleared:  # else it would stand where it has no place any more
            self.ecm.to_terminal(place)

    async def _draw(self, picture: SmallPicture, made: Sixels) -> None:
        """Over cells that are empty as far as we know, each strip over what the picture before has there."""
        over = Region(*picture.content_region.offset, made.columns, made.lines)
        if self._drawn not in (None, over):
            self._clear()  # is painted after this; the next one finds room
            return
        cleared, self._drawn = picture.cleared, over
        for y, strip in enumerate(made.strips, over.y):
            self.ecm.to_terminal(sixel.placed(strip, (over.x, y)))
            await self._pay(len(strip))
            if picture.cleared != cleared:  # else it would stand where it has no place any more
                return

    async def _pay(self, cost: int) -> None:
        """Wait as long as so many bytes may take of a slow line."""
        if self.ecm.terminal.far:
            await asyncio.sleep(cost / FAR_PACE)

    def _clear(self) -> None:
        self.query_one(SmallPicture).clear()
        self._take_away()

    def _take_away(self) -> None:
        """A picture that the terminal draws itself goes by no painting."""
        if self._sent:
            self.ecm.to_terminal(kitty.gone())
        if self._drawn:
            self.ecm.paint_again(self._drawn)
            self._drawn = None
