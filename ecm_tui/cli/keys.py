"""`ecm-tui keys`: the console's table of actions, with the user's own keys in it."""

from __future__ import annotations

import click

from ecm_tui.cli.output import json_option, print_json, print_rows, warn
from ecm_tui.cli.reach import own_settings


@click.command()
@json_option
def keys(as_json: bool) -> None:
    """Every key of the console, and the id by which [keys] in the settings can change it."""
    from ecm_tui.console.keymap import clashes, read
    from ecm_tui.console.keys import TABLE, keys_of

    keymap = own_settings().keys
    mine = read(keymap)
    rows = [{"id": action.id, "keys": keys_of(action.id, mine), "does": action.help} for action in TABLE]
    if as_json:
        print_json(rows)
    else:
        print_rows([[" or ".join(row["keys"]), str(row["does"]), str(row["id"])] for row in rows])
    for wrong in clashes(keymap):
        warn(wrong)
