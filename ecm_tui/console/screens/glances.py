"""Small live pictures of the selected person, from the Session screen (U3)."""

from __future__ import annotations

from ecm_tui.console import words
from ecm_tui.console.dialogs.glance import GlanceDialog
from ecm_tui.console.screens.stills import StillActs
from ecm_tui.console.text import short
from ecm_tui.console.widgets.rows import RowList


class GlanceActs(StillActs):
    """What the Session screen does about live pictures."""

    @property
    def people(self) -> RowList:
        """The people list."""
        raise NotImplementedError

    def action_picture(self) -> None:
        session = self.ecm.desk.session
        person = session.appointment.people.get(self.people.drawn_id) if session else None
        if self.ecm.private:
            self.say(words.PICTURE_HIDDEN, bad=True)
        elif person is None:
            self.say(words.NOBODY_SELECTED)
        elif person.state != "admitted":
            self.say(f"{short(person.name)} is not in the call: only who was admitted can be seen.", bad=True)
        else:
            self.app.push_screen(GlanceDialog(lambda: self.people.selected_id, self._move_in_call))

    def _move_in_call(self, step: int) -> None:
        """Select the next one in the call; the first when nobody of them is selected."""
        session, people = self.ecm.desk.session, self.people
        everyone = session.appointment.people if session else {}
        here = [one for one in people.ids() if one in everyone and everyone[one].state == "admitted"]
        if people.selected_id in here:
            people.select(here[max(0, min(len(here) - 1, here.index(people.selected_id) + step))])
        elif here:
            people.select(here[0])
