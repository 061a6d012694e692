"""`ecm-tui doctor`: what stands in the way of a call, and what is unsafe. Looks only: nothing is started or changed."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ecm_tui.cli.output import json_option, new_file, print_json, print_line
from ecm_tui.cli.reach import own_settings

if TYPE_CHECKING:
    from ecm_tui.cli.checks.check import Check

SUBJECTS = {
    "terminal": "Terminal",
    "service": "Service",
    "port": "Ports",
    "tls": "Certificate",
    "links": "Links",
    "relay": "Relay (TURN)",
    "codecs": "Codecs",
    "devices": "Your own picture and sound",
    "data": "Data",
    "settings": "Settings",
}
"""First part of a check's id -> heading."""

LOOKS = {"ok": ("ok", "green"), "warn": ("warn", "yellow"), "bad": ("bad", "red"), "unknown": ("?", "cyan")}
"""Verdict -> word and colour; the word says it all."""

WIDEST = 100


@click.command()
@json_option
@click.option("--bundle", default="", metavar="FILE", help="Also write a support bundle without personal data there.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool, bundle: str) -> None:
    """Look at terminal, service, ports, TLS, links, relay, devices, codecs, data and settings.

    Ends with 1 when something is unsafe or broken. It starts no service, switches no camera on, and with --service or
    ECM_SERVICE looks at the service there instead of one on this computer.
    """
    path = new_file(bundle) if bundle else None
    found = list(examine(ctx.find_root().obj or ""))
    if path:
        from ecm_tui.cli.bundle import write_bundle

        write_bundle(path, found)
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    if as_json:
        shown = [{"id": c.id, "verdict": c.verdict, "sentence": c.sentence, "next_step": c.next_step} for c in found]
        print_json({"ok": not _count(found, "bad"), "checks": shown})
    else:
        _print(found)
        if path:
            print_line(f"{path} is written, for you alone to read. Look into it before you hand it on.")
    ctx.exit(1 if _count(found, "bad") else 0)


def examine(service: str) -> Iterator[Check]:
    """Every check; `service` is the URL of one elsewhere, or empty for this user's own."""
    from ecm_tui.cli.checks import data, links, media, settings, terminal
    from ecm_tui.cli.checks import service as services
    from ecm_tui.errors import ConfigError
    from ecm_tui.paths import find_places
    from ecm_tui.service import daemon

    yield from terminal.Terminal.own().checks()
    try:
        own = own_settings()
    except ConfigError as error:
        yield settings.unusable(error)
        yield from data.checks(find_places(os.environ), running=False)
        return
    if service:
        yield from services.elsewhere(service)
    else:
        running = daemon.find(own.home) is not None
        yield from services.checks(own)
        yield from links.checks(own, running, datetime.now(UTC))
    yield from media.checks(own)
    if not service:
        yield from data.checks(own.home, running)
    yield from settings.checks(own)


def _count(found: Sequence[Check], *verdicts: str) -> int:
    return sum(check.verdict in verdicts for check in found)


def _print(found: Sequence[Check]) -> None:
    heading = ""
    for check in found:
        subject = SUBJECTS[check.id.partition(".")[0]]
        if subject != heading:
            heading = subject
            click.echo(click.style(subject, bold=True))
        _print_one(check)
    click.echo("")
    broken, notes = _count(found, "bad"), _count(found, "warn", "unknown")
    if broken:
        print_line(f"{broken} {'thing is' if broken == 1 else 'things are'} unsafe or broken.")
    elif notes:
        print_line(f"Nothing is unsafe or broken. {notes} {'thing is' if notes == 1 else 'things are'} worth knowing.")
    else:
        print_line("All is well.")


def _print_one(check: Check) -> None:
    from ecm_tui.core.text import clean

    word, colour = LOOKS[check.verdict]
    width = min(WIDEST, max(40, shutil.get_terminal_size().columns)) - 8
    for number, line in enumerate(textwrap.wrap(clean(check.sentence, 600), width, break_on_hyphens=False)):
        label = click.style(f"{word:>4}", fg=colour) if not number else "    "
        click.echo(f"  {label}  {line}")
    for line in textwrap.wrap(clean(check.next_step, 600), width - 2, break_on_hyphens=False):
        click.echo(" " * 10 + line)
