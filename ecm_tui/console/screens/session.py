"""The Session: Session Information with its two views, PEOPLE and CHAT, and the acts on people (S1-S16a, E4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import allowed, shown_rows
from ecm_tui.console.screens.acts import Acts
from ecm_tui.console.screens.chat import ChatActs
from ecm_tui.console.screens.owneditor import OwnEditor
from ecm_tui.console.terminal import CRAMPED
from ecm_tui.console.text import say
from ecm_tui.console.widgets import people
from ecm_tui.console.widgets.bars import Bar
from ecm_tui.console.widgets.chat import Chat
from ecm_tui.console.widgets.field import Field, SearchField
from ecm_tui.console.widgets.note import NotePane
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.console.widgets.session import Found, Views, facts, headline
from ecm_tui.core.people import Person

View = Literal["people", "chat"]

WIDE = 120
"""Columns from which on both views stand side by side."""


class SessionScreen(OwnEditor, ChatActs, Acts):
    """One appointment's session; another appointment gets another screen."""

    CSS_PATH = "session.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - Textual declares it per instance
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-tall")]  # noqa: RUF012 - Textual declares it per instance
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("session")

    def __init__(self) -> None:
        super().__init__()
        self.view: View = "people"
        self._greeted = False
        """Whether the screen has put the focus where it belongs after the session was read."""
        self._was_running = False

    def body(self) -> Iterable[Widget]:
        yield Views(dom_id="views")
        yield Bar(dom_id="facts")
        yield Bar(dom_id="headline")
        with Horizontal(id="join"):
            yield Button(Content("JOIN SESSION"), id="join-button")
            yield Static(Content(""), id="join-words")
        with Horizontal(id="panes"):
            with Vertical(id="people-pane"):
                with Horizontal(id="finder"):
                    yield SearchField(placeholder="Search people  /", dom_id="search")
                    yield Found("i", "+ add  i", dom_id="add")
                    yield Bar(dom_id="found")
                yield RowList(self.ecm.timer, dom_id="people")
            yield Chat(dom_id="chat-pane")
        yield NotePane(self.ecm.timer, dom_id="note-pane")

    def on_mount(self) -> None:
        self.add_class("-wide" if self.app.size.width >= WIDE else "-narrow")

    def on_unmount(self) -> None:
        self.close_message_draft()
        self.close_note_draft()

    @property
    def people(self) -> RowList:
        """The people list."""
        return self.query_one("#people", RowList)

    @property
    def chat_shown(self) -> bool:
        return self.view == "chat" or self.has_class("-wide")

    def row_settled(self, person_id: str) -> bool:
        return self.people.reveal() and self.people.settled(person_id)

    @property
    def selected(self) -> Person | None:
        """The person whom keys mean: selected, and drawn."""
        session = self.ecm.desk.session
        if session is None or not self.query_one("#people-pane").display or self.chat.has_focus_within or self.noting:
            return None
        return session.appointment.people.get(self.people.drawn_id)

    # Painting --------------------------------------------------------------------------------------------------------

    def title_content(self) -> Content:
        desk = self.ecm.desk
        return say("[b]$clinic[/]  [$quiet]Session Information[/]", clinic=desk.clinic.name or "eClinic Manager")

    def paint(self) -> None:
        session, now = self.ecm.desk.session, self.ecm.now()
        if session is None:
            return
        appointment, zone = session.appointment, self.ecm.desk.clinic.zone
        self.chat.display = self.chat_shown
        self.query_one("#people-pane").display = self.view == "people" or self.has_class("-wide")
        self.paint_chat()
        self.paint_note()
        self.query_one(Views).show_views(self.view, self.ecm.desk.unread)
        self.query_one("#facts", Bar).show(facts(appointment, zone, now))
        self.query_one("#headline", Bar).show(headline(session, now))
        before = session.ready and not appointment.running
        if before != self.has_class("-before"):
            self.set_class(before, "-before")
        if before:
            self.query_one("#join-words", Static).update(self._join_words(), layout=False)
            self.query_one("#join-button").display = allowed("join", self.ecm.desk.role)
        self.query_one("#add").display = allowed("invite", self.ecm.desk.role)
        self.paint_people()
        self._greet()
        self.tell_stills()
        self.paint_bars()

    def paint_people(self) -> None:
        """The people list and what the search found."""
        session = self.ecm.desk.session
        if session is None or not session.ready:
            return
        query = self.query_one("#search", Field).value
        desk, width = self.ecm.desk, self.people.size.width
        alike, keymap = desk.alike(), self.ecm.keymap
        made = people.rows(session.appointment, query, desk.asked, self.ecm.now(), width, desk.lines, alike, keymap)
        self.people.show(shown_rows(made, desk.role))
        found = sum(bool(row.id) for row in made)
        counted = f"{found} of {len(session.appointment.people)} people" if query else ""
        self.query_one("#found", Bar).show(Content(counted))

    def _join_words(self) -> Content:
        if not allowed("join", self.ecm.desk.role):
            return say("$words", words=words.only_look(self.ecm.desk))
        me, keymap = self.ecm.desk.me, self.ecm.keymap
        spoken = f"{'on' if me.microphone else 'off'} ({keys.key_of('own.microphone', keymap)})"
        seen = f"{'on' if me.camera else 'off'} ({keys.key_of('own.camera', keymap)})"
        if self.size.width < CRAMPED:
            return say("Microphone $spoken, camera $seen.\nJoining admits nobody.", spoken=spoken, seen=seen)
        return say(
            "Your microphone is $spoken, your camera is $seen.\n"
            "Joining admits nobody: each person who waits is admitted by you.",
            spoken=spoken,
            seen=seen,
        )

    def _greet(self) -> None:
        """Before the call the focus is on JOIN SESSION, and in a running call on the list's first row (E4)."""
        session = self.ecm.desk.session
        if session is None or not session.ready:
            return
        running = session.appointment.running
        if not self._greeted:
            self._greeted = True
            joins = not running and allowed("join", self.ecm.desk.role)
            (self.query_one("#join-button") if joins else self.people).focus()
        elif running and not self._was_running and self.focused is self.query_one("#join-button"):
            self.people.focus()
        self._was_running = running

    def useful(self) -> Sequence[str]:
        session, person = self.ecm.desk.session, self.selected
        wants = self.ecm.desk.notice()
        useful = ["notice.admit"] if wants and wants.running else []
        if session is not None and session.ready and not session.appointment.running:
            useful.append("session.join")
        if person is not None and person.state == "waiting":
            useful += ["people.admit", "people.disconnect"]
        if person is not None or self.chat.log_view.has_focus:
            useful.append("people.options")
        if self.noting:
            useful += ["note.send", "note.stamp"]
        useful += ["people.invite", "session.window"]
        if session is not None and session.appointment.running:
            useful.append("session.hang_up")
        other = "view.chat" if self.view == "people" else "view.people"
        return [*useful, other, "go.schedule", "menu", "note.open", "help"]

    # Views and search ------------------------------------------------------------------------------------------------

    def action_people(self) -> None:
        self._show_view("people")
        self.people.focus()

    def go_to(self, person_id: str) -> None:
        """Select this person in the whole list."""
        self.query_one("#search", Field).value = ""
        self.action_people()
        self.paint_people()
        self.people.select(person_id)

    def action_chat(self) -> None:
        """The view, with the focus where a message is typed while the call runs, and in the log otherwise."""
        self._show_view("chat")
        session = self.ecm.desk.session
        writes = allowed("say", self.ecm.desk.role) and session is not None and session.appointment.running
        (self.chat.field if writes else self.chat.log_view).focus()

    def action_acts(self) -> None:
        self.show_acts()

    def action_options(self) -> None:
        """What can be done with the line that the log stands on, or with the selected person."""
        if self.chat.log_view.has_focus:
            self.line_options()
        elif self.note_pane.saved.has_focus:
            self.note_options()
        else:
            self.person_options()

    def _show_view(self, view: View) -> None:
        self.view = view
        self.paint()
        self.call_after_refresh(self.paint)

    @on(Views.Clicked)
    def view_clicked(self, event: Views.Clicked) -> None:
        event.stop()
        self.action_people() if event.view == "people" else self.action_chat()

    @on(Found.Clicked, "#add")
    def add_clicked(self, event: Found.Clicked) -> None:
        event.stop()
        self.action_invite()

    def action_search(self) -> None:
        if self.view != "people":
            self._show_view("people")
        self.query_one("#search").focus()

    @on(Input.Changed, "#search")
    def searched(self, event: Input.Changed) -> None:
        event.stop()
        self.paint_people()
        self.paint_keys()

    @on(Input.Submitted, "#search")
    def search_done(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.people.drawn_id:
            self.people.action_first()
        self.people.reveal()
        self.people.focus()

    def action_back(self) -> None:
        """Esc gives up a file that is under way, or restores the list that a search narrowed."""
        search = self.query_one("#search", Field)
        if self.noting:
            self.close_note()
            (self.chat.log_view if self.view == "chat" else self.people).focus()
        elif self.chat_shown and not search.has_focus and self.cancel_file():
            return
        elif self.chat.typing:
            self.chat.log_view.focus()
        elif search.value or search.has_focus:
            search.value = ""
            self.people.focus()
            self.paint()
            self.people.reveal()

    # Rows ------------------------------------------------------------------------------------------------------------

    @on(RowList.Chosen)
    def row_chosen(self, event: RowList.Chosen) -> None:
        event.stop()
        self.paint_keys()

    @on(RowList.Acted, "#people")
    async def row_acted(self, event: RowList.Acted) -> None:
        event.stop()
        if not event.settled and event.act != "open":
            self.say(words.CHANGED, bad=True)
            return
        await self.run_action("screen.options" if event.act == "open" else f"screen.{event.act}")

    @on(Button.Pressed, "#join-button")
    def join_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_join()
