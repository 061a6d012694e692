"""Pictures by kitty's protocol: whole, in small pieces, of bounded size, and taken away again."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from ecm_tui.console.kitty import CUT_SHORT, IDS, PIECE, Graphic, gone, graphic, sequences
from tests.console.test_halfcells import jpeg

COMMAND = re.compile("\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\\\")


def commands(sent: str) -> list[tuple[dict[str, str], str]]:
    """The protocol's commands: what they say, and their data."""
    found = COMMAND.findall(sent)
    return [(dict(part.split("=") for part in head.split(",")), data) for head, data in found]


def made(far: bool, noise: int = 0) -> Graphic:
    return graphic(jpeg("red", noise=noise), (68, 16), 1200, far)


def test_the_pieces_together_are_the_picture_and_the_last_one_puts_it_in_its_place():
    sent = sequences(made(far=False, noise=255), (5, 4), 1)
    assert all(len(piece) <= PIECE + 40 for piece in sent)
    told = commands("".join(sent[:-1]))
    assert [head["m"] for head, _ in told] == ["1"] * (len(told) - 1) + ["0"]
    assert told[0][0]["f"] == "100" and told[0][0]["i"] == str(IDS[1])
    with Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in told)))) as image:
        assert image.size == (320, 180)
    (place, _), (old, _) = commands(sent[-1])
    assert sent[-1].startswith("\x1b7\x1b[5;6H") and (place["a"], place["c"], place["r"]) == ("p", "56", "16")
    assert (old["a"], old["i"]) == ("d", str(IDS[0])), "the one before goes when the next is there"


def test_the_terminal_answers_nothing_that_would_be_typed():
    everything = "".join([*sequences(made(far=True), (0, 0), 2), gone(), CUT_SHORT])
    assert all(head["q"] == "2" for head, _ in commands(everything))
    assert COMMAND.sub("", everything) == "\x1b7\x1b[1;1H\x1b8"


def test_over_ssh_the_costliest_picture_has_no_more_bytes_than_one_in_half_cells():
    sent = "".join(sequences(made(far=True, noise=255), (5, 4), 1))
    assert 3_000 < len(sent) < 21_000


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="cannot be read"):
        graphic(b"nothing", (68, 16), 1200, False)
