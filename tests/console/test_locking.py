"""The locked console shows no name, takes no key but those that unlock it, and drops no call."""

from pathlib import Path

import pytest

from ecm_tui.console.messages import LinkRequested
from ecm_tui.console.pin import load, made, save
from ecm_tui.core import commands as c
from ecm_tui.errors import ConfigError
from tests.console.driving import Console, console


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the PIN 2468."""
    monkeypatch.setattr("ecm_tui.console.pin.COST", 2**4)
    path = tmp_path / "config" / "pin.json"
    save(path, made("2468"))
    return path


def test_a_pin_is_kept_as_a_hash_that_only_its_owner_reads(pin: Path):
    assert pin.stat().st_mode & 0o777 == 0o600
    assert "2468" not in pin.read_text()
    kept = load(pin)
    assert kept is not None and kept.fits("2468") and not kept.fits("2469")
    save(pin, made("13579"))
    again = load(pin)
    assert again is not None and again.fits("13579")
    assert list(pin.parent.iterdir()) == [pin]
    with pytest.raises(ValueError, match="at least 4"):
        made("123")


@pytest.mark.parametrize("broken", ["", "{}", '{"salt": 1, "scrypt": 2}', "[]", '{"salt": "x", "scrypt": "y"}'])
def test_a_broken_file_opens_nothing(tmp_path: Path, broken: str):
    assert load(tmp_path / "none") is None
    (tmp_path / "pin.json").write_text(broken)
    with pytest.raises(ConfigError, match="lock set"):
        load(tmp_path / "pin.json")


async def locked(seen: Console) -> None:
    await seen.press("f12")
    await seen.sees("Locked")


async def test_nothing_but_counts_is_shown_and_nothing_works(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    await seen.open("Ann Lee")
    await locked(seen)
    await seen.sees("A call is running.")
    seen.service.enter(appointment, "Ann Lee")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("2 people want to join.")
    await seen.press("f2", "f6", "ctrl+o", "ctrl+p", "f1", "escape", "f10", "ctrl+q", "tab", "ctrl+n", "f12")
    await seen.pilot.pause()
    assert "Ann" not in seen.text and "Bea" not in seen.text and "Lake" not in seen.text
    assert seen.service.sent == []
    assert seen.app.is_running and len(seen.app.screen_stack) == 2
    assert seen.service.state(appointment, "Ann Lee") == "waiting"


async def test_without_a_pin_any_key_and_enter_unlock(seen: Console, appointment: str):
    await locked(seen)
    await seen.press("enter")
    await seen.sees("Locked")
    await seen.press("x", "enter")
    await seen.sees_no("Locked")
    await seen.sees("Ann Lee")


async def test_only_the_pin_unlocks_and_wrong_ones_are_slowed_down(service, clock, state, pin: Path, appointment: str):
    async with console(service, clock, state, pin=pin) as seen:
        await locked(seen)
        await seen.type("1111")
        await seen.press("enter")
        await seen.sees("That is not the PIN.")
        await seen.press_at_once("2", "4", "6", "8", "enter")
        await seen.sees("Too soon after a wrong PIN")
        clock.pass_(30)
        await seen.type("2468")
        assert "2468" not in seen.text
        await seen.press("enter")
        await seen.sees("Ann Lee")


@pytest.fixture
def broken_pin(tmp_path: Path) -> Path:
    (tmp_path / "pin.json").write_text("broken")
    return tmp_path / "pin.json"


async def test_a_pin_file_that_cannot_be_read_stays_locked(service, clock, state, broken_pin: Path, appointment: str):
    async with console(service, clock, state, pin=broken_pin) as seen:
        await locked(seen)
        await seen.type("2468")
        await seen.press("enter")
        await seen.sees("That is not the PIN.")


async def test_it_locks_by_itself_after_minutes_without_a_key(service, clock, state, appointment: str):
    async with console(service, clock, state, lock_minutes=5) as seen:
        clock.pass_(4 * 60)
        await seen.press("j")
        clock.pass_(4 * 60)
        await seen.sees("Ann Lee")
        clock.pass_(61)
        await seen.sees("Locked")


async def test_what_comes_up_by_itself_waits_until_it_is_unlocked(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await locked(seen)
    seen.app.post_message(LinkRequested(appointment))
    await seen.pilot.pause()
    assert "/join/" not in seen.text
    await seen.press("x", "enter")
    await seen.sees("Join link")
