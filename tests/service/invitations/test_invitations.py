"""Invitations of a running service: from the organiser's word to a real mail server and a real gateway."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.serve import Options
from ecm_tui.settings import Mail, Serve, Sms
from tests.service.house import House, service
from tests.service.invitations.builders import SENDER, body_of, event_of
from tests.service.invitations.servers import drop, gateway, mail_server
from tests.until import until

AHEAD = f"{datetime.now(UTC).year + 1}-01-12T09:30:00Z"
"""Still to come whenever the tests run: the service here lives by the real clock. In winter, by the zone's own time."""

QUICK = Options(bridge_command=None, patience=Patience(delays=(0.05,), hourly=0.05))


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of this machine has no part in talking to itself."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def through(url: str = "", sms: str = "") -> dict:
    return {"mail": Mail(url=url, sender=SENDER), "sms": Sms(url=sms, success="accepted")}


async def stands(house: House, visitors, *states: tuple[str, str]) -> None:
    """Ann's deliveries are in these states, channel by channel."""

    async def found() -> bool:
        person = await visitors.person()
        assert [(each["channel"], each["state"]) for each in person["deliveries"]] == list(states), person
        return True

    await until(found, 10)


async def test_S30_E9_an_invitation_goes_out_by_email_and_text_message_with_the_link_that_opens(tmp_path: Path):
    async with (
        mail_server() as mail,
        gateway() as there,
        service(tmp_path, QUICK, **through(mail.url, there.url)) as house,
    ):
        console = await house.console()
        ann = {"name": "Ann Lee", "email": "ann@home.test", "mobile": "079 123 45 67"}
        done = await console.do("", "schedule", at=AHEAD, patient=ann)
        visitors = await house.appointment(console)
        await stands(house, visitors, ("email", "sent"))
        number = done["result"]["appointment_id"]
        found = await console.query("appointment", appointment=number)
        link = found["people"][0]["join_url"]
        await until(lambda: there.asked)
        (letter,) = [
            each
            for each in mail.letters
            if each["To"].addresses[0].addr_spec == "ann@home.test" and link in body_of(each)
        ]
        assert letter["From"] == SENDER
        assert "10:30 (Europe/Zurich)" in body_of(letter)
        assert "works on this computer only" in body_of(letter, "html")
        assert there.asked[0].json["to"] == "+41791234567"
        assert link in there.asked[0].json["text"]
        assert (await house.trade(link)).status_code == 200


async def test_S30_a_row_says_queued_then_sent_through_busy_broken_and_willing_servers(tmp_path: Path):
    async with mail_server(data="451 busy") as mail, service(tmp_path, QUICK, **through(mail.url)) as house:
        console = await house.console()
        visitors = await house.appointment(console)

        async def why(word: str) -> bool:
            (delivery,) = (await visitors.person())["deliveries"]
            return delivery["state"] == "queued" and word in delivery["why"]

        await until(lambda: why("451 busy"), 10)
        mail.data, mail.before_data = "250 ok", drop
        await until(lambda: why("broke the connection off"), 10)
        mail.before_data = None
        await stands(house, visitors, ("email", "sent"))
        assert len({letter["Message-ID"] for letter in mail.letters}) == 1


async def test_without_servers_it_is_queued_with_the_reason_from_the_first_answer_on(tmp_path: Path):
    async with service(tmp_path) as house:
        console = await house.console()
        visitors = await house.appointment(console)
        (delivery,) = (await visitors.person())["deliveries"]
        assert delivery == {"channel": "email", "number": 1, "state": "queued", "why": "no mail server configured"}


async def test_S30_a_resent_invitation_is_another_sending_and_a_revoked_one_opens_nothing(tmp_path: Path):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail.url)) as house:
        console = await house.console()
        visitors = await house.appointment(console)
        await stands(house, visitors, ("email", "sent"))
        await console.do(visitors.id, "send_invitation", person_id=visitors.ids["Ann"])
        await until(lambda: len(mail.letters) == 2, 10)
        first, second = mail.letters
        assert first["Message-ID"] != second["Message-ID"]
        await console.do(visitors.id, "replace_link", person_id=visitors.ids["Ann"], revoke=True)
        assert (await house.trade(visitors.links["Ann"])).status_code == 404
        assert (await console.command(visitors.id, "send_invitation", person_id=visitors.ids["Ann"]))[
            "code"
        ] == "link_not_valid"
        assert (await console.query("invitation", appointment=visitors.id))["code"] == "link_not_valid"


@pytest.mark.parametrize(
    "name", ["Ann\r\nBcc: all@x.test", 'Ann" <x@y.test>', "\u202eeeL nnA", "Łukasz 李", "[/] {{ 7*7 }}"]
)
async def test_hostile_names_arrive_as_names(tmp_path: Path, name: str):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail.url)) as house:
        console = await house.console()
        patient = {"name": name, "email": "ann@home.test"}
        await console.do("", "schedule", at=AHEAD, patient=patient)
        (letter,) = await until(lambda: mail.letters, 10)
        assert letter["Bcc"] is None
        (to,) = letter["To"].addresses
        assert to.addr_spec == "ann@home.test"
        assert mail.envelopes[0].rcpt_tos == ["ann@home.test"]
        assert "\u202e" not in to.display_name


@pytest.mark.parametrize(
    "email",
    ["ann@home.test\r\nRCPT TO:<all@x.test>", "ann@home.test, all@x.test", "<ann@home.test>", "ann@", "a b@c.org"],
)
async def test_S28_an_address_that_is_hostile_or_wrong_never_reaches_the_outbox(tmp_path: Path, email: str):
    async with mail_server() as mail, service(tmp_path, QUICK, **through(mail.url)) as house:
        console = await house.console()
        answer = await console.command("", "schedule", at=AHEAD, patient={"name": "Ann", "email": email})
        assert (answer["type"], answer["code"]) == ("refused", "bad_email")
        assert mail.envelopes == []


async def test_the_same_contact_twice_is_noticed_and_both_are_invited(tmp_path: Path):
    async with service(tmp_path) as house:
        console = await house.console()
        visitors = await house.appointment(console)
        guest = {"name": "Bob", "email": "ANN@home.test"}
        done = await console.do(visitors.id, "invite", guest=guest)
        assert done["result"]["notice"].startswith("Ann and Bob have the same email address")
        other = await console.do(visitors.id, "invite", guest={"name": "Cy", "email": "cy@home.test"})
        assert "notice" not in other["result"]


async def test_a_preview_is_what_goes_out_and_sends_nothing(tmp_path: Path):
    options = {**through("smtp://127.0.0.1:1"), "serve": Serve(port=0, public_url="https://call.lakeside.test")}
    async with service(tmp_path, QUICK, **options) as house:
        console = await house.console()
        visitors = await house.appointment(console, "Bob")
        shown = await console.query("invitation", appointment=visitors.id, person=visitors.ids["Bob"])
        email = shown["email"]
        assert email["headers"]["To"] == "Bob <bob@home.test>"
        assert email["headers"]["Message-ID"] == f"<{visitors.id}.{visitors.ids['Bob']}.email.1@lakeside.test>"
        assert visitors.links["Bob"] in email["text"] and visitors.links["Bob"] in email["html"]
        assert "BEGIN:VEVENT" in email["calendar"]
        assert (shown["sms"], shown["local_only"], shown["wrong"]) == (None, False, [])
        assert shown["cannot_send"] == {"sms": "no text message gateway configured"}
        assert (await console.query("invitation", appointment=visitors.id, person="p-no"))["code"] == "no_such_person"


async def test_a_clinics_template_is_used_and_a_broken_one_is_named_in_the_preview(tmp_path: Path):
    async with service(tmp_path) as house:
        console = await house.console()
        visitors = await house.appointment(console)
        own = house.service.settings.home.config / "templates"
        own.mkdir()
        (own / "mail.txt").write_text("Grüezi {{ name }}, {{ link }}", encoding="utf-8")
        (own / "subject.txt").write_text("{{ nobody }}", encoding="utf-8")
        shown = await console.query("invitation", appointment=visitors.id)
        assert shown["email"]["text"].startswith("Grüezi Ann, http")
        assert shown["email"]["headers"]["Subject"].startswith("Video appointment")
        assert "subject.txt" in shown["wrong"][0]


async def test_a_cancelled_appointment_is_taken_back_from_those_who_were_invited_and_only_once(tmp_path: Path):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    async with mail_server() as mail:
        async with service(tmp_path, QUICK, **through(mail.url)) as house:
            console = await house.console()
            visitors = await house.appointment(console, at=tomorrow)
            await stands(house, visitors, ("email", "sent"))
            mail.data = "451 busy"
            await console.do(visitors.id, "cancel")
            await until(lambda: len(mail.letters) > 2, 10)
            mail.data = "250 ok"
            took = len(mail.letters)
            await until(lambda: len(mail.letters) > took, 10)
        async with service(tmp_path, QUICK, **through(mail.url)) as running:
            invited, cancelled = mail.letters[0], mail.letters[-1]
            assert cancelled["Subject"].startswith("Cancelled: video appointment at Lakeside")
            assert {each["Message-ID"] for each in mail.letters[1:]} == {cancelled["Message-ID"]}
            read = [icalendar.Calendar.from_ical(event_of(each)) for each in (invited, cancelled)]
            assert [each["METHOD"] for each in read] == ["REQUEST", "CANCEL"]
            assert len({each.walk("VEVENT")[0]["UID"] for each in read}) == 1
            assert "/join/" not in body_of(cancelled)
            later = await running.console()
            guest = await running.appointment(later)
            await stands(running, guest, ("email", "sent"))
            # What comes after has come; the cancelled one was not written to again.
            assert len(mail.letters) == took + 2


async def test_a_cancelled_appointment_says_nothing_to_whose_invitation_never_went_out(tmp_path: Path):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    async with mail_server(rcpt="550 no such user") as mail, service(tmp_path, QUICK, **through(mail.url)) as house:
        console = await house.console()
        visitors = await house.appointment(console, at=tomorrow)
        await stands(house, visitors, ("email", "failed"))
        mail.rcpt = "250 ok"
        await console.do(visitors.id, "cancel")
        await stands(house, visitors, ("email", "failed"))
        assert mail.letters == []
