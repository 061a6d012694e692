"""kill -9 of a real service with an invitation on its way: it arrives once, and the row tells the truth."""

import asyncio
import socket
from pathlib import Path
from typing import Any

from tests.end_to_end.clinic import Clinic, clinic
from tests.service.invitations.builders import SENDER
from tests.service.invitations.servers import mail_server
from tests.until import until


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def delivery(house: Clinic, appointment: str) -> dict[str, Any]:
    (person,) = await house.people(appointment)
    (found,) = person["deliveries"]
    return found


async def stands(house: Clinic, appointment: str, state: str, why: str) -> None:
    async def found() -> bool:
        now = await delivery(house, appointment)
        assert (now["state"], why in now["why"]) == (state, True), now
        return True

    await until(found, 30, every=0.2)


async def test_what_was_queued_when_the_service_was_killed_is_sent_once_by_the_next(tmp_path: Path):
    port = a_free_port()
    async with clinic(tmp_path, ECM_MAIL_URL=f"smtp://127.0.0.1:{port}", ECM_MAIL_SENDER=SENDER) as house:
        number = (await house.appointment())["id"]
        await stands(house, number, "queued", "cannot be reached")
        await house.kill()
        async with mail_server(port) as mail:
            await house.start()
            await stands(house, number, "sent", "")
            await house.kill()
            await house.start()
            await stands(house, number, "sent", "")
            assert len(mail.letters) == 1


async def test_what_was_being_handed_over_is_not_sent_again_and_the_row_says_so(tmp_path: Path):
    async with mail_server(before_data=lambda _: asyncio.Event().wait()) as mail:
        async with clinic(tmp_path, ECM_MAIL_URL=mail.url, ECM_MAIL_SENDER=SENDER) as house:
            number = (await house.appointment())["id"]
            await until(lambda: mail.letters, 30)
            assert (await delivery(house, number))["state"] == "queued"
            await house.kill()
            mail.before_data = None
            await house.start()
            await stands(house, number, "failed", "it may have arrived")
            assert len(mail.letters) == 1
            (person,) = await house.people(number)
            await house.ask("call", "resend", number, person["id"])
            await stands(house, number, "sent", "")
            assert len({letter["Message-ID"] for letter in mail.letters}) == len(mail.letters) == 2
