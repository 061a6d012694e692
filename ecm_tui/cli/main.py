"""The root command, and the one place where errors become words and exit codes.

0 done, 1 failed, 2 wrong usage, 3 refused by a rule, 4 service not reachable.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from ecm_tui.cli.lazy import Lazy, Section
from ecm_tui.cli.token import CHOSEN

if TYPE_CHECKING:
    from ecm_tui.errors import EcmError

INTERRUPTED = 130
"""What shells expect of a program that ctrl+c ended."""

SECTIONS: Sequence[Section] = (
    Section("First steps", {"demo": ("demo:run", "A rehearsal with simulated patients, on temporary data.")}),
    Section(
        "Every day",
        {
            "appointment": ("appointment:appointment", "Make, list, show, edit and cancel appointments."),
            "import": ("import_:import_", "The day's list from a calendar, a table or FHIR."),
            "call": ("call:call", "Start and end a call; admit, remove, mute and invite people."),
            "invite": ("invite:invite", "Look at invitations as they would go out."),
            "window": ("window:window", "Open the video window on this computer."),
            "events": ("events:events", "What happened in an appointment, one JSON object a line."),
            "lock": ("lock:lock", "A PIN that unlocks the console."),
            "status": ("status:status", "One line for tmux or a prompt."),
        },
    ),
    Section(
        "The service",
        {
            "serve": ("serve:serve", "Run the service in the foreground."),
            "service": ("service:service", "Look at, stop or restart the service behind the console."),
            "organiser": ("organiser:organiser", "Accounts for several people, and their tokens."),
            "audit": ("audit:audit", "Verify that the log was not altered."),
            "backup": ("backup:backup", "Everything of the clinic in one private file."),
            "restore": ("backup:restore", "Put a backup in place, when no service runs."),
            "doctor": ("doctor:doctor", "What is unsafe, broken or worth knowing in this set-up."),
        },
    ),
    Section(
        "Looking things up",
        {
            "config": ("config:config", "Where the settings are, what they are, whether they are right."),
            "keys": ("keys:keys", "Every key of the console."),
            "help": ("help:help_", "Pages to read: over SSH, and more."),
        },
    ),
)

HELP = """The organiser's console for video appointments.

Without a command it opens the console, and starts the clinic's service first when none runs. A first call takes two
lines, with nothing to set up:

\b
  ecm-tui appointment add --patient "Ann Lee" --email ann@example.org
  ecm-tui

The first prints a link: open it in a browser to be the patient. In the console press Enter on the appointment, Enter
once more to start the call, and `a` to admit. F1 shows help there.
"""

EPILOG = """Each command explains itself with --help. Those that answer take --json. Exit codes: 0 done, 1 failed,
2 wrong usage, 3 refused by a rule, 4 service not reachable. ECM_HOME puts everything under one directory."""


@click.group(
    "ecm-tui",
    cls=Lazy,
    sections=SECTIONS,
    invoke_without_command=True,
    help=HELP,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--service", metavar="URL", default="", help="Use the service at this https:// address (ECM_SERVICE).")
@click.option(
    "--token-file",
    metavar="FILE",
    default="",
    help="Act as the account whose token is in this file, which only you can read (ECM_TOKEN_FILE).",
)
@click.option("--read-only", is_flag=True, help="Console: look, and change nothing.")
@click.option("--plain", is_flag=True, help="Console: numbered lines and typed commands, nothing drawn.")
@click.option("--no-mouse", is_flag=True, help="Console: leave the mouse to the terminal.")
@click.option(
    "--confined", is_flag=True, help="Console: no file or program of this account is in reach (`ecm-tui help ssh`)."
)
@click.option("--version", is_flag=True, help="Show the version and end.")
@click.pass_context
def root(
    ctx: click.Context,
    service: str,
    token_file: str,
    read_only: bool,
    plain: bool,
    no_mouse: bool,
    confined: bool,
    version: bool,
) -> None:  # the options of contract.md
    """Open the console, or go on to the command."""
    ctx.obj = service or os.environ.get("ECM_SERVICE", "")
    ctx.meta[CHOSEN] = token_file or os.environ.get("ECM_TOKEN_FILE", "")
    if version:
        from ecm_tui.version import own_version

        click.echo(f"ecm-tui {own_version()}")
        ctx.exit()
    if ctx.invoked_subcommand is None:
        from ecm_tui.cli.console import open_console

        open_console(ctx.obj, read_only=read_only, mouse=not no_mouse, confined=confined, plain=plain)
    elif read_only or plain or no_mouse or confined:
        raise click.UsageError(
            "--read-only, --plain, --no-mouse and --confined belong to the console, not to a command."
        )


def run(words: Sequence[str]) -> int:
    """Run the command line `words`, say in one sentence what went wrong, and return the exit code."""
    from ecm_tui.errors import EcmError

    _never_stumble_over_encodings()
    try:
        with root.make_context("ecm-tui", list(words)) as ctx:
            root.invoke(ctx)
        return 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except EcmError as error:
        return _say(words, error)
    except click.exceptions.Abort:
        click.echo("Nothing was done.", err=True)
        return 1
    except click.UsageError as error:
        return _say(words, _usage(error))
    except click.ClickException as error:
        return _say(words, EcmError(error.format_message()))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except Exception:  # the command line's one broad net: whoever typed it gets words, never a traceback
        return _say(words, _fault())


def _say(words: Sequence[str], error: EcmError) -> int:
    from ecm_tui.core.text import clean
    from ecm_tui.errors import EcmError

    message = clean(error.message, multiline=True)
    if "--json" in words:
        import json

        click.echo(json.dumps({"code": error.code, "message": message}), err=True)
    else:
        click.echo(message, err=True)
    # A service that could not save tells so as a refusal; no rule refused, it failed.
    return EcmError.exit_code if error.code.startswith("store_") else error.exit_code


def _usage(error: click.UsageError) -> EcmError:
    from ecm_tui.errors import UsageError

    sentence = error.format_message().strip()
    sentence += "" if sentence.endswith((".", "?", "!")) else "."
    path = error.ctx.command_path if error.ctx else "ecm-tui"
    return UsageError(f"{sentence} `{path} --help` shows how it is written.")


def _fault() -> EcmError:
    from ecm_tui.errors import EcmError

    if os.environ.get("ECM_DEBUG"):
        import traceback

        traceback.print_exc()
    return EcmError(
        "ecm-tui has a fault here and cannot go on; what the service had saved before is safe. Run the command again "
        "with ECM_DEBUG=1 before it, and send what it prints to whoever maintains ecm-tui.",
        "fault",
    )


def _nobody_reads() -> int:
    """Whoever read our output has left, as `head` does. Python must not try to flush into that pipe at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _never_stumble_over_encodings() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


COMMANDS: Mapping[str, tuple[str, str]] = {
    name: entry for section in SECTIONS for name, entry in section.commands.items()
}
