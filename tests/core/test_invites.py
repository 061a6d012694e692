"""What an inviter should know is noticed, and nothing is refused for it."""

from dataclasses import replace

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.context import Rules
from ecm_tui.core.delivery import Delivery
from ecm_tui.core.invites import same_contact, sent_by_email, still_with
from ecm_tui.core.log import SERVICE
from ecm_tui.core.people import Person
from tests.core.session import Session


def invited(*guests: c.Guest) -> str:
    session = Session()
    for guest in guests:
        session.do(c.Invite(guest=guest))
    people = session.appointment.people
    return same_contact(people.values(), [list(people)[-1]])


def test_two_contacts_that_differ_are_nothing_to_notice():
    assert invited(c.Guest(name="Bob", email="b@x.org"), c.Guest(name="Cy", mobile="+441234567890")) == ""


def test_the_same_address_in_other_letters_is_noticed_and_names_both():
    said = invited(c.Guest(name="Bob", email="B@x.org"), c.Guest(name="Cy", email="b@X.org"))
    assert said == "Bob and Cy have the same email address: each gets a link of their own."


def test_the_same_number_and_both_are_told_apart():
    one, two = "+441234567890", "b@x.org"
    assert "same mobile number" in invited(c.Guest(name="Bob", mobile=one), c.Guest(name="Cy", mobile=one))
    both = invited(c.Guest(name="Bob", mobile=one, email=two), c.Guest(name="Cy", mobile=one, email=two))
    assert "same email address and mobile number" in both


@pytest.mark.parametrize("name", ["", " ", "\u200b\u200d", "\ufffd\ufffd", "--", "\x1b"])
def test_S28_a_name_that_nobody_can_read_is_none(name: str):
    assert Session().code(c.Invite(guest=c.Guest(name=name, email="b@x.org"))) == "name_required"


def test_those_known_before_are_not_noticed_again():
    guests = [c.Guest(name=name, email="b@x.org") for name in ("Bob", "Cy")]
    assert invited(*guests, c.Guest(name="Di", email="d@x.org")) == ""


def test_E9_a_clinic_that_writes_mails_sends_no_text_messages_to_who_has_both():
    session = Session()
    session.rules = Rules(channel="email")
    for guest in (c.Guest(name="Bob", email="b@x.org", mobile="+441"), c.Guest(name="Cy", mobile="+442")):
        session.do(c.Invite(guest=guest))
    assert [one.channel for one in session.person("p2").deliveries] == ["email"]
    assert [one.channel for one in session.person("p3").deliveries] == ["sms"]
    session.do(c.SendInvitation(person_id="p2"))
    assert [(one.channel, one.number) for one in session.person("p2").deliveries] == [("email", 2)]


def edited(session: Session, **guest: str) -> str:
    before = session.person("p1")
    session.do(c.EditPerson(person_id="p1", guest=c.Guest(**{"name": "Ann", **guest})))
    return still_with(before, session.person("p1"))


def test_who_has_a_link_that_went_to_a_contact_of_before_is_said():
    session = Session()
    assert edited(session, email="new@example.org") == "", "nothing went out yet"
    session.do(c.NoteDelivery(person_id="p1", channel="email", number=2, state="sent"), SERVICE)
    assert edited(session, email="new@example.org", mobile="+441234567890") == ""
    session.do(c.NoteDelivery(person_id="p1", channel="sms", number=1, state="sent"), SERVICE)
    said = edited(session, email="third@example.org", mobile="+449999999999")
    assert said.startswith("The link of Ann was sent to new@example.org and +441234567890 and still opens.")
    before = session.person("p1")
    session.do(c.ReplaceLink(person_id="p1"))
    edited(session, email="fourth@example.org")
    assert still_with(before, session.person("p1")) == ""


def test_no_email_is_taken_back_from_who_has_no_address_any_more():
    sent = Delivery(channel="email", number=3, state="queued", arrived=True)
    person = Person(id="p1", name="Ann", email="ann@example.org", deliveries=(sent,))
    assert sent_by_email(person) == 3
    assert sent_by_email(replace(person, email="")) == 0
