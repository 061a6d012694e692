"""`ecm-tui events ID`: the log of one appointment, and with --follow what comes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.reach import ask

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.core.log import Recorded


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--after", default=0, metavar="SEQ", type=click.IntRange(min=0), help="Begin after this number.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until ctrl+c.")
@click.option("--json", is_flag=True, expose_value=False, help="Refusals as JSON too; the lines are JSON anyway.")
def events(id_: str, after: int, follow: bool) -> None:
    """What happened in an appointment: one JSON object a line, with seq, at, actor, type and what the type needs.

    \b
    ecm-tui events ID --follow | jq -r 'select(.type == "person_entered") | .person_id'
    """

    async def job(line: ServiceClient) -> None:
        from ecm_tui.client import CaughtUp, Fact

        await line.query("people", id=id_)  # says so when there is none of this id
        async with line.follow(id_, after) as feed:
            async for item in feed:
                if isinstance(item, CaughtUp):
                    if not follow:
                        return
                elif not isinstance(item, Fact):
                    click.echo(json.dumps(as_line(item)))

    ask(job)


def as_line(record: Recorded) -> dict[str, Any]:
    """A record as one flat object; an event that is hidden from us has the type `hidden`."""
    from ecm_tui.core import wire

    whole = wire.encode_record(record)
    event = whole.get("event") or {"type": "hidden"}
    head = {name: whole[name] for name in ("seq", "at", "actor")}
    own_names = {("planned_at" if name == "at" else name): value for name, value in event.items() if name != "type"}
    return {**head, "type": event["type"], **own_names}
