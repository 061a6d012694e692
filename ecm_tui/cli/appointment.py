"""`ecm-tui appointment ...`: the schedule from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.export import export
from ecm_tui.cli.found import KINDS, MINUTES, deliveries_of, kind_of, one, short
from ecm_tui.cli.invite import warn_of_deliveries
from ecm_tui.cli.output import LOCAL_ONLY, json_option, moment, print_json, print_line, print_rows, warn
from ecm_tui.cli.plan import edit, invite, mark
from ecm_tui.cli.reach import ask, zone_of
from ecm_tui.cli.talk import file
from ecm_tui.cli.times import read_day, read_time
from ecm_tui.errors import UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient


@click.group(no_args_is_help=True)
def appointment() -> None:
    """Make, list, show, edit, mark and cancel appointments."""


appointment.add_command(edit)
appointment.add_command(export)
appointment.add_command(file)
appointment.add_command(invite)
appointment.add_command(mark)


@appointment.command()
@click.option("--patient", required=True, metavar="NAME", help="The patient's name.")
@click.option("--email", default="", metavar="E", help="The patient's email address.")
@click.option("--mobile", default="", metavar="M", help="The patient's mobile number; one of the two is needed.")
@click.option("--at", default="now", metavar="now|TIME", help="When, such as 2026-11-24T14:30; the clinic's time zone.")
@click.option("--minutes", default=15, show_default=True, type=MINUTES, help="How long.")
@click.option("--kind", default="video", show_default=True, type=KINDS, help="How you meet.")
@click.option("--patient-id", default="", metavar="ID", help="The clinic's own number for the patient.")
@json_option
def add(
    patient: str, email: str, mobile: str, at: str, minutes: int, kind: str, patient_id: str, as_json: bool
) -> None:
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
        command = Schedule(at=when, minutes=minutes, kind=kind_of(kind), patient=guest, patient_id=patient_id)
        done = await line.send("", command)
        found = await one(line, str(done.result["appointment_id"]))
        return short(found, line), deliveries_of(found)

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
@click.option("--date", "day", default="", metavar="DAY", help="Any day, such as 2026-11-24; today when left out.")
@click.option("--search", default="", metavar="WORDS", help="Those of any day with these words in name or patient ID.")
@json_option
def list_(day: str, search: str, as_json: bool) -> None:
    """The appointments of a day, or those found by a search.

    Days are those of the clinic's time zone. A search looks through all days, the newest first.
    """
    if day and search:
        raise UsageError("--search looks through all days: leave --date out.")

    async def job(line: ServiceClient) -> tuple[list[dict[str, Any]], Any]:
        zone = zone_of(line)
        asked = {"search": search} if search else {"date": read_day(day, line.now(), zone).isoformat()}
        answer = await line.query("appointments", **asked)
        return [short(each, line) for each in answer["appointments"]], zone

    rows, zone = ask(job)
    local_only = [row.pop("local_only") for row in rows]
    if as_json:
        print_json(rows)
    elif search and not rows:
        print_line("No patient's name or ID has these words.")
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
        return await one(line, id_), zone_of(line), line.local_only

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
        return short(await one(line, id_), line)

    cancelled = ask(job)
    del cancelled["local_only"]
    if as_json:
        print_json(cancelled)
    else:
        print_line(f"The appointment of {cancelled['patient']} is cancelled.")


def _print_one(shown: dict[str, Any], zone: Any) -> None:
    named = shown["patient"] + (f" ({shown['patient_id']})" if shown.get("patient_id") else "")
    print_rows(
        [
            ["Appointment", shown["id"]],
            ["Patient", named],
            ["Time", f"{moment(shown['at'], zone)}, {shown['minutes']} minutes"],
            ["Kind", shown["kind"].replace("_", " ")],
            ["State", shown["state"]],
            ["Join link", shown.get("join_url") or "none"],
            *([["Erased", "what people wrote, as the clinic's rule says"]] if shown.get("erased") else []),
        ]
    )
    if shown.get("people"):
        print_line("")
        print_rows(
            [[each["state"], each["name"], each.get("description") or "", each["id"]] for each in shown["people"]]
        )
    if shown.get("files"):
        print_line("")
        print_rows([[each["name"], f"{each['size']:,} bytes", each["from"], each["id"]] for each in shown["files"]])
    for note in shown.get("notes") or ():
        print_line("")
        print_line(f"Your private note, {moment(note['saved_at'], zone)}:")
        for line in note["text"].split("\n"):
            print_line(f"  {line}")
