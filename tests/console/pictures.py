"""`python -m tests.console.pictures` draws the README's pictures of the console, as SVG, from the scenes."""

from __future__ import annotations

import asyncio
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.console.scenes import shown

FOLDER = Path(__file__).parents[2] / "ecm_tui" / "docs" / "pictures"

FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Whoever looks at the README asks no other host for a font."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One picture: a scene in a terminal of that many columns and rows."""

    scene: str
    size: tuple[int, int]
    title: str


PICTURES = {
    "session": Picture(scene="talk", size=(120, 26), title="A session: people and chat side by side"),
    "schedule": Picture(scene="schedule", size=(84, 18), title="The Clinic Schedule"),
    "note": Picture(scene="note", size=(84, 24), title="A private note beside the people"),
}
"""By file name."""


async def drawn(picture: Picture, state: Path) -> str:
    """The picture as SVG; `state` is a folder of its own."""
    async with shown(picture.scene, picture.size, state) as seen:
        return FONT.sub("", seen.app.export_screenshot(title=picture.title)).replace("Fira Code, ", "")


def main() -> None:
    """Draw every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        with tempfile.TemporaryDirectory() as state:
            (FOLDER / f"{name}.svg").write_text(asyncio.run(drawn(picture, Path(state))))


if __name__ == "__main__":
    main()
