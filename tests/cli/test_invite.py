"""Invitations from the command line: previews, what waits, resending and revoking."""

import json

from tests.cli.conftest import Ecm
from tests.cli.test_appointment import made


def test_E9_a_preview_prints_the_mail_and_the_text_message(clinic: Ecm):
    words = ("--patient", "Ann Lée", "--email", "ann@example.org", "--mobile", "+41 79 123 45 67")
    appointment = clinic.ask("appointment", "add", *words)
    said = clinic("invite", "preview", appointment["id"])
    assert said.code == 0
    assert "To: Ann Lée <ann@example.org>\n" in said.out
    assert "Subject: Video appointment at" in said.out
    assert said.out.count(appointment["join_url"]) == 2
    assert "Text message to +41791234567:" in said.out
    assert "no mail server configured" in said.err
    assert "works on this computer only" in said.err
    html = clinic("invite", "preview", appointment["id"], "--html").out
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")


def test_a_preview_as_json_holds_everything_that_goes_out(clinic: Ecm):
    appointment = made(clinic)
    shown = clinic.ask("invite", "preview", appointment["id"])
    assert set(shown) == {"person", "email", "sms", "local_only", "wrong", "cannot_send"}
    assert set(shown["email"]) == {"headers", "text", "html", "calendar", "source"}
    assert "BEGIN:VCALENDAR" in shown["email"]["calendar"]
    assert (shown["sms"], shown["wrong"]) == (None, [])
    guest = clinic.ask("call", "invite", appointment["id"], "--name", "Cem", "--mobile", "+41791234567")
    shown = clinic.ask("invite", "preview", appointment["id"], "--person", guest["id"])
    assert (shown["person"]["name"], shown["email"]) == ("Cem", None)
    assert guest["join_url"] in shown["sms"]["text"]
    said = clinic("invite", "preview", "a-nothing", "--json")
    assert (said.code, said.out, json.loads(said.err)["code"]) == (3, "", "no_such_appointment")


def test_S30_an_invitation_that_waits_and_a_contact_that_comes_twice_are_said(clinic: Ecm):
    number = made(clinic)["id"]
    (ann,) = clinic.ask("call", "people", number)
    said = clinic("call", "invite", number, "--name", "Bob", "--email", "b@example.org")
    assert said.code == 0
    assert "The email stays queued: no mail server configured." in said.err
    assert "same" not in said.err
    twice = clinic("call", "invite", number, "--name", "Cy", "--email", "B@Example.org")
    assert twice.code == 0
    assert "Bob and Cy have the same email address" in twice.err
    assert ann["deliveries"][0]["state"] == "queued"


def test_S30_a_link_is_revoked_resent_only_with_a_new_one_and_the_old_one_stays_dead(clinic: Ecm):
    appointment = made(clinic)
    number = appointment["id"]
    (ann,) = clinic.ask("call", "people", number)
    assert clinic("call", "revoke", number, ann["id"]).out == "Ann Lee's link was revoked.\n"
    assert clinic.ask("call", "people", number)[0]["join_url"] is None
    said = clinic("call", "resend", number, ann["id"], "--json")
    assert (said.code, json.loads(said.err)["code"]) == (3, "link_not_valid")
    again = clinic.ask("call", "resend", number, ann["id"], "--new-link")
    assert again["join_url"] not in (None, appointment["join_url"])
    assert again["deliveries"][0]["number"] == 2
    assert clinic("call", "resend", number, ann["id"]).out == "The invitation of Ann Lee is queued again.\n"
