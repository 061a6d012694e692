"""U3: where no window can open the console says why, and by which way the link opens on one's own computer."""

from pathlib import Path

import pytest

from ecm_tui.console.seeing import tunnel
from ecm_tui.core import commands as c
from tests.console.driving import TERMINAL, console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.test_window import NO_DISPLAY, child

LINK = "http://127.0.0.1:8440/view/w-a1"
SSH = {"SSH_CONNECTION": "198.51.100.9 50000 203.0.113.7 22", "USER": "clinic"}


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        (SSH, "ssh -N -L 8440:127.0.0.1:8440 clinic@203.0.113.7"),
        (
            {**SSH, "SSH_CONNECTION": "::1 5 2001:db8::7 2222"},
            "ssh -N -L 8440:127.0.0.1:8440 -p 2222 clinic@2001:db8::7",
        ),
        ({**SSH, "USER": "$(id)"}, "ssh -N -L 8440:127.0.0.1:8440 203.0.113.7"),
        ({"SSH_CONNECTION": "a b $(reboot) 22"}, ""),
        ({"SSH_CONNECTION": "nonsense"}, ""),
        ({}, ""),
    ],
)
def test_the_line_that_lets_the_link_through_is_made_of_what_ssh_told(environ: dict[str, str], line: str):
    assert tunnel(LINK, environ) == line


async def shown(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, environ: dict[str, str]
) -> list[str]:
    """What F8 shows where there is no display: at once, after q, after q again and c."""
    service.other(appointment, c.StartCall())
    more = {"environ": {**TERMINAL, **environ}, "window": child(NO_DISPLAY)}
    async with console(service, clock, state, **more) as seen:
        await seen.open("Ann Lee")
        await seen.press("f8")
        await seen.sees("There is no display here.")
        screens = [seen.text]
        await seen.press("q")
        await seen.sees("█▀▀▀▀▀█")
        screens.append(seen.text)
        await seen.press("q", "c")
        await seen.sees("Viewer link")
        return [*screens, seen.text]


async def test_over_ssh_a_link_of_the_host_comes_with_the_line_that_lets_it_through(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    first, code, last = await shown(service, clock, state, appointment, SSH)
    assert "ssh -N -L 8440:127.0.0.1:8440 clinic@203.0.113.7" in first
    assert f"http://127.0.0.1:8440/view/w-{appointment}" in first and "works on this computer only" not in first
    assert "No browser either? p on a person in the call shows small pictures here." in first
    assert "ecm-tui window LINK" in first and "c copies the ssh line" in first
    assert "Viewer link" not in code and "Copied to the clipboard" in last


async def test_without_ssh_or_with_a_public_address_there_is_no_such_line(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    first, _, _ = await shown(service, clock, state, appointment, {})
    assert "works on this computer only" in first and "ssh -N" not in first
    service.local_only = False
    service.other(appointment, c.EndCall())
    first, _, _ = await shown(service, clock, state, appointment, SSH)
    assert "ssh -N" not in first and "On your own computer, in a browser" in first
