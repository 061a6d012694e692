"""`ecm-tui help [TOPIC]`: pages that people read, packed with the program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import click

from ecm_tui.cli.output import json_option, print_json, print_line, print_rows
from ecm_tui.errors import UsageError


@click.command("help")
@click.argument("topic", required=False, default="")
@json_option
@click.pass_context
def help_(ctx: click.Context, topic: str, as_json: bool) -> None:
    """Print the page about TOPIC, or without one the list of pages. The name of a command gives its own help."""
    pages = topics()
    if topic and topic not in pages:
        _help_of_command(ctx, topic)
    elif topic and as_json:
        print_json({"topic": topic, "text": pages[topic]})
    elif topic:
        for line in pages[topic].splitlines():
            print_line(line)
    elif as_json:
        print_json([{"topic": name, "about": about(text)} for name, text in pages.items()])
    else:
        print_rows([[f"ecm-tui help {name}", about(text)] for name, text in pages.items()])


def topics() -> Mapping[str, str]:
    """Topic -> its page, in Markdown that reads well as it is."""
    pages = sorted(files("ecm_tui").joinpath("docs").iterdir(), key=lambda page: page.name)
    return {page.name.removesuffix(".md"): page.read_text("utf-8") for page in pages if page.name.endswith(".md")}


def about(page: str) -> str:
    """What a page is about, in a few words: its title."""
    return page.partition("\n")[0].lstrip("# ")


def _help_of_command(ctx: click.Context, name: str) -> None:
    root = ctx.find_root()
    assert isinstance(root.command, click.Group)
    command = root.command.get_command(root, name)
    if command is None:
        raise UsageError(f"There is no page of this name. There are: {', '.join(topics())}.")
    with click.Context(command, info_name=name, parent=root) as inner:
        click.echo(command.get_help(inner))
