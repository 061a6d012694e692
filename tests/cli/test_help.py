"""`ecm-tui help`: the pages that come with the program."""

import pytest

from ecm_tui.cli.help import topics
from tests.cli.conftest import Ecm


def test_without_a_topic_every_page_is_listed_with_what_it_is_about(ecm: Ecm):
    listed = ecm("help").out
    assert "ecm-tui help ssh" in listed and "The console over SSH" in listed
    assert [each["topic"] for each in ecm.ask("help")] == list(topics())


@pytest.mark.parametrize("topic", topics())
def test_a_page_is_printed_as_it_is_and_fits_a_terminal_or_a_screen_beside_it(ecm: Ecm, topic: str):
    said = ecm("help", topic)
    assert (said.code, said.err) == (0, "")
    assert said.out == topics()[topic] and said.out.startswith("# ")
    assert max(len(line) for line in said.out.splitlines()) <= 120
    assert ecm.ask("help", topic) == {"topic": topic, "text": topics()[topic]}


def test_the_name_of_a_command_gives_its_own_help(ecm: Ecm):
    assert ecm("help", "call").out == ecm("call", "--help").out


def test_an_unknown_topic_is_told_which_there_are(ecm: Ecm):
    said = ecm("help", "nonsense")
    assert said.code == 2 and "There are:" in said.err and "ssh" in said.err
