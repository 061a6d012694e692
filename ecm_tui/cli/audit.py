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

    async def job(line: ServiceClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await line.query("verify"))["streams"]
        return found

    streams = ask(job, start=False)
    bad = [each for each in streams if not _whole(each)]
    if as_json:
        print_json({"whole": not bad, "streams": streams})
    else:
        _print(streams, len(bad))
    ctx.exit(1 if bad else 0)


def _whole(stream: dict[str, Any]) -> bool:
    return not any(stream.get(name) for name in ("first_bad", "fault", "error"))


def _print(streams: list[dict[str, Any]], bad: int) -> None:
    if streams:
        print_rows([[str(each["stream"]), _verdict(each), str(each["length"]), str(each["head"])] for each in streams])
    if bad:
        print_line(f"{bad} of {len(streams)} streams were altered. Keep a copy of the database before anything else.")
    else:
        print_line(f"All {len(streams)} streams are whole.")


def _verdict(stream: dict[str, Any]) -> str:
    return "whole" if _whole(stream) else f"bad from {stream.get('first_bad')}"
