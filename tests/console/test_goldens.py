"""How every screen and dialog looks, as text. `python -m tests.console.test_goldens` writes the goldens anew."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.console.scenes import SCENES, shown

GOLDENS = Path(__file__).parent / "goldens"

SIZES = ((80, 24), (120, 40))


async def picture(name: str, size: tuple[int, int], state: Path) -> str:
    async with shown(name, size, state) as seen:
        return seen.text + "\n"


def golden(name: str, size: tuple[int, int]) -> Path:
    return GOLDENS / f"{name}-{size[0]}x{size[1]}.txt"


@pytest.mark.parametrize("size", SIZES, ids="80x24 120x40".split())
@pytest.mark.parametrize("name", SCENES)
async def test_L2_the_screen_looks_as_it_should(name: str, size: tuple[int, int], tmp_path: Path):
    assert await picture(name, size, tmp_path) == golden(name, size).read_text()


def test_no_golden_is_left_of_a_scene_that_is_no_more():
    assert set(GOLDENS.iterdir()) == {golden(name, size) for name in SCENES for size in SIZES}


def write_anew() -> None:
    """Draw every golden."""
    for old in GOLDENS.glob("*.txt"):
        old.unlink()
    for name in SCENES:
        for size in SIZES:
            with tempfile.TemporaryDirectory() as state:
                golden(name, size).write_text(asyncio.run(picture(name, size, Path(state))))


if __name__ == "__main__":
    write_anew()
