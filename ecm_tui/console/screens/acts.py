"""What is done with people and with the call: each act asks the service and says its answer. Nothing changes here."""

from __future__ import annotations

from typing import ClassVar

from textual import work

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.deeds import Deed, deed
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.details import Details
from ecm_tui.console.dialogs.invite import InviteForm
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.messages import HangUpRequested, LinkRequested, WindowRequested
from ecm_tui.console.model import Session
from ecm_tui.console.options import offered
from ecm_tui.console.screens.glances import GlanceActs
from ecm_tui.console.text import say, short
from ecm_tui.core import commands as c
from ecm_tui.core.people import Person, waiting

Leaving = str
"""`exit` (the call goes on), `leave` (it ends for everyone), or "" (stay)."""


class Acts(GlanceActs):
    """The acts of the Session screen."""

    PLACE: ClassVar[keys.Place] = "session"
    ABOUT: ClassVar[str] = (
        "The session lists its people: who waits, who is in the call, who is invited. Select a waiting person and "
        "press a to admit, or x to disconnect; Enter or . shows what else can be done. JOIN SESSION starts the call."
    )

    async def note_settled(self) -> bool:
        """Asks what becomes of a note that was not sent (S44). False: stay here."""
        raise NotImplementedError

    @property
    def selected(self) -> Person | None:
        """The person whom keys mean."""
        raise NotImplementedError

    @property
    def session(self) -> Session:
        """The open session; the screen exists only while one is open."""
        session = self.ecm.desk.session
        if session is None:
            raise RuntimeError("no session is open")
        return session

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The red control exists for waiting people only (S9): for others its key is not bound."""
        if not super().check_action(action, parameters):
            return False
        if action == "disconnect":
            person = self.selected
            return person is not None and person.state == "waiting"
        if action == "join":
            return self.ecm.desk.session is not None and not self.session.appointment.running
        return True

    # One person ------------------------------------------------------------------------------------------------------

    async def action_admit(self) -> None:
        person = self._meant()
        if person is not None and person.state == "invited":
            self.say(f"{short(person.name)} has not come yet.", bad=True)
        elif person is not None:
            await self._carry_out(deed("admit", person))

    async def action_disconnect(self) -> None:
        if person := self._meant():
            await self._carry_out(deed("disconnect", person))

    def _meant(self) -> Person | None:
        """The selected person, unless their row changed too lately, or was out of view, for the key to mean it."""
        person = self.selected
        if person is None:
            self.say(words.NOBODY_SELECTED)
            return None
        if not self.row_settled(person.id):
            self.say(words.CHANGED, bad=True)
            return None
        return person

    def row_settled(self, person_id: str) -> bool:
        """Whether the row of this person, the selected one, was in view and kept still for long enough."""
        raise NotImplementedError

    @work(group="dialog", exit_on_error=False)
    async def person_options(self) -> None:
        """The options menu of the selected person."""
        person = self.selected
        if person is None:
            return
        title = f"{short(person.name, 30)} · {person.word}"
        items = offered(self.session, person, self.ecm.desk)
        chosen = await self.app.push_screen_wait(Menu(title, items, self._note(person)))
        if chosen:
            await self._do(chosen, person.id)

    @work(group="dialog", exit_on_error=False)
    async def do_with(self, act: str, person_id: str) -> None:
        """Do an item of this person's options menu, as it stands now."""
        person = self.session.appointment.people.get(person_id)
        items = offered(self.session, person, self.ecm.desk) if person else []
        item = next((item for item in items if item.id == act), None)
        if item is None or item.why_not:
            self.say(item.why_not if item else words.CHANGED, bad=True)
        else:
            await self._do(act, person_id)

    def _note(self, person: Person) -> str:
        """What to know before something is chosen for this person."""
        people = self.session.appointment.people
        alike = [short(people[other].name) for other in self.ecm.desk.alike().get(person.id, ()) if other in people]
        looks = f"Looks like {', '.join(alike[:3])}: make sure who it is." if alike else ""
        return looks or (words.deliveries(person) if person.state == "invited" else "")

    async def _do(self, chosen: str, person_id: str) -> None:
        """What an item of the options menu does, to the person for whom the menu was opened."""
        person = self.session.appointment.people.get(person_id)
        if person is None:
            return
        match chosen:
            case "details":
                await self.app.push_screen_wait(Details(person_id))
            case "link":
                self.post_message(LinkRequested(self.session.id, person_id))
            case "screenshot" | "cancel_screenshot" | "stills":
                await self.still(chosen, person_id)
            case _:
                await self._carry_out(deed(chosen, person))

    async def _carry_out(self, wanted: Deed) -> None:
        stream = self.session.id
        if wanted.question:
            question = say(wanted.question.replace("$name", "[b]$name[/]"), name=wanted.name)
            answers = (("yes", wanted.title, "error"), ("cancel", "Cancel", "default"))
            if await self.app.push_screen_wait(Ask(wanted.title, question, answers)) != "yes":
                return
        self.ecm.act(stream, wanted.command, wanted.person if wanted.word else "", wanted.word, wanted.said)

    # Everyone, and the call ------------------------------------------------------------------------------------------

    @work(group="dialog", exit_on_error=False)
    async def action_admit_all(self) -> None:
        able = [p for p in waiting(self.session.appointment.people.values()) if p.connected]
        if not able:
            self.say("Nobody is waiting.")
            return
        names = words.named([p.name for p in able])
        going = min(len(able), self.ecm.desk.clinic.places - self.session.appointment.admitted)
        if going <= 0:
            self.say(words.going_in(going, len(able)), bad=True)
            return
        question = say("[b]$names[/]\n$going", names=names, going=words.going_in(going, len(able)))
        label = f"Admit all {going}" if 1 < going == len(able) else f"Admit {words.people(going)}"
        answers = (("admit", label, "success"), ("cancel", "Cancel", "default"))
        if await self.app.push_screen_wait(Ask("Admit all", question, answers)) == "admit":
            self.ecm.act(self.session.id, c.AdmitAll(person_ids=tuple(p.id for p in able)), said=f"Admitting {names}.")

    def action_join(self) -> None:
        self.ecm.act(self.session.id, c.StartCall(), said="The call runs. F8 opens your video window.")

    @work(group="dialog", exit_on_error=False)
    async def action_invite(self) -> None:
        stream = self.session.id
        form = InviteForm(lambda command: self.ecm.line.send(stream, command), self._known_people)
        made = await self.app.push_screen_wait(form)
        if made and len(made) == 1:
            self.post_message(LinkRequested(stream, made[0], form.notice))
        elif made:
            self.say(f"{len(made)} people are invited. y copies the link of the selected one.")

    def _known_people(self) -> list[Person]:
        return list(self.ecm.desk.session.appointment.people.values()) if self.ecm.desk.session else []

    def action_link(self) -> None:
        if person := self.selected:
            self.post_message(LinkRequested(self.session.id, person.id))

    def action_window(self) -> None:
        self.post_message(WindowRequested(self.session.id))

    def action_layout(self) -> None:
        speaker = self.ecm.desk.me.layout == "tiles"
        command = c.ChooseView(layout="speaker" if speaker else "tiles")
        self.ecm.act(self.session.id, command, said=words.layout(speaker))

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_hang_up(self) -> None:
        leaving = await self.ask_leaving()
        if leaving and await self.note_settled():
            self.post_message(HangUpRequested(end=leaving == "leave"))

    async def ask_leaving(self) -> Leaving:
        """How to leave a running call (E7); a call that does not run, or that one may not end, is just left."""
        if not self.session.appointment.running or not allowed("end", self.ecm.desk.role):
            return "exit"
        question = say(
            "$stays\nExit without ending: they stay, and you can come back.\nLeave session: it ends for everyone.",
            stays=words.staying(self.session.appointment.admitted),
        )
        answers = (
            ("exit", "Exit without ending", "default"),
            ("leave", "Leave session", "error"),
            ("cancel", "Stay", "default"),
        )
        return await self.app.push_screen_wait(Ask("Hang up", question, answers)) or ""

    def _called(self, person_id: str) -> str:
        found = self.session.appointment.people.get(person_id)
        return short(found.name, 30) if found else ""
