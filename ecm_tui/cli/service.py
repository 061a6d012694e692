"""`ecm-tui service ...`: the service behind the console."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.output import json_option, print_json, print_line, print_rows
from ecm_tui.cli.reach import NO_SERVICE, ask, own_settings
from ecm_tui.errors import UnreachableError
from ecm_tui.paths import find_places

if TYPE_CHECKING:
    from ecm_tui.service.daemon import Running

yes_option = click.option("--yes", is_flag=True, help="Do not ask, even when a call runs.")


@click.group(no_args_is_help=True)
def service() -> None:
    """Look at, stop or restart the service behind the console."""


@service.command()
@json_option
def status(as_json: bool) -> None:
    """Whether it runs, where, and how many calls it holds; ends with 4 when none runs."""
    found = ask(lambda line: line.query("status"), start=False)
    if as_json:
        print_json(found)
    else:
        print_rows([[name, str(value)] for name, value in found.items()])


@service.command()
@yes_option
def stop(yes: bool) -> None:
    """Stop it; open consoles leave it so. People keep their place and come back when it runs again."""
    from ecm_tui.service import daemon

    places = find_places(os.environ)  # and no settings: what is wrong with them must not keep it running
    running = daemon.find(places)
    if running is None:
        raise UnreachableError(NO_SERVICE)
    _ask_first(running, yes, "Stop the service")
    daemon.rest(places)
    daemon.stop(running)
    print_line("The service has stopped.")


@service.command()
@yes_option
def restart(yes: bool) -> None:
    """Stop it if it runs, and start it."""
    from ecm_tui.service import daemon

    settings = own_settings()
    running = daemon.find(settings.home)
    if running is not None:
        _ask_first(running, yes, "Restart the service")
        daemon.stop(running)
    started = daemon.ensure(settings)
    print_line(f"The service runs at {started.url}.")


def _ask_first(running: Running, yes: bool, what: str) -> None:
    """Ask when a call runs, someone waits, or nobody can tell. Raises `Abort`."""
    from ecm_tui.service import daemon

    found: dict[str, Any] | None = daemon.activity(running)
    if yes or (found is not None and not found["calls"] and not found["waiting"]):
        return
    if found is None:
        reason = "It does not say whether a call runs."
    else:
        calls, people = found["calls"], found["waiting"]
        reason = f"{calls} {'call runs' if calls == 1 else 'calls run'} and "
        reason += f"{people} {'person waits' if people == 1 else 'people wait'}."
    click.confirm(f"{reason} {what} all the same?", abort=True, err=True)
