"""`ecm-tui status`: one line about the clinic, for tmux or a prompt. Starts nothing, and is back at once."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from typing import Any

import click

from ecm_tui.cli.output import json_option, print_json, print_line
from ecm_tui.cli.token import chosen_token
from ecm_tui.errors import UnreachableError, UsageError
from ecm_tui.paths import find_places

USUAL = "{waiting} waiting, {calls} in progress"

NOBODY = "no service"
"""What stands in the place of the line while no service runs."""

FIELDS = {
    "waiting": "people who wait",
    "longest": "the longest wait, such as 4 min",
    "next": "who has waited longest, by name",
    "calls": "calls that run",
    "in_call": "people in calls",
    "bridge": "up or down: whether picture and sound can flow",
    "url": "what links begin with",
    "version": "of the service",
    "pid": "its process",
    "socket": "where commands reach it",
}
"""Name of a field -> what it is."""

HELP = f"""One line for tmux or a prompt; starts nothing.

Names of people are in it only where you ask for {{next}}. When no service runs it says "{NOBODY}" and ends with 4.

\b
set -g status-right '#(ecm-tui status --format "{{waiting}} wait {{longest}}")'
set -g status-interval 5

\b
""" + "\n".join(f"{{{name}}}".ljust(11) + meaning for name, meaning in FIELDS.items())


@click.command(help=HELP)
@click.option("--format", "form", default=USUAL, show_default=True, metavar="F", help="{field}s are filled in.")
@json_option
def status(form: str, as_json: bool) -> None:
    parts = read_format(form)
    try:
        found = _asked(named=not as_json and any(name == "next" for _, name in parts))
    except UnreachableError:
        if not as_json:
            print_line(NOBODY)
        raise
    if as_json:
        print_json(found)
    else:
        print_line(filled(parts, found))


def _asked(named: bool) -> Mapping[str, Any]:
    """How the service is: of this user's own by one plain request, without the libraries that a line to it needs."""
    if click.get_current_context().find_root().obj or chosen_token():
        from ecm_tui.cli.reach import ask  # late, as all that this user's own service does not need

        return ask(lambda line: line.query("status", named=named), start=False)
    from ecm_tui.service import daemon

    running = daemon.find(find_places(os.environ))
    if running is None:
        from ecm_tui.cli.reach import NO_SERVICE

        raise UnreachableError(NO_SERVICE)
    found = daemon.status(running, named)
    if found is None:
        raise UnreachableError(f"The service, process {running.pid}, does not answer. Its log may say why.")
    return found


def read_format(form: str) -> list[tuple[str, str]]:
    """Pairs of a text and the field after it, "" for none. Raises `UsageError` for a field that does not exist."""
    known = ", ".join(f"{{{name}}}" for name in FIELDS)
    try:
        parts = list(string.Formatter().parse(form))
    except ValueError as error:
        raise UsageError(f"--format holds a brace without its partner. Known are {known}.") from error
    for _, name, spec, conversion in parts:
        if name is not None and (name not in FIELDS or spec or conversion):
            raise UsageError(f"--format knows no {{{name}}}. Known are {known}.")
    return [(text, name or "") for text, name, _, _ in parts]


def filled(parts: list[tuple[str, str]], found: Mapping[str, Any]) -> str:
    """The line; "-" stands for a person when there is none."""
    return "".join(text + (_shown(name, found.get(name)) if name else "") for text, name in parts)


def _shown(name: str, value: Any) -> str:
    if name == "longest" and isinstance(value, int):
        return f"{value // 60} min" if value >= 60 or not value else "<1 min"
    return "-" if value in (None, "") else str(value)
