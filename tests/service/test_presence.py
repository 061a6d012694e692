"""Who is there: pages that vanish, come back, or stay away; and a service that starts again."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.core import commands as c
from ecm_tui.errors import ReadOnlyError
from ecm_tui.service.serve import Options
from ecm_tui.service.streams import Streams
from tests.service.house import service
from tests.until import until

SHORT = Options(bridge_command=None, grace=0.4)


async def test_S38_a_closed_tab_stops_counting_and_keeps_its_place_for_the_grace(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        page.vanish()
        person = await people.stands("admitted", connected=False)
        assert person["connected"] is False
        assert not any(m["type"] == "revoke" for m in bridge.waiting), "their media may go on"
        again = await house.page(page.credential)
        await again.state("admitted")
        await again.heard("media", state="ready")
        await people.stands("admitted", connected=True)
        assert (await bridge.heard("grant"))["grant"]["peer"] == f"{people.ids['Ann']}-1", "without a new admission"


async def test_S38_past_the_grace_the_person_has_left_and_the_link_leads_to_waiting(tmp_path: Path) -> None:
    async with service(tmp_path, SHORT) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        page.vanish()
        await people.stands("left", connected=False)
        await bridge.revoked()
        again = await house.page(page.credential)
        await again.state("left")
        await again.send(type="enter", devices={})
        await again.state("waiting")
        assert (await people.person())["id"] == people.ids["Ann"], "a person keeps id and row for life"


async def test_S38_a_silent_page_is_noticed_by_its_missing_pongs(tmp_path: Path) -> None:
    quick = Options(bridge_command=None, ping=(0.1, 0.2))
    async with service(tmp_path, quick) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        page.socket.transport.pause_reading()
        await people.stands("waiting", connected=False)
        page.vanish()


async def test_coming_back_in_time_stops_the_grace(tmp_path: Path) -> None:
    async with service(tmp_path, Options(bridge_command=None, grace=1.0)) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        page.vanish()
        await people.stands("waiting", connected=False)
        again = await house.page(page.credential)
        await again.state("waiting")
        end = asyncio.get_running_loop().time() + 1.2
        await until(lambda: asyncio.get_running_loop().time() > end)
        assert (await people.person())["state"] == "waiting"


async def test_a_removal_while_the_page_is_away_holds(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        page.vanish()
        await people.stands("admitted", connected=False)
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        assert await (await house.page(page.credential)).closed() == 4401


async def test_a_service_that_starts_again_admits_nobody_who_was_not(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, bea = await people.in_call(), await people.waiting("Bea")
        since = (await people.person("Bea"))["waiting_since"]
    async with service(tmp_path) as house:
        console = await house.console()
        people.console = console
        assert (await people.person("Ann"))["connected"] is False
        bridge = await house.bridge()
        assert list(await bridge.grants()) == [f"{people.ids['Ann']}-1"]
        again = await house.page(bea.credential)
        assert (await again.state("waiting"))["since"] == since
        back = await house.page(ann.credential)
        await back.state("admitted")
        await back.heard("media", state="ready")
        await people.stands("admitted", connected=True)
        await people.stands("waiting", "Bea", connected=True)


async def test_after_a_start_the_grace_runs_from_now(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        await people.in_call()
        bea = await people.waiting("Bea")
    async with service(tmp_path, Options(bridge_command=None, grace=3.0)) as house:
        people.console = await house.console()
        again = await house.page(bea.credential)
        await again.state("waiting")
        await people.stands("left", "Ann")
        assert (await people.person("Bea"))["state"] == "waiting"


async def test_a_quiet_end_records_no_losses(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        await house.service.__aexit__()
        assert await page.closed() == 1012
    async with service(tmp_path) as house:
        found = await (await house.console()).query("appointment", appointment=people.id)
        lost = [one["actor"]["id"] for one in found["timeline"] if one["event"]["type"] == "connection_lost"]
        assert lost == ["service"], "only the start says so, once"


class Disk:
    """Takes no word of anybody's presence while it is `full`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = True
        self.refused: list[c.Presence] = []
        real = Streams.execute

        async def execute(streams: Streams, stream: str, command: Any, *more: Any) -> Any:
            if self.full and isinstance(command, c.Presence):
                self.refused.append(command)
                raise ReadOnlyError("clinic.sqlite", "the disk is full")
            return await real(streams, stream, command, *more)

        monkeypatch.setattr(Streams, "execute", execute)
        monkeypatch.setattr("ecm_tui.service.insist.PAUSE_SECONDS", 0.02)


async def test_who_vanishes_while_the_disk_is_full_has_left_when_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(tmp_path, Options(bridge_command=None, grace=0.1)) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        disk = Disk(monkeypatch)
        page.vanish()
        grace = asyncio.get_running_loop().time() + 0.2
        await until(lambda: disk.refused and asyncio.get_running_loop().time() > grace)
        disk.full = False
        await people.stands("left", connected=False)


async def test_who_is_back_before_the_disk_took_their_loss_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(tmp_path, Options(bridge_command=None, grace=0.1)) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        disk = Disk(monkeypatch)
        page.vanish()
        await until(lambda: disk.refused)
        disk.full = False
        again = await house.page(page.credential)
        await again.state("waiting")
        await people.stands("waiting", connected=True)


async def test_a_start_with_a_full_disk_waits_for_nobodys_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"Guest{number}" for number in range(5)]
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), *names)
        for name in names:
            await people.waiting(name)
    disk = Disk(monkeypatch)
    monkeypatch.setattr("ecm_tui.service.presence.RECOVER_SECONDS", 0.1)
    async with service(tmp_path, Options(bridge_command=None, grace=600)) as house:
        assert {command.person_id for command in disk.refused} == {people.ids[name] for name in names}
        people.console = await house.console()
        disk.full = False
        for name in names:
            await people.stands("waiting", name, connected=False)
