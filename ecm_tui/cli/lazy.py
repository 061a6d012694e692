"""A group of commands whose modules are imported when they run, and not for `--help`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Section:
    """Commands that belong together in the help."""

    title: str
    commands: Mapping[str, tuple[str, str]]
    """Name -> (module:attribute below this package, what it does in a sentence)."""


class Lazy(click.Group):
    """Knows its commands by name and sentence; a command whose module is not installed does not exist."""

    def __init__(self, *args: Any, sections: Sequence[Section] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self._sections = sections
        self._entries = {name: entry for section in sections for name, entry in section.commands.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands that are there, in the order of the help."""
        return [name for name, (target, _) in self._entries.items() if _is_there(target)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, None when there is none of this name."""
        entry = self._entries.get(cmd_name)
        if entry is None or not _is_there(entry[0]):
            return None
        module, _, attribute = entry[0].partition(":")
        command = getattr(import_module(f"{__package__}.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest name in the error."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            ctx.fail(f'There is no command "{_shown(name)}".{_nearest(name, self.list_commands(ctx))}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help's list of commands, section by section, without importing them."""
        there = self.list_commands(ctx)
        for section in self._sections:
            rows = [(name, words) for name, (_, words) in section.commands.items() if name in there]
            if rows:
                with formatter.section(section.title):
                    formatter.write_dl(rows)


def _is_there(target: str) -> bool:
    return find_spec(f"{__package__}.{target.partition(':')[0]}") is not None


def _nearest(word: str, known: Sequence[str]) -> str:
    import difflib  # late: only for mistakes

    near = difflib.get_close_matches(word, known, 1, 0.5)
    return f' Did you mean "{near[0]}"?' if near else ""


def _shown(word: str) -> str:
    from ecm_tui.core.text import clean

    return clean(word, 40)
