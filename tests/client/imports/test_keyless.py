"""E10: lines without a key are found again by patient and time; what cannot be told is asked for, and never guessed."""

from collections.abc import Mapping
from typing import Any

from ecm_tui.client.imports.keyless import settled
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Import
from ecm_tui.core.refused import Refused
from ecm_tui.errors import RefusedError
from ecm_tui.service.outcomes import result
from tests.client.imports.reading import lines
from tests.core.session import Session

DAY = "2026-11-24"


class Clinic:
    """The rules of a service, without one."""

    def __init__(self) -> None:
        self.here: dict[str, Session] = {}

    async def ask(self, command: Import) -> Mapping[str, Any]:
        session = self._session(command)
        decision = session.decide(command)
        if isinstance(decision, Refused):
            raise RefusedError(decision.message, decision.code)
        was, after, before = session.appointment, session.appointment, len(session.log)
        session.do(command)
        records, after = session.log[before:], session.appointment
        del session.log[before:]
        session.appointment = was
        return result(was, after, command, records)

    def _session(self, command: Import) -> Session:
        if command.source in self.here:
            return self.here[command.source]
        session = Session()
        session.appointment, session.log = Appointment(id=command.source), []
        return session

    async def take(self, *rows: str, heading: str = "time,patient,id,email") -> dict[int, str]:
        """Import the table: line -> `new`, `same`, the time that it had, or why it is refused."""
        table = f"date,{heading}\n" + "".join(f"{DAY},{row}\n" for row in rows)
        became = {}
        for line in await settled(lines(table), self.ask):
            if isinstance(line.what, str):
                became[line.number] = line.what
                continue
            answer = await self.ask(line.what)
            session = self.here[line.what.source] = self._session(line.what)
            session.do(line.what)
            became[line.number] = str(answer.get("was_at") or answer["became"])
        return became

    def times(self) -> list[str]:
        return sorted(f"{each.appointment.at:%H:%M}" for each in self.here.values())

    def at(self, time: str) -> Session:
        return next(each for each in self.here.values() if f"{each.appointment.at:%H:%M}" == time)


NINE, TWO, FOUR = "09:00,Ann,7,a@home.test", "14:00,Ann,7,a@home.test", "16:00,Ann,7,a@home.test"


async def test_E10_lines_in_another_order_and_lines_that_are_gone_change_nothing():
    clinic = Clinic()
    assert await clinic.take(NINE, TWO) == {2: "created", 3: "created"}
    assert await clinic.take(TWO, NINE) == {2: "unchanged", 3: "unchanged"}
    assert await clinic.take(TWO) == {2: "unchanged"}, "the other one is not taken for it"
    assert clinic.times() == ["08:00", "13:00"]


async def test_E10_one_more_in_front_is_new_and_moves_nobody():
    clinic = Clinic()
    await clinic.take(TWO)
    assert await clinic.take(NINE, TWO) == {2: "created", 3: "unchanged"}
    assert await clinic.take(NINE, TWO) == {2: "unchanged", 3: "unchanged"}


async def test_E10_the_one_that_is_missing_became_the_one_that_is_new():
    clinic = Clinic()
    await clinic.take(NINE, TWO)
    assert await clinic.take(NINE, FOUR) == {2: "unchanged", 3: "2026-11-24T13:00:00Z"}
    assert clinic.times() == ["08:00", "15:00"]


async def test_E10_where_more_are_missing_or_new_nothing_is_guessed_and_a_key_is_asked_for():
    clinic = Clinic()
    await clinic.take(NINE, TWO)
    found = await clinic.take("10:00,Ann,7", "15:00,Ann,7", "09:00,Bob,8")
    assert found[4] == "created", "another patient's line is not stopped"
    assert found[2] == found[3]
    assert (
        found[2].startswith("Ann has 2 appointments here on that day that the list does not name, and 2 new lines")
        and "column key" in found[2]
    )
    found = await clinic.take("10:00,Ann,7")
    assert found[2].startswith("Ann has 2 appointments here on that day that the list does not name, and 1 new line:")
    assert clinic.times() == ["08:00", "08:00", "13:00"]
    clinic.at("13:00").do(c.EditAppointment(at=clinic.at("13:00").appointment.at.replace(hour=14)))
    assert await clinic.take("10:00,Ann,7", "15:00,Ann,7") == {2: "2026-11-24T08:00:00Z", 3: "unchanged"}, (
        "told by hand"
    )


async def test_E10_a_line_that_stands_there_twice_is_one():
    clinic = Clinic()
    found = await clinic.take(NINE, NINE)
    assert found[2] == "created" and "same appointment as number 2" in found[3]


async def test_E10_what_is_over_is_not_missing_and_what_was_cancelled_here_stays_cancelled():
    clinic = Clinic()
    await clinic.take(NINE)
    clinic.at("08:00").do(c.MarkOutcome(outcome="taken"))
    assert await clinic.take(NINE) == {2: "left"}
    assert await clinic.take(TWO) == {2: "created"}
    clinic.at("13:00").do(c.Cancel())
    assert await clinic.take(FOUR) == {2: "2026-11-24T13:00:00Z"}
    assert clinic.at("13:00").appointment.cancelled and clinic.times() == ["08:00", "13:00"]


async def test_E10_namesakes_without_a_number_are_told_apart_by_their_contact_or_asked_about():
    clinic = Clinic()
    one, other = "09:00,Ann Lee,,a@home.test", "09:00,Ann Lee,,b@home.test"
    assert await clinic.take(one, other) == {2: "created", 3: "created"}
    assert await clinic.take(other, one) == {2: "unchanged", 3: "unchanged"}
    clinic = Clinic()
    await clinic.take(one)
    found = await clinic.take("11:00,Ann Lee,,b@home.test")
    assert "whether they are the same patient cannot be told" in found[2]
    assert await clinic.take(other) == {2: "changed"}, "one at this time: the contact is another"
    assert await clinic.take("11:00,Ann Lee,,b@home.test") == {2: "2026-11-24T08:00:00Z"}


async def test_E10_a_line_that_the_rules_refuse_is_refused_as_itself():
    clinic = Clinic()
    await clinic.take(NINE)
    table = f"date,time,patient,id,minutes\n{DAY},09:00,Ann,7,0\n{DAY},09:00,Bob,8,0\n"
    found = await settled(lines(table), clinic.ask)
    assert [each.what.source for each in found if isinstance(each.what, Import)] == [
        f"csv:{DAY}/7/1",
        f"csv:{DAY}/8/1",
    ]


async def test_lines_with_a_key_of_their_own_are_not_asked_about():
    clinic = Clinic()
    heading = "time,patient,key"
    assert await clinic.take("09:00,Ann,k1", "14:00,Ann,k2", heading=heading) == {2: "created", 3: "created"}
    assert await clinic.take("15:00,Ann,k1", "16:00,Ann,k2", heading=heading) == {
        2: "2026-11-24T08:00:00Z",
        3: "2026-11-24T13:00:00Z",
    }
