"""`ecm-tui audit ...`: the log as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.output import json_option, print_json, print_line, print_rows
from ecm_tui.cli.reach import ask

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient


@click.group(no_args_is_help=True)
def audit() -> None:
    """Verify that the log was not altered."""


@audit.command()
@click.pass_context
@json_option
def verify(ctx: click.Context, as_json: bool) -> None:
    """Check every stream's chain of hashes; names the first bad row of each. Ends with 1 when one is bad."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        return await line.query("verify")

    found = ask(job, start=False)
    if as_json:
        print_json(found)
    else:
        _print(found["streams"])
    ctx.exit(0 if found["ok"] else 1)


HEAD = 32
"""Characters of a head that are printed for people: enough to compare, and a row fits into 80 columns."""


def _print(streams: list[dict[str, Any]]) -> None:
    bad = [each for each in streams if each["first_bad"] is not None]
    if streams:
        print_rows([_row(each) for each in streams])
    for each in bad:
        print_line(f"{each['stream']}: row {each['first_bad']} is the first bad one: {each['problem']}.")
    if bad:
        print_line(
            f"{len(bad)} of {len(streams)} streams were altered. Keep a copy of the database before anything else."
        )
    else:
        print_line(f"All {len(streams)} streams are whole.")


def _row(stream: dict[str, Any]) -> list[str]:
    verdict = "whole" if stream["first_bad"] is None else "ALTERED"
    return [str(stream["stream"]), verdict, f"{stream['length']} rows", f"{str(stream['head'])[:HEAD]}…"]
