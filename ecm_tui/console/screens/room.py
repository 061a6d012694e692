"""What both screens share: the bars around them, the notice, and painting only what the desk changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.sparing import Narrow
from ecm_tui.console.text import content, say
from ecm_tui.console.widgets.bars import KeyLine, NoticeBox, TopBar, WordsLine

if TYPE_CHECKING:
    from ecm_tui.console.app import EcmApp


class Room(Screen[None]):
    """A screen of the console. Subclasses give a body and paint it."""

    PLACE: ClassVar[keys.Place] = "schedule"
    ABOUT: ClassVar[str] = ""
    """What help says of this screen."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Narrow()

    @property
    def ecm(self) -> EcmApp:
        """The app, with its type."""
        return cast("EcmApp", self.app)

    @property
    def unsent_note(self) -> bool:
        """Whether a private note was begun here and not saved."""
        return False

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield from self.body()
        yield WordsLine(dom_id="words")
        yield KeyLine()
        yield NoticeBox()

    def body(self) -> Iterable[Widget]:
        """The widgets between the bars."""
        raise NotImplementedError

    def title_content(self) -> Content:
        """What the top bar says at the left."""
        raise NotImplementedError

    def paint(self) -> None:
        """Show what the desk knows now."""
        raise NotImplementedError

    def useful(self) -> Sequence[str]:
        """Ids of the actions that are useful now, most useful first."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the role may not do has no key here."""
        return allowed(action, self.ecm.desk.role)

    def action_back(self) -> None:
        """What Esc does here."""

    def on_screen_resume(self) -> None:
        self.ecm.paint()

    def on_descendant_focus(self) -> None:
        """Elsewhere other keys are useful."""
        self.paint_keys()

    def on_resize(self) -> None:
        self.call_after_refresh(self.ecm.paint)

    def paint_bars(self) -> None:
        """The lines above and below, and the notice."""
        self.query_one(TopBar).show_sides(self.title_content(), self._state_content())
        self.paint_keys()
        self.ecm.paint_corner(self)

    def paint_keys(self) -> None:
        """The footer, after the selection or the focus moved."""
        useful = [keys.BY_ID[action_id] for action_id in self.useful()]
        named = [action for action in useful if allowed(keys.name_of(action), self.ecm.desk.role)]
        shown = [(a.id, keys.key_of(a.id, self.ecm.keymap), a.label) for a in named]
        self.query_one(KeyLine).show_keys(shown)

    def say(self, sentence: str, bad: bool = False) -> None:
        """A sentence in the line above the keys; the next one replaces it."""
        line = self.query_one_optional("#words", WordsLine)
        if line is None:  # the screen goes: a draft that the disk does not take is told to nobody then
            return
        line.set_class(bad, "-bad")
        line.set_class(not bad, "-good")
        line.show(content(self.ecm.seen(sentence)))

    @on(KeyLine.Clicked)
    async def key_clicked(self, event: KeyLine.Clicked) -> None:
        event.stop()
        await self.run_action(keys.BY_ID[event.action_id].run)

    def _state_content(self) -> Content:
        desk = self.ecm.desk
        parts: list[Content] = []
        word, message = desk.line
        if word != "connected":
            sentence = words.LINE.get(word, word) if not message or word == "connecting" else words.LINE[word]
            parts += [say("[$warning]◌ $line[/]  ", line=sentence)]
        if self.ecm.private:
            parts.append(say("[$warning]names hidden[/]  "))
        if desk.role != "organiser":
            parts.append(say("[$warning]$role[/]  ", role="read only" if desk.read_only else desk.role))
        elif desk.session is not None and desk.session.ready:
            parts += [
                _switch("F9 mic", desk.me.microphone),
                _switch("F5 camera", desk.me.camera),
            ]
        parts.append(say("[$quiet]$time[/]", time=words.clock(self.ecm.now(), desk.clinic.zone)))
        return Content.assemble(*parts)


def _switch(name: str, on: bool) -> Content:
    if on:
        return say("[$quiet]$name[/] [$success]on[/]  ", name=name)
    return say("[$quiet]$name[/] [$error b]off[/]  ", name=name)
