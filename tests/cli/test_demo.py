"""The rehearsal: a clinic of its own, its sample day, its patients; and nothing left of it."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.cli import demo
from ecm_tui.cli.main import run
from ecm_tui.cli.rehearsal import DAY, EVEN, time_of
from ecm_tui.client import Address
from ecm_tui.client.service import ServiceClient
from ecm_tui.service import daemon
from ecm_tui.settings import Settings
from tests.until import until, until_now

ZONE = ZoneInfo("Europe/Zurich")


@given(st.integers(0, 365 * 24 * 60))
def test_U7_the_sample_day_is_today_at_any_hour(minutes):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    times = [time_of(booking, now, ZONE) for booking in DAY]
    assert {at.date() for at in times} == {now.astimezone(ZONE).date()}
    assert times == sorted(times)
    assert all(at.minute % EVEN == 0 for at in times)


def test_U7_the_sample_day_has_about_eight_appointments_in_different_states():
    assert len(DAY) == 8
    assert {booking.past for booking in DAY} == {"", "taken", "missed", "cancelled"}
    first = next(booking for booking in DAY if booking.roles)
    assert first.minutes == 0 and first.roles[0].after <= 3, "somebody knocks within seconds"


async def _people(settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """State of each appointment by its patient, and of each person by name."""
    async with ServiceClient(Address(socket=settings.home.socket)) as line:
        rows = (await line.query("appointments"))["appointments"]
        people = [person for row in rows for person in (await line.query("people", id=row["id"]))["people"]]
        return {row["patient"]: row["state"] for row in rows}, {each["name"]: each["state"] for each in people}


async def _ann_waits(settings: Settings) -> dict[str, str]:
    async def waits() -> dict[str, str]:
        _, people = await _people(settings)
        return (await _people(settings))[0] if people["Ann Lee"] == "waiting" else {}

    return await until(waits, timeout=60, every=0.2)


def test_U7_a_day_stands_ann_knocks_and_at_the_end_nothing_is_left(monkeypatch):
    monkeypatch.setenv("ECM_MAIL_URL", "smtp://mail.example.org")
    with demo.stage() as settings:
        home = Path(os.environ["ECM_HOME"])
        assert "ECM_MAIL_URL" not in os.environ, "a rehearsal sends no mail"
        assert settings.clinic.name == demo.CLINIC
        running = daemon.find(settings.home)
        assert running is not None
        day = asyncio.run(_ann_waits(settings))
        assert day == {
            "Maria Santos": "taken",
            "Peter Novak": "missed",
            "Ines Weber": "cancelled",
            "Ann Lee": "online",
            "Joseph Okafor": "scheduled",
            "Grace Kim": "scheduled",
            "Lena Fischer": "scheduled",
            "Samuel Brown": "scheduled",
        }
        assert home.stat().st_mode & 0o077 == 0
    assert not home.exists()
    assert os.environ["ECM_MAIL_URL"] == "smtp://mail.example.org"
    until_now(lambda: not _processes(home), timeout=10)


def _processes(home: Path) -> list[str]:
    """Processes that stand in the rehearsal's directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = os.readlink(process / "cwd")
        except OSError:
            continue
        if where.startswith(str(home)):
            found.append(where)
    return found


def test_a_terminated_rehearsal_leaves_nothing(tmp_path):
    program = (
        "import os, time\n"
        "from ecm_tui.cli import demo\n"
        "with demo.stage():\n"
        "    print(os.environ['ECM_HOME'], flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    home = Path(process.stdout.readline().strip())
    assert home.exists()
    process.terminate()
    assert process.wait(60) == 128 + 15
    process.stdout.close()
    assert not home.exists()
    until_now(lambda: not _processes(home), timeout=10)


def test_a_rehearsal_needs_a_terminal(capsys: pytest.CaptureFixture[str]):
    assert run(["demo"]) == 2
    assert "needs a terminal" in capsys.readouterr().err
