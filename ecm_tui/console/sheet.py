"""The app's style sheet, each source of which is parsed once.

Textual 8.2.8 parses all of them anew whenever a screen brings its own, and once more for variables that are as they
were: at the start that is four times the same work before the first picture.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

MOST_SOURCES = 512
"""Sources that stay parsed: a widget's class is one, a file is one."""


class Sheet(Stylesheet):
    """What was parsed stays so until the variables change."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables=dict(variables))
        self._parse_cache = LRUCache(MOST_SOURCES)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Other variables mean other rules; the same ones mean nothing new."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Take in what is new. Raises as `parse` does, and keeps the rules that there were."""
        self.parse()
