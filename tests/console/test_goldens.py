"""How every screen and dialog looks, as text. `python -m tests.console.test_goldens` writes the goldens anew."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.console.scenes import SCENES, shown

GOLDENS = Path(__file__).parent / "goldens"

SIZES = ((80, 24), (120, 40))


def golden(name: str, size: tuple[int, int]) -> Path:
    return GOLDENS / f"{name}-{size[0]}x{size[1]}.txt"


async def looks(name: str, state: Path) -> dict[Path, str]:
    """The scene in a small terminal, and then as that one grows."""
    seen_as = {}
    async with shown(name, SIZES[0], state) as seen:
        for size in SIZES:
            await seen.resize(*size)
            seen_as[golden(name, size)] = seen.text + "\n"
    return seen_as


@pytest.mark.parametrize("name", SCENES)
async def test_L2_the_screen_looks_as_it_should(name: str, tmp_path: Path):
    for path, text in (await looks(name, tmp_path)).items():
        assert text == path.read_text()


def test_no_golden_is_left_of_a_scene_that_is_no_more():
    assert set(GOLDENS.iterdir()) == {golden(name, size) for name in SCENES for size in SIZES}


def write_anew() -> None:
    """Draw every golden."""
    for old in GOLDENS.glob("*.txt"):
        old.unlink()
    for name in SCENES:
        with tempfile.TemporaryDirectory() as state:
            for path, text in asyncio.run(looks(name, Path(state))).items():
                path.write_text(text)


if __name__ == "__main__":
    write_anew()
