"""The README's pictures."""

import re
from pathlib import Path

import pytest

from tests.console.pictures import FOLDER, PICTURES, drawn

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("name", PICTURES)
async def test_the_readme_shows_the_console_as_it_is(name: str, tmp_path: Path):
    """Else draw them anew: `python -m tests.console.pictures`."""
    assert await drawn(PICTURES[name], tmp_path) == (FOLDER / f"{name}.svg").read_text()


def test_every_picture_stands_in_the_readme_and_asks_no_other_host():
    root = README.parent
    assert {root / path for path in re.findall(r"\]\((\S+\.svg)\)", README.read_text())} == set(FOLDER.iterdir())
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.svg" for name in PICTURES}
    assert not [path for path in FOLDER.iterdir() if "url(" in path.read_text().replace("url(#", "")]
