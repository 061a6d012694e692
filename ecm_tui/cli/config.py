"""`ecm-tui config ...`: where the settings are, what they are, whether they are right. Needs no service."""

from __future__ import annotations

import os

import click

from ecm_tui.cli.output import json_option, print_json, print_line, print_rows, warn


@click.group(no_args_is_help=True)
def config() -> None:
    """Where the settings are, what they are, whether they are right."""


@config.command()
def path() -> None:
    """The settings file; it need not exist."""
    from ecm_tui.paths import find_places

    print_line(str(find_places(os.environ).settings))


@config.command()
@json_option
def show(as_json: bool) -> None:
    """Every setting with its value and where that came from; secrets are not shown."""
    from ecm_tui.config import describe, load

    rows = describe(load({}, os.environ))
    if as_json:
        print_json(
            [{"key": row.key, "value": row.value, "source": row.source, "variable": row.variable} for row in rows]
        )
    else:
        print_rows([[row.key, row.value, row.source] for row in rows])


@config.command()
@json_option
def check(as_json: bool) -> None:
    """Read the settings and say what is wrong; ends with 1 when they cannot be used."""
    from ecm_tui.config import load, unknown_variables

    load({}, os.environ)
    strange = unknown_variables(os.environ)
    for name, near in strange.items():
        warn(f"{name} sets nothing." + (f" The nearest is {near}." if near else ""))
    if as_json:
        print_json({"right": True, "unknown_variables": strange})
    else:
        print_line("The settings can be used.")
