"""The appointment as calendars read it (RFC 5545, 5546): one event for one person, the same UID for every sending."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from ecm_tui.service.invitations.invitation import LOCAL_ONLY, Invitation

PRODUCT = "-//eClinic Manager//ecm-tui//EN"


def calendar(invitation: Invitation, organiser: str, now: datetime) -> bytes:
    """The event of this invitation; `organiser` is an address without a name.

    DTSTART is in the clinic's timezone, which comes along. A resend is a later version of the same event.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method_of(invitation))
    made.add_component(_event(invitation, organiser, now))
    # Two years of a zone's changes are enough for one appointment, and keep the letter small.
    year = invitation.at.year
    made.add_missing_timezones(date(year - 1, 1, 1), date(year + 2, 1, 1))
    return bytes(made.to_ical())


def method_of(invitation: Invitation) -> str:
    """What the calendar is asked to do (RFC 5546)."""
    return "CANCEL" if invitation.cancelled else "REQUEST"


def _event(invitation: Invitation, organiser: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{invitation.appointment}.{invitation.person}@ecm-tui")
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", invitation.number - (not invitation.cancelled))
    event.add("status", "CANCELLED" if invitation.cancelled else "CONFIRMED")
    event.add("dtstart", invitation.at)
    length = timedelta(minutes=invitation.minutes)
    if invitation.ends.replace(tzinfo=None) - invitation.at.replace(tzinfo=None) == length:
        event.add("dtend", invitation.ends)
    else:  # the clocks change meanwhile, and the hour that comes twice cannot be told from its repeat
        event.add("duration", length)
    event.add("summary", f"{invitation.what.capitalize()} at {invitation.clinic.name}")
    event.add("class", "PRIVATE")
    event.add("organizer", _address(organiser, invitation.clinic.name))
    attendee = _address(invitation.email, invitation.name)
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee)
    if not invitation.cancelled:
        event.add("description", _description(invitation))
    if invitation.joined and not invitation.cancelled:
        event.add("location", invitation.link)
        event.add("url", invitation.link)
    return event


def _description(invitation: Invitation) -> str:
    lines = [f"Patient: {invitation.patient}"]
    if invitation.joined:
        lines.append(f"Open when it is time: {invitation.link}")
    if invitation.joined and invitation.local_only:
        lines.append(LOCAL_ONLY)
    if invitation.clinic.support:
        lines.append(f"Questions? {invitation.clinic.support}")
    return "\n".join(lines)


def _address(address: str, name: str) -> vCalAddress:
    made = vCalAddress(f"mailto:{address}")
    # A parameter has no escape for a quotation mark that every calendar knows.
    made.params["CN"] = vText(name.replace('"', "'"))
    return made
