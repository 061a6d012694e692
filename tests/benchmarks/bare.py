"""The least that a Textual app can be: a field, a list of 70 and a footer, without a service or anything to read.

Its start is the measure of ours: it differs between computers, and from one minute to the next, as ours does.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import App
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList

LAST_SHOWN = "Guest 20"


class BareApp(App[None]):
    def compose(self) -> Iterator[Widget]:
        yield Input()
        yield OptionList(*(f"Guest {number:02d}" for number in range(70)))
        yield Footer()


if __name__ == "__main__":
    BareApp().run()
