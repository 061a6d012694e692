"""`ecm-tui import FILE-OR-URL`: the day's list from elsewhere, looked at first."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

import click

from ecm_tui.cli.output import json_option, moment, print_json, print_line, print_rows, warn
from ecm_tui.cli.reach import aside, ask, own_settings, zone_of
from ecm_tui.errors import EcmError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.imports.fate import Fate
    from ecm_tui.client.imports.line import ImportedLine
    from ecm_tui.client.service import ServiceClient


@click.command("import")
@click.argument("file", metavar="FILE-OR-URL")
@click.option("--preview", is_flag=True, help="Show what each line would become, and import nothing.")
@click.option("--yes", is_flag=True, help="Do not ask, in a terminal either.")
@json_option
def import_(file: str, preview: bool, yes: bool, as_json: bool) -> None:
    """Import appointments from a file, an address or - (standard input): a calendar (ICS), a table (CSV), FHIR in JSON.

    What is new comes in grey and invites nobody: `ecm-tui appointment invite ID` does. The same list again changes what
    is another in it, and doubles nothing. A line that cannot be read never stops the others.

    In a terminal each line is shown, and asked about once. In a script, with --json, or from standard input nobody can
    be asked: it imports at once, and whoever is invited already hears of a new time. Look with --preview first.

    The first line of a table names its columns, such as date, time, patient, id, email, mobile, minutes, kind. All of
    it: `ecm-tui help lists`.

    \b
    ecm-tui import monday.csv --preview
    ecm-tui import monday.csv
    ecm-tui import 'https://fhir.example/Appointment?date=2026-11-24&_include=Appointment:actor'
    """
    from ecm_tui.client.imports.words import counts, summary

    bring = _bringer(file)
    asks = not (preview or yes or as_json or file == "-") and at_a_terminal()

    async def look(line: ServiceClient) -> tuple[list[ImportedLine], list[Fate], ZoneInfo]:
        from ecm_tui.client.imports.fate import carried_out, foreseen
        from ecm_tui.client.imports.read import read

        # In a thread: some seconds of work at most, in which the line must not fall silent.
        lines = await aside(partial(read, await bring(), zone_of(line)))
        act = foreseen if preview or asks else carried_out
        return lines, await act(line, lines), zone_of(line)

    lines, fates, zone = ask(look)
    if as_json:
        print_json({"lines": [_plain(each) for each in fates], **counts(each.became for each in fates)})
    else:
        _print(fates, zone)
    if asks and any(each.became in ("created", "changed") for each in fates):
        click.confirm("Import them?", abort=True, err=True)
        fates = ask(lambda line: _import(line, lines))
        print_line(f"Imported: {summary(each.became for each in fates)}.")
    refused = sum(each.became == "refused" for each in fates)
    if refused and not preview:
        raise EcmError(f"{refused} of {len(fates)} lines could not be imported; the others were.", "not_all_imported")


def at_a_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


async def _import(line: ServiceClient, lines: Sequence[ImportedLine]) -> list[Fate]:
    from ecm_tui.client.imports.fate import carried_out

    return await carried_out(line, lines)


def _bringer(file: str) -> Callable[[], Awaitable[bytes]]:
    """What brings the list: a file is read at once, an address when it is called. Raises `UsageError`."""
    from ecm_tui.client.urls import is_url

    if is_url(file):
        return partial(_fetched, file)
    data = _content(file)

    async def at_hand() -> bytes:
        return data

    return at_hand


async def _fetched(url: str) -> bytes:
    from ecm_tui.client.imports.server import Login, fetched

    given = own_settings().lists
    login = Login(server=given.server, authorization=given.authorization)
    return await fetched(url, login, _tell if sys.stderr.isatty() else lambda *_: None)


def _tell(host: str, pages: int, size: int) -> None:
    warn(f"{host}: page {pages} is there, {size // 1024} KiB so far; Ctrl+C stops and imports nothing.")


def _content(file: str) -> bytes:
    """The bytes of the file, one more than may be read when it is too long. Raises `UsageError`."""
    try:
        if file == "-":
            return _bounded(sys.stdin.buffer)
        with open(file, "rb") as opened:
            return _bounded(opened)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{file} cannot be read: {reason}.") from error


def _bounded(opened: BinaryIO) -> bytes:
    from ecm_tui.client.imports.line import MOST_BYTES

    return opened.read(MOST_BYTES + 1)


def _print(fates: Iterable[Fate], zone: ZoneInfo) -> None:
    from ecm_tui.client.imports.words import BECAME, summary

    fates = list(fates)
    print_rows(
        [
            [
                str(each.number).rjust(4),
                BECAME[each.became],
                moment(each.command.at.isoformat(), zone) if each.command else "",
                each.command.patient.name if each.command else "",
                _about(each, zone),
            ]
            for each in fates
        ]
    )
    print_line(f"{summary(each.became for each in fates)}.")


def _about(fate: Fate, zone: ZoneInfo) -> str:
    """What there is to say beside a line."""
    said = [f"takes out {', '.join(fate.taken_out)}"] if fate.taken_out else []
    said += [f"with {', '.join(fate.beside)}"] if fate.beside else []
    said += [", ".join(fate.changes)] if fate.changes else []
    if fate.was_at:
        said.append(f"was {moment(fate.was_at.isoformat(), zone)}")
    if fate.told:
        said.append(f"tells {', '.join(fate.told)}")
    return "; ".join([*said, *([fate.why] if fate.why else [])])


def _plain(fate: Fate) -> dict[str, Any]:
    """One line in JSON."""
    from ecm_tui.core.log import timestamp

    command = fate.command
    return {
        "line": fate.number,
        "became": fate.became,
        "id": fate.appointment_id or None,
        "patient": command.patient.name if command else None,
        "patient_id": command.patient_id if command else None,
        "guests": [guest.name for guest in command.guests] if command else [],
        "at": timestamp(command.at) if command else None,
        "minutes": command.minutes if command else None,
        "kind": command.kind if command else None,
        "message": fate.why,
        "code": fate.code,
        "changes": list(fate.changes),
        "was_at": timestamp(fate.was_at) if fate.was_at else None,
        "taken_out": list(fate.taken_out),
        "told": list(fate.told),
    }
