"""The chat on the Session screen: writing to everyone, and what can be done with a line (S39, S47, S48)."""

from __future__ import annotations

from dataclasses import replace

from textual import on, work
from textual.widgets import TextArea

from ecm_tui.console import keys, pictures, words
from ecm_tui.console.allowed import allowed, shown_items
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.dialogs.reading import Reading
from ecm_tui.console.item import Item
from ecm_tui.console.keeping import Keeper
from ecm_tui.console.links import links, target
from ecm_tui.console.options import silencing
from ecm_tui.console.screens.attaching import Attaching
from ecm_tui.console.text import plain, say, short
from ecm_tui.console.timeline import sentence
from ecm_tui.console.transcript import Entry
from ecm_tui.console.widgets.chat import Chat, MessageField
from ecm_tui.console.widgets.chatlines import Frame, author_of, text_of
from ecm_tui.console.widgets.chatlog import ChatLog
from ecm_tui.console.widgets.writing import Writing
from ecm_tui.core import commands as c
from ecm_tui.core.people import Person
from ecm_tui.core.text import clipboard_safe
from ecm_tui.errors import EcmError, RefusedError

SENDING, UNSURE = "sending…", "no answer: Enter asks again"
"""What stands beside the field. The same message asked for again is the same message, and is never said twice."""


class ChatActs(Attaching):
    """What the Session screen does in its chat."""

    _message: Keeper | None = None
    """The draft of the message; None while no session is read, and for those who cannot write."""
    _message_state = ""
    """What became of what was sent; empty when there is nothing to tell."""
    _acts_shown = True

    @property
    def chat(self) -> Chat:
        """The chat, wherever it stands."""
        return self.query_one(Chat)

    @property
    def chat_shown(self) -> bool:
        """Whether the chat is on this screen now."""
        raise NotImplementedError

    # Painting --------------------------------------------------------------------------------------------------------

    def paint_chat(self) -> None:
        """The log and the words above the field; what is seen to its end counts as read."""
        desk = self.ecm.desk
        session = desk.session
        if session is None or not session.ready:
            return
        self._open_message_draft()
        frame = Frame(desk.clinic.zone, desk.account[0], session.appointment.people, self._acts_shown)
        self.chat.field.veiled = self.ecm.private
        self.chat.show(session, frame, writes=allowed("say", desk.role))
        if self.chat_shown and self.chat.seen_to_end and self.app.screen is self and self.app.app_focus:
            desk.read_chat()
        self.chat.show_words(self._message_state, desk.unread, keys.key_of("list.last", self.ecm.keymap))

    def _open_message_draft(self) -> None:
        session = self.ecm.desk.session
        if self._message is not None or session is None or not allowed("say", self.ecm.desk.role):
            return
        self._message = self.ecm.keeper("chat", session.id)
        if self._message.now.text:
            self.chat.field.load_text(self._message.now.text)
            self._message_state = UNSURE if self._message.now.sent == self._message.now.text else ""

    def close_message_draft(self) -> None:
        """The screen goes: what was typed is on the disk."""
        if self._message is not None:
            self._message.close()

    def show_acts(self) -> None:
        """Show what happened between the lines, or hide it."""
        self._acts_shown = not self._acts_shown
        self.say("What happened is shown between the lines." if self._acts_shown else "Only what was written is shown.")
        self.paint_chat()

    @on(ChatLog.Moved)
    def chat_moved(self, event: ChatLog.Moved) -> None:
        """What is on the screen now may be read, and other keys may be useful."""
        event.stop()
        self.ecm.changed()

    # Writing ---------------------------------------------------------------------------------------------------------

    @on(TextArea.Changed, "#message")
    def message_typed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._message is not None:
            self._message.write(event.text_area.text)
            if self._message_state == UNSURE and self._message.now.text != self._message.now.sent:
                self._message_state = ""
                self.paint_chat()

    @on(Writing.PasteRefused)
    def paste_refused(self, event: Writing.PasteRefused) -> None:
        event.stop()
        self.say(event.sentence, bad=True)

    @on(MessageField.Submitted)
    def message_submitted(self, event: MessageField.Submitted) -> None:
        event.stop()
        session = self.ecm.desk.session
        if session is None or self._message is None or not event.text.strip():
            return
        if self._message_state == SENDING:
            self.say("The message before this one is still being sent.")
            return
        self._message_state = SENDING
        self._send_message(session.id, event.text, self._message)

    @work(group="say", exit_on_error=False)
    async def _send_message(self, stream: str, text: str, message: Keeper) -> None:
        """Say it under an id that is on the disk before it is sent, so that whatever dies, it is said once."""
        same = message.now.sent == text
        message.put(replace(message.now if same else self.ecm.drafts.fresh(), text=text, sent=text))
        self.paint_chat()
        await message.flush()
        try:
            await self.ecm.line.send(stream, c.Say(text=text), message.now.id)
        except EcmError as error:
            refused = isinstance(error, RefusedError)
            self._message_state = "not sent" if refused else UNSURE
            if refused:  # the answer stands for this id for good
                message.put(replace(self.ecm.drafts.fresh(), text=self.chat.field.text))
            self.ecm.say(f"Not sent: {error.message}", bad=True)
        else:
            self._message_state = ""
            self._sent_message(text, message)
        self.paint_chat()

    def _sent_message(self, text: str, message: Keeper) -> None:
        """Take out of the field what everyone has; what was typed meanwhile stays."""
        field = self.chat.field
        message.put(replace(self.ecm.drafts.fresh(), text=field.text.removeprefix(text)))
        field.load_text(message.now.text)

    # One line --------------------------------------------------------------------------------------------------------

    def selected_entry(self) -> Entry | None:
        """The entry of the log that keys mean; None when the log has no focus."""
        session, chosen = self.ecm.desk.session, self.chat.log_view.drawn_id
        entries = session.transcript.entries if session and chosen else []
        return next((entry for entry in reversed(entries) if str(entry.seq) == chosen), None)

    @on(ChatLog.OptionsRequested)
    def line_clicked(self, event: ChatLog.OptionsRequested) -> None:
        event.stop()
        self.line_options()

    @work(group="dialog", exit_on_error=False)
    async def line_options(self) -> None:
        """The options menu of the chat (S39)."""
        entry = self.selected_entry()
        items = shown_items(self._items(entry), self.ecm.desk.role)
        title = short(self._written(entry).partition("\n")[0], 46) if entry else "Chat"
        chosen = await self.app.push_screen_wait(Menu(title or "Chat", items))
        if chosen == "note":
            await self.run_action("screen.note")
        elif chosen == "attach":
            self.action_attach()
        elif chosen and entry is not None:
            await self._do_with_line(chosen, entry)

    def _items(self, entry: Entry | None) -> list[Item]:
        note = Item("note", "Private note", keys.key_of("note.open", self.ecm.keymap))
        attach = Item("attach", "Add attachment", keys.key_of("chat.attach", self.ecm.keymap))
        return [*self._of_line(entry), note, attach]

    def _of_line(self, entry: Entry | None) -> list[Item]:
        if entry is None:
            return []
        line = entry.line
        items = [Item("copy", "Copy text")]
        if line is None:
            return items
        if line.file is not None:
            items.insert(0, self._download_item())
        items.append(Item("read", "Show the whole message"))
        items += [Item(f"link:{link}", f"Open link to {target(link)}") for link in links(line.text)]
        person = self._author(entry)
        if person is not None:
            items.append(silencing(person.silenced))
        return items

    def _download_item(self) -> Item:
        return Item("download", "Download", why_not=self.why_not_saved())

    async def _do_with_line(self, chosen: str, entry: Entry) -> None:
        what, _, rest = chosen.partition(":")
        match what:
            case "copy":
                self.app.copy_to_clipboard(clipboard_safe(self._written(entry)))
                self.say("Copied to the clipboard of your terminal.")
            case "read":
                await self.app.push_screen_wait(Reading(self._by(entry), self._written(entry)))
            case "download":
                if (session := self.ecm.desk.session) and entry.line and entry.line.file:
                    await self.download(session.id, entry.line.file)
            case "link":
                await self._open_link(rest)
            case "silence" | "unsilence":
                if person := self._author(entry):
                    self.silence(person.id, what == "silence")

    def silence(self, person_id: str, on: bool) -> None:
        """Close the chat for this person, or open it again; they still read it."""
        if session := self.ecm.desk.session:
            self.ecm.act(session.id, c.Silence(person_id=person_id, on=on))

    async def _open_link(self, link: str) -> None:
        """Only now, and only after the person has read where it leads."""
        command = pictures.viewer()
        question = say(
            "The link leads to [b]$host[/]:\n$link\nOpen it only when you know this address.",
            host=target(link),
            link=plain(link, 600),
        )
        answers = [("copy", "Copy it", "default"), ("cancel", "Cancel", "default")]
        if command:
            answers.insert(0, ("open", "Open in a browser", "error"))
        chosen = await self.app.push_screen_wait(Ask("Open the link?", question, answers))
        if chosen == "copy":
            self.app.copy_to_clipboard(clipboard_safe(link))
            self.say("Copied to the clipboard of your terminal.")
        elif chosen == "open":
            try:
                await pictures.show(command, link)
            except OSError as error:
                self.say(f"The link could not be opened: {error.strerror or error}.", bad=True)

    def _author(self, entry: Entry) -> Person | None:
        """The participant who wrote the line."""
        session, line = self.ecm.desk.session, entry.line
        if session is None or line is None or line.by.role != "participant":
            return None
        return session.appointment.people.get(line.by.id)

    def _written(self, entry: Entry) -> str:
        session = self.ecm.desk.session
        people = session.appointment.people if session else {}
        return text_of(entry.line) if entry.line else sentence(entry.record, people)

    def _by(self, entry: Entry) -> str:
        session = self.ecm.desk.session
        people = session.appointment.people if session else {}
        at = words.clock(entry.at, self.ecm.desk.clinic.zone)
        return f"{author_of(entry.line, people, self.ecm.desk.is_own(entry.line))}, {at}" if entry.line else at
