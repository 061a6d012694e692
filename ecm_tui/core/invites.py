"""Invitations: who gets one, by which channel, when it goes out again, and how long its link opens. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.context import Context, Decision, Rules
from ecm_tui.core.delivery import Channel
from ecm_tui.core.people import Person
from ecm_tui.core.refused import Refused
from ecm_tui.core.text import is_blank

MOST_PEOPLE = 200
"""People that one appointment can ever know: four times the places, so that a list stays a list."""

LINK_LIFETIME = timedelta(hours=24)
"""How long after the planned end a join link still opens; a running call keeps its links alive."""


def link_opens(appointment: Appointment, person_id: str, link: int, now: datetime) -> bool:
    """Whether the person's link of that number still opens: not replaced, cancelled, erased, expired."""
    person = appointment.people.get(person_id)
    if person is None or appointment.ends is None or appointment.cancelled or person.link_revoked:
        return False
    if appointment.erased or link != person.link:
        return False
    return appointment.running or now < appointment.ends + LINK_LIFETIME


def no_name(guest: c.Guest, who: str) -> Refused | None:
    """Everybody has a name."""
    return Refused(code="name_required", message=f"{who} needs a name.") if is_blank(guest.name) else None


def no_contact(guest: c.Guest, who: str) -> Refused | None:
    """Whoever is invited has a name and a way to be reached."""
    if guest.email.strip() or guest.mobile.strip():
        return no_name(guest, who)
    return no_name(guest, who) or _unreachable(f"{who} needs")


def _unreachable(who_needs: str) -> Refused:
    return Refused(code="contact_required", message=f"{who_needs} an email address or a mobile number.")


def too_many_people() -> Refused:
    """The list is as long as it can be."""
    return Refused(code="too_many_people", message=f"An appointment knows at most {MOST_PEOPLE} people.")


def known(guest: c.Guest, context: Context, patient: bool = False) -> e.PersonInvited:
    """The person with an id of their own, not written to yet."""
    return e.PersonInvited(
        person_id=context.new_id(),
        name=guest.name.strip(),
        description=guest.description.strip(),
        email=guest.email.strip(),
        mobile=guest.mobile.strip(),
        patient=patient,
    )


def invited(guest: c.Guest, context: Context, patient: bool = False) -> list[e.Event]:
    """The person, and their invitation queued by the clinic's channels that there is a contact for."""
    person = known(guest, context, patient)
    new = Person(id=person.person_id, name=person.name, email=person.email, mobile=person.mobile)
    return [person, *queued(new, context.rules)]


def queued(person: Person, rules: Rules) -> list[e.InvitationMoved]:
    """The person's next invitation by the clinic's channels that there is a contact for."""
    numbers = {delivery.channel: delivery.number for delivery in person.deliveries}
    return [
        e.InvitationMoved(person_id=person.id, channel=channel, number=numbers.get(channel, 0) + 1, state="queued")
        for channel, contact in contacts(person).items()
        if contact and (rules.channel in ("both", channel) or not (person.email and person.mobile))
    ]


def contacts(person: Person) -> dict[Channel, str]:
    """How the person is reached by each channel; empty for not at all."""
    return {"email": person.email, "sms": person.mobile}


def sent_by_email(person: Person) -> int:
    """Number of the newest invitation by email, when that one or one before it went out; else 0."""
    if not person.email:
        return 0
    return next((each.number for each in person.deliveries if each.channel == "email" and each.arrived), 0)


def expects(appointment: Appointment, person: Person, now: datetime) -> bool:
    """Whether the person was invited to something that is still to come: what they were told must stay true."""
    if not person.deliveries or not link_opens(appointment, person.id, person.link, now):
        return False
    over = appointment.outcome is not None and appointment.ends is not None and now >= appointment.ends
    return appointment.running or not over


def invite(was: Appointment, command: c.Invite, context: Context) -> Decision:
    """One more person (S26)."""
    if len(was.people) >= MOST_PEOPLE:
        return too_many_people()
    return no_contact(command.guest, "The person to invite") or invited(command.guest, context)


def send_again(person: Person, rules: Rules) -> Decision:
    """The person's invitation once more."""
    if person.link_revoked:
        return Refused(code="link_not_valid", message=f"{person.name}'s link was revoked. Make a new one first.")
    return queued(person, rules) or _unreachable(f"{person.name} needs")


def send_all(was: Appointment, rules: Rules) -> Decision:
    """The first invitation of everybody who has none yet; all of them or nobody's."""
    new = [person for person in was.people.values() if not (person.deliveries or person.link_revoked)]
    lacking = [person.name for person in new if not (person.email or person.mobile)]
    if lacking:
        return _unreachable(_need(lacking))
    return [moved for person in new for moved in queued(person, rules)]


def _need(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} needs"
    if len(names) == 2:
        return f"{names[0]} and {names[1]} need"
    return f"{names[0]} and {len(names) - 1} others need"


def note_delivery(was: Appointment, command: c.NoteDelivery) -> Decision:
    """A sending that was taken or failed before is past telling; of one that a newer replaced, only that it arrived."""
    person = was.people.get(command.person_id)
    found = {delivery.channel: delivery for delivery in person.deliveries} if person else {}
    delivery = found.get(command.channel)
    if delivery is None or (delivery.state, delivery.why) == (command.state, command.why):
        return []
    replaced = command.number < delivery.number and command.state == "sent" and not delivery.arrived
    if not replaced and (delivery.number != command.number or delivery.state != "queued"):
        return []
    return [
        e.InvitationMoved(
            person_id=command.person_id,
            channel=command.channel,
            number=command.number,
            state=command.state,
            why=command.why,
        )
    ]


def same_contact(people: Iterable[Person], invited: Collection[str]) -> str:
    """A sentence or more when someone of `invited` (ids) shares an address or number with anyone else of `people`.

    Empty when nobody does. The invitation stands all the same: families share telephones.
    """
    seen: list[Person] = []
    notes = []
    for person in people:
        for other in seen:
            what = _shared(person, other) if person.id in invited or other.id in invited else ""
            if what:
                notes.append(f"{other.name} and {person.name} have the same {what}: each gets a link of their own.")
                break
        seen.append(person)
    return " ".join(notes)


def still_with(before: Person, after: Person) -> str:
    """A sentence when the person's link went to a contact that is not theirs any more; empty when none did."""
    old, new = contacts(before), contacts(after)
    gone = [old[each.channel] for each in before.deliveries if each.arrived and old[each.channel] != new[each.channel]]
    if before.link != after.link or not any(gone):
        return ""
    return (
        f"The link of {after.name} was sent to {' and '.join(gone)} and still opens. Make a new link if it shall not."
    )


def _shared(one: Person, other: Person) -> str:
    email = bool(one.email) and one.email.casefold() == other.email.casefold()
    mobile = bool(one.mobile) and one.mobile == other.mobile
    if email and mobile:
        return "email address and mobile number"
    return "email address" if email else "mobile number" if mobile else ""
