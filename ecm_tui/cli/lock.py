"""`ecm-tui lock ...`: the PIN that unlocks the console. It is never an argument: arguments can be read by others."""

from __future__ import annotations

import os

import click

from ecm_tui.cli.output import print_line
from ecm_tui.errors import EcmError, UsageError


@click.group(no_args_is_help=True)
def lock() -> None:
    """The PIN that unlocks the console after F12, or after `console.lock_minutes` without a key."""


@lock.command("set")
def set_pin() -> None:
    """Ask for a PIN twice, and keep a hash of it that only you can read."""
    from ecm_tui.console.pin import made, save
    from ecm_tui.paths import find_places

    typed = click.prompt("PIN", hide_input=True, confirmation_prompt="Once more", err=True)
    try:
        save(find_places(os.environ).pin, made(typed))
    except ValueError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise EcmError(f"The PIN could not be kept: {error.strerror or error}.") from error
    print_line("The console asks for this PIN from its next start on.")


@lock.command()
def clear() -> None:
    """Forget the PIN: any key and Enter unlock then."""
    from ecm_tui.paths import find_places

    try:
        find_places(os.environ).pin.unlink(missing_ok=True)
    except OSError as error:
        raise EcmError(f"The PIN could not be forgotten: {error.strerror or error}.") from error
    print_line("No PIN is set.")
