"""`ecm-tui appointment ...`: the schedule from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.invite import warn_of_deliveries
from ecm_tui.cli.output import LOCAL_ONLY, json_option, moment, print_json, print_line, print_rows, warn
from ecm_tui.cli.reach import ask, zone_of
from ecm_tui.cli.times import read_day, read_time
from ecm_tui.errors import UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient

FIELDS = ("id", "state", "patient", "patient_id", "at", "minutes", "kind", "join_url")
"""What an appointment is in lists and answers."""

LONGEST_MINUTES = 24 * 60


@click.group(no_args_is_help=True)
def appointment() -> None:
    """Make, list, show and cancel appointments."""


@appointment.command()
@click.option("--patient", required=True, metavar="NAME", help="The patient's name.")
@click.option("--email", default="", metavar="E", help="The patient's email address.")
@click.option("--mobile", default="", metavar="M", help="The patient's mobile number; one of the two is needed.")
@click.option("--at", default="now", metavar="now|TIME", help="When, such as 2026-11-24T14:30; the clinic's time zone.")
@click.option("--minutes", default=15, show_default=True, type=click.IntRange(1, LONGEST_MINUTES), help="How long.")
@click.option("--patient-id", default="", metavar="ID", help="The clinic's own number for the patient.")
@json_option
def add(patient: str, email: str, mobile: str, at: str, minutes: int, patient_id: str, as_json: bool) -> None:
    """Make an appointment and invite the patient; prints its id and the join link.

    \b
    ecm-tui appointment add --patient "Ann Lee" --email ann@example.org
    ecm-tui appointment add --patient "Bob Ray" --mobile 0791234567 --at 2026-11-24T14:30
    """
    if not (email.strip() or mobile.strip()):
        raise UsageError("The patient needs an email address or a mobile number: --email or --mobile.")

    async def job(line: ServiceClient) -> tuple[dict[str, Any], list[Any]]:
        from ecm_tui.core.commands import Guest, Schedule

        guest = Guest(name=patient, email=email, mobile=mobile)
        when = read_time(at, line.now(), zone_of(line))
        command = Schedule(at=when, minutes=minutes, patient=guest, patient_id=patient_id)
        done = await line.send("", command)
        found = await _one(line, str(done.result["appointment_id"]))
        return _short(found, line), [each for one in found["people"] for each in one["deliveries"]]

    made, deliveries = ask(job)
    local_only = made.pop("local_only")
    if as_json:
        print_json(made)
    else:
        print_line(str(made["id"]))
        print_line(str(made["join_url"]))
    warn_of_deliveries(deliveries)
    if local_only:
        warn(LOCAL_ONLY)


@appointment.command("list")
@click.option("--date", "day", default="", metavar="DAY", help="Such as 2026-11-24; today when left out.")
@json_option
def list_(day: str, as_json: bool) -> None:
    """The appointments of a day, today's by the clinic's time zone."""

    async def job(line: ServiceClient) -> tuple[list[dict[str, Any]], Any]:
        zone = zone_of(line)
        wanted = read_day(day, line.now(), zone)
        answer = await line.query("appointments", date=wanted.isoformat())
        return [_short(each, line) for each in answer["appointments"]], zone

    rows, zone = ask(job)
    local_only = [row.pop("local_only") for row in rows]
    if as_json:
        print_json(rows)
    elif not rows:
        print_line("No appointments on this day. `ecm-tui appointment add --help` shows how to make one.")
    else:
        print_rows([[moment(row["at"], zone), row["state"], row["patient"], row["id"]] for row in rows])
    if as_json and any(local_only):
        warn(LOCAL_ONLY)


@appointment.command()
@click.argument("id_", metavar="ID")
@json_option
def show(id_: str, as_json: bool) -> None:
    """One appointment: who is invited, who is there, what happened."""

    async def job(line: ServiceClient) -> tuple[dict[str, Any], Any, bool]:
        return await _one(line, id_), zone_of(line), line.local_only

    shown, zone, local_only = ask(job)
    if as_json:
        print_json(shown)
    else:
        _print_one(shown, zone)
    if local_only and shown.get("join_url"):
        warn(LOCAL_ONLY)


@appointment.command()
@click.argument("id_", metavar="ID")
@json_option
def cancel(id_: str, as_json: bool) -> None:
    """Cancel an appointment; its links open nothing any more."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        from ecm_tui.core.commands import Cancel

        await line.send(id_, Cancel())
        return _short(await _one(line, id_), line)

    cancelled = ask(job)
    del cancelled["local_only"]
    if as_json:
        print_json(cancelled)
    else:
        print_line(f"The appointment of {cancelled['patient']} is cancelled.")


async def _one(line: ServiceClient, id_: str) -> dict[str, Any]:
    return await line.query("appointment", id=id_)


def _short(found: dict[str, Any], line: ServiceClient) -> dict[str, Any]:
    """The appointment as lists show it, and whether its link works on this computer only."""
    return {name: found.get(name) for name in FIELDS} | {"local_only": line.local_only}


def _print_one(shown: dict[str, Any], zone: Any) -> None:
    named = shown["patient"] + (f" ({shown['patient_id']})" if shown.get("patient_id") else "")
    print_rows(
        [
            ["Appointment", shown["id"]],
            ["Patient", named],
            ["Time", f"{moment(shown['at'], zone)}, {shown['minutes']} minutes"],
            ["State", shown["state"]],
            ["Join link", shown.get("join_url") or "none"],
        ]
    )
    if shown.get("people"):
        print_line("")
        print_rows(
            [[each["state"], each["name"], each.get("description") or "", each["id"]] for each in shown["people"]]
        )
