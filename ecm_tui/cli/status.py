"""`ecm-tui status`: one line about the clinic, for tmux or a prompt. Starts nothing."""

from __future__ import annotations

import string
from typing import Any

import click

from ecm_tui.cli.output import json_option, print_json, print_line
from ecm_tui.cli.reach import ask
from ecm_tui.errors import UsageError

USUAL = "{waiting} waiting, {calls} in progress"


@click.command()
@click.option("--format", "form", default=USUAL, show_default=True, metavar="F", help="{name}s are filled in.")
@json_option
def status(form: str, as_json: bool) -> None:
    """One line for tmux or a prompt; ends with 4 and prints nothing on standard output when no service runs.

    F may hold {waiting} people waiting, {calls} running calls, {bridge} up or down, {url}, {pid} and {version}.
    """
    found = ask(lambda line: line.query("status"), start=False)
    if as_json:
        print_json(found)
    else:
        print_line(fill_in(form, found))


def fill_in(form: str, values: dict[str, Any]) -> str:
    """`form` with each {name} replaced. Raises `UsageError` for a name that does not exist."""
    known = ", ".join(f"{{{name}}}" for name in values)
    try:
        parts = list(string.Formatter().parse(form))
    except ValueError as error:
        raise UsageError(f"--format holds a brace without its partner. Known are {known}.") from error
    filled = ""
    for text, name, spec, conversion in parts:
        filled += text
        if name is None:
            continue
        if name not in values or spec or conversion:
            raise UsageError(f"--format knows no {{{name}}}. Known are {known}.")
        filled += str(values[name])
    return filled
