"""`ecm-tui appointment edit|invite|mark`: an appointment changed after it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.found import KINDS, MINUTES, deliveries_of, kind_of, one, short
from ecm_tui.cli.invite import warn_of_deliveries
from ecm_tui.cli.output import json_option, moment, print_json, print_line, warn
from ecm_tui.cli.reach import ask, zone_of
from ecm_tui.cli.times import read_time
from ecm_tui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.core.commands import EditAppointment, EditPerson

OUTCOMES = {"taken": "Taken", "missed": "Did not attend"}
"""How outcomes read, as in the console."""

Found = dict[str, Any]


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--at", metavar="now|TIME", help="Another time, such as 2026-11-24T14:30; the clinic's time zone.")
@click.option("--minutes", type=MINUTES, help="How long.")
@click.option("--kind", type=KINDS, help="How you meet.")
@click.option("--patient", metavar="NAME", help="The patient's name.")
@click.option("--patient-id", metavar="ID", help="The clinic's own number for the patient; empty takes it out.")
@click.option("--email", metavar="E", help="The patient's email address; empty takes it out.")
@click.option("--mobile", metavar="M", help="The patient's mobile number; empty takes it out.")
@json_option
def edit(id_: str, as_json: bool, **wanted: Any) -> None:
    """Change an appointment; what is left out stays as it is.

    Whoever was invited gets the invitation again when the time or their contact changes, and their calendar is updated.

    \b
    ecm-tui appointment edit ID --at 2026-11-24T15:00
    ecm-tui appointment edit ID --email ann@example.org
    """
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if not wanted:
        raise UsageError("Say what to change: --at, --minutes, --kind, --patient, --patient-id, --email or --mobile.")

    async def job(line: ServiceClient) -> tuple[Found, list[Any], str, str]:
        zone = zone_of(line)
        if "at" in wanted:
            wanted["at"] = read_time(wanted["at"], line.now(), zone)
        notice = await _change(line, await one(line, id_), wanted)
        found = await one(line, id_)
        return short(found, line), deliveries_of(found), notice, moment(found["at"], zone)

    found, deliveries, notice, at = ask(job)
    del found["local_only"]
    if as_json:
        print_json(found)
    else:
        print_line(f"{found['patient']}: {at}, {found['minutes']} minutes.")
    if notice:
        warn(notice)
    warn_of_deliveries(deliveries)


async def _change(line: ServiceClient, found: Found, wanted: Found) -> str:
    """The patient first: a letter about a new time shall not go to an address that is wrong."""
    person, plan = _person(found, wanted), _plan(wanted)
    notice = ""
    if person:
        done = await line.send(found["id"], person)
        notice = str(done.result.get("notice") or "")
    try:
        if plan:
            await line.send(found["id"], plan)
    except RefusedError as error:
        if person:
            raise RefusedError(f"{error.message} The patient's data was changed before that.", error.code) from error
        raise
    return notice


def _person(found: Found, wanted: Found) -> EditPerson | None:
    from ecm_tui.core.commands import EditPerson, Guest

    changes = {name: wanted[key] for key, name in _OF_THE_PATIENT.items() if key in wanted}
    if not changes:
        return None
    patient = next(each for each in found["people"] if each["patient"])
    kept = {name: patient[name] for name in ("name", "description", "email", "mobile")}
    return EditPerson(person_id=patient["id"], guest=Guest(**{**kept, **changes}), known=Guest(**kept))


_OF_THE_PATIENT = {"patient": "name", "email": "email", "mobile": "mobile"}
"""Option -> field of the person."""


def _plan(wanted: Found) -> EditAppointment | None:
    from ecm_tui.core.commands import EditAppointment

    changes = {name: wanted[name] for name in ("at", "minutes", "kind", "patient_id") if name in wanted}
    if "kind" in changes:
        changes["kind"] = kind_of(changes["kind"])
    return EditAppointment(**changes) if changes else None


@click.command()
@click.argument("id_", metavar="ID")
@json_option
def invite(id_: str, as_json: bool) -> None:
    """Invite everybody of an imported appointment: SEND INVITE. Who was invited before is not written to again."""

    async def job(line: ServiceClient) -> tuple[Found, list[Any], list[str]]:
        from ecm_tui.core.commands import SendInvites

        uninvited = {each["id"] for each in (await one(line, id_))["people"] if not each["deliveries"]}
        await line.send(id_, SendInvites())
        found = await one(line, id_)
        new = [each["name"] for each in found["people"] if each["deliveries"] and each["id"] in uninvited]
        return short(found, line), deliveries_of(found), new

    found, deliveries, new = ask(job)
    del found["local_only"]
    if as_json:
        print_json(found)
    else:
        print_line(f"Invited: {', '.join(new)}." if new else "Everybody was invited before.")
    warn_of_deliveries(deliveries)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("outcome", type=click.Choice([*OUTCOMES]))
@json_option
def mark(id_: str, outcome: Any, as_json: bool) -> None:
    """Mark an appointment taken or missed.

    Missed is Did not attend. What was marked, or what the last call came to, is corrected the same way.

    \b
    ecm-tui appointment mark ID taken
    """

    async def job(line: ServiceClient) -> Found:
        from ecm_tui.core.commands import MarkOutcome

        await line.send(id_, MarkOutcome(outcome=outcome))
        return short(await one(line, id_), line)

    found = ask(job)
    del found["local_only"]
    if as_json:
        print_json(found)
    else:
        print_line(f"The appointment of {found['patient']} is marked: {OUTCOMES[outcome]}.")
