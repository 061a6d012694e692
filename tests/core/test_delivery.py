"""Invitations: queued with the person, sent only when the transport took them, each sending told once."""

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.delivery import Delivery
from ecm_tui.core.log import SERVICE
from tests.core.session import Session


def note(session: Session, state: str, number: int = 1, why: str = "", person_id: str = "p1") -> list:
    command = c.NoteDelivery(person_id=person_id, channel="email", number=number, state=state, why=why)
    done = session.do(command, SERVICE)
    assert isinstance(done, list)
    return done


def test_S30_an_invitation_is_queued_by_every_channel_there_is_a_contact_for():
    session = Session()
    session.do(c.Invite(guest=c.Guest(name="Bob", email="b@example.org", mobile="+441234567890")))
    assert session.person("p1").deliveries == (Delivery(channel="email", number=1),)
    assert session.person("p2").deliveries == (Delivery(channel="email", number=1), Delivery(channel="sms", number=1))


def test_S30_a_delivery_says_why_it_waits_and_is_sent_once():
    session = Session()
    note(session, "queued", why="no mail server configured")
    assert session.person("p1").deliveries[0].why == "no mail server configured"
    assert note(session, "queued", why="no mail server configured") == []
    note(session, "sent")
    assert session.person("p1").deliveries == (Delivery(channel="email", number=1, state="sent", arrived=True),)
    assert note(session, "failed", why="late bounce of another try") == []


def test_a_resend_replaces_the_sending_before_it():
    session = Session()
    note(session, "failed", why="mailbox unknown")
    session.do(c.SendInvitation(person_id="p1"))
    assert session.person("p1").deliveries == (Delivery(channel="email", number=2),)
    note(session, "sent", number=2)
    assert session.person("p1").deliveries[0].state == "sent"


def test_a_sending_that_a_newer_one_replaced_tells_only_that_it_arrived():
    session = Session()
    session.do(c.SendInvitation(person_id="p1"))
    assert note(session, "queued", number=1, why="busy") == []
    assert len(note(session, "sent", number=1)) == 1
    assert session.person("p1").deliveries == (Delivery(channel="email", number=2, arrived=True),)
    assert note(session, "sent", number=1) == []
    note(session, "failed", number=2, why="mailbox unknown")
    assert session.person("p1").deliveries[0].arrived


@pytest.mark.parametrize("person_id", ["p1", "p9"])
def test_a_delivery_of_nobody_or_by_an_unused_channel_is_nothing(person_id: str):
    session = Session()
    command = c.NoteDelivery(person_id=person_id, channel="sms", number=1, state="sent")
    assert session.do(command, SERVICE) == []


def test_a_revoked_link_is_not_sent():
    session = Session()
    assert session.code(c.SendInvitation(person_id="p9")) == "no_such_person"
    session.do(c.ReplaceLink(person_id="p1", revoke=True))
    assert session.code(c.SendInvitation(person_id="p1")) == "link_not_valid"
