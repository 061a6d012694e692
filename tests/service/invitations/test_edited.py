"""What an edit, an import and a cancellation do to those who were invited: real letters, real calendars."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.serve import Options
from ecm_tui.settings import Mail
from tests.service.house import Console, House, service
from tests.service.invitations.builders import SENDER, body_of, event_of
from tests.service.invitations.servers import MailServer, mail_server
from tests.until import until

QUICK = Options(bridge_command=None, patience=Patience(delays=(0.05,), hourly=0.05))
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=30, second=0, microsecond=0)
LATER = TOMORROW + timedelta(hours=3)


def through(mail: MailServer) -> dict[str, Any]:
    return {"mail": Mail(url=mail.url, sender=SENDER)}


def calendar_of(letter: Any) -> tuple[str, Any]:
    read = icalendar.Calendar.from_ical(event_of(letter))
    return str(read["METHOD"]), read.walk("VEVENT")[0]


async def arrived(mail: MailServer, count: int) -> list[Any]:
    await until(lambda: len(mail.letters) >= count, 20)
    return mail.letters


async def person_of(console: Console, appointment: str) -> dict[str, Any]:
    (person,) = (await console.query("people", appointment=appointment))["people"]
    return person


async def scheduled(house: House, mail: MailServer) -> tuple[Console, str, dict[str, Any]]:
    """Ann's appointment tomorrow; her invitation has gone out."""
    console = await house.console()
    visitors = await house.appointment(console, at=TOMORROW.isoformat())
    await arrived(mail, 1)
    await until(lambda: sent(console, visitors.id), 20)
    return console, visitors.id, await person_of(console, visitors.id)


async def sent(console: Console, appointment: str) -> bool:
    people = (await console.query("people", appointment=appointment))["people"]
    return all(each["state"] == "sent" for person in people for each in person["deliveries"])


async def given_up(console: Console, appointment: str) -> bool:
    return all(each["state"] == "failed" for each in (await person_of(console, appointment))["deliveries"])


async def test_a_new_time_is_written_to_the_same_calendar_entry_under_a_later_number(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console, appointment, _ = await scheduled(house, mail)
        await console.do(appointment, "edit_appointment", at=LATER.isoformat(), minutes=30)
        first, second = await arrived(mail, 2)
        (was_method, was), (method, now) = calendar_of(first), calendar_of(second)
    assert (was_method, method) == ("REQUEST", "REQUEST")
    assert (was["UID"], int(was["SEQUENCE"]), int(now["SEQUENCE"])) == (now["UID"], 0, 1)
    assert (was.start, now.start) == (TOMORROW, LATER)
    assert now.end - now.start == timedelta(minutes=30)
    assert first["Message-ID"] != second["Message-ID"]
    assert "takes the place of every earlier invitation" not in body_of(first)
    assert "takes the place of every earlier invitation" in body_of(second)
    assert "takes the place of every earlier invitation" in body_of(second, "html")


async def test_a_corrected_address_gets_the_invitation_and_the_inviter_hears_who_has_the_link(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console, appointment, ann = await scheduled(house, mail)
        guest = {"name": "Ann Lee", "email": "Ann.Lee@HOME.test"}
        done = await console.do(appointment, "edit_person", person_id=ann["id"], guest=guest)
        _, second = await arrived(mail, 2)
        shown = await console.query("appointment", appointment=appointment)
        bad = {"name": "Ann", "email": "nobody"}
        refused = await console.command(appointment, "edit_person", person_id=ann["id"], guest=bad)
    assert [each.rcpt_tos for each in mail.envelopes] == [["ann@home.test"], ["Ann.Lee@home.test"]]
    assert done["result"]["notice"].startswith("The link of Ann Lee was sent to ann@home.test and still opens.")
    assert "Dear Ann Lee" in body_of(second)
    assert (shown["patient"], shown["people"][0]["email"]) == ("Ann Lee", "Ann.Lee@home.test")
    assert refused["code"] == "bad_email"


async def test_a_new_name_or_id_alone_writes_to_nobody(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console, appointment, ann = await scheduled(house, mail)
        same = {"name": "Ann Lee", "email": ann["email"], "mobile": ann["mobile"]}
        await console.do(appointment, "edit_person", person_id=ann["id"], guest=same)
        await console.do(appointment, "edit_appointment", patient_id="P-7")
        assert await sent(console, appointment)
        other = await house.appointment(console, at=TOMORROW.isoformat())
        await until(lambda: sent(console, other.id), 20)
    assert len(mail.letters) == 2, "the other appointment's, which came later, and nothing before it"


async def test_a_cancelled_appointment_that_was_edited_is_taken_back_once_as_it_last_was(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console, appointment, _ = await scheduled(house, mail)
        await console.do(appointment, "edit_appointment", at=LATER.isoformat())
        await arrived(mail, 2)
        await until(lambda: sent(console, appointment), 20)
        await console.do(appointment, "cancel")
        letters = await arrived(mail, 3)
        method, event = calendar_of(letters[2])
        other = await house.appointment(console, at=TOMORROW.isoformat())
        await until(lambda: sent(console, other.id), 20)
    assert (method, event.start, int(event["SEQUENCE"])) == ("CANCEL", LATER, 2)
    assert len(mail.letters) == 4


async def test_an_edit_that_could_not_be_sent_is_taken_back_all_the_same_from_who_had_the_one_before(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console, appointment, _ = await scheduled(house, mail)
        mail.rcpt = "451 busy"
        await console.do(appointment, "edit_appointment", at=LATER.isoformat())
        await console.do(appointment, "cancel")
        await until(lambda: given_up(console, appointment), 20)
        mail.rcpt = "250 ok"
        letters = await arrived(mail, 2)
    assert [calendar_of(each)[0] for each in letters] == ["REQUEST", "CANCEL"]


@pytest.mark.parametrize("edited", [False, True])
async def test_who_was_never_invited_hears_of_no_cancellation(tmp_path: Path, edited: bool):
    """Imported and not sent, or edited again and again while the mail server took nothing."""
    async with mail_server(rcpt="451 busy") as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console = await house.console()
        if edited:
            appointment = (await house.appointment(console, at=TOMORROW.isoformat())).id
            for minutes in (20, 25):
                await console.do(appointment, "edit_appointment", minutes=minutes)
        else:
            ann = {"name": "Ann", "email": "ann@home.test"}
            line = {"source": "uid-1", "at": TOMORROW.isoformat(), "patient": ann}
            appointment = (await console.do("", "import", **line))["result"]["appointment_id"]
        await console.do(appointment, "cancel")
        # A try that was under way just then has ended: from here on nothing of this appointment may be taken.
        await until(lambda: given_up(console, appointment), 20)
        mail.rcpt = "250 ok"
        other = await house.appointment(console, at=TOMORROW.isoformat())
        await until(lambda: sent(console, other.id), 20)
    assert [calendar_of(each)[0] for each in mail.letters] == ["REQUEST"]


async def test_E10_an_imported_patient_is_invited_when_somebody_says_so(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console = await house.console()
        line = {"source": "uid-1", "at": TOMORROW.isoformat(), "patient": {"name": "Ann", "mobile": "079 123 45 67"}}
        done = await console.do("", "import", **line)
        appointment = done["result"]["appointment_id"]
        assert done["result"]["became"] == "created"
        assert (await person_of(console, appointment))["mobile"] == "+41791234567"
        assert (await console.query("appointment", appointment=appointment))["state"] == "imported"
        with_email = {**line, "patient": {"name": "Ann", "email": "ann@home.test"}}
        assert (await console.do("", "import", **with_email))["result"]["became"] == "changed"
        assert mail.letters == []
        await console.do(appointment, "send_invites")
        await arrived(mail, 1)
        assert (await console.query("appointment", appointment=appointment))["state"] == "scheduled"


async def test_E10_a_guest_whom_a_list_takes_out_hears_of_it_once_and_nobody_else_does(tmp_path: Path):
    ann, ida = {"name": "Ann", "email": "ann@home.test"}, {"name": "Ida", "email": "ida@home.test"}
    line = {"source": "uid-1", "at": TOMORROW.isoformat(), "patient": ann, "whole": True}
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail)) as house:
        console = await house.console()
        appointment = (await console.do("", "import", **line, guests=[ida]))["result"]["appointment_id"]
        await console.do(appointment, "send_invites")
        await arrived(mail, 2)
        await until(lambda: sent(console, appointment), 20)
        tried = await console.query("import", command={"type": "import", **line})
        mail.rcpt = "451 busy"
        done = (await console.do("", "import", **line))["result"]
        assert (done["taken_out"], done["told"], tried["taken_out"]) == (["Ida"], ["Ida"], ["Ida"])
        people = (await console.query("people", appointment=appointment))["people"]
        assert {each["name"]: (each["state"], each["taken_out"]) for each in people} == {
            "Ann": ("invited", False),
            "Ida": ("removed", True),
        }
        assert next(each["join_url"] for each in people if each["name"] == "Ida") is None
    async with mail_server() as later, service(tmp_path, QUICK, **through(later)) as house:
        console = await house.console()
        (letter,) = await arrived(later, 1)
        assert calendar_of(letter)[0] == "CANCEL"
        assert letter["To"].startswith("Ida")
        assert letter["Subject"].strip().startswith("Invitation withdrawn: video appointment")
        assert "no longer asked to take part" in body_of(letter)
        await console.do("", "import", **line, guests=[ida])
        back = (await arrived(later, 2))[1]
        assert calendar_of(back)[0] == "REQUEST"
        other = await house.appointment(console, at=TOMORROW.isoformat())
        await until(lambda: sent(console, other.id), 20)
    assert len(later.letters) == 3
