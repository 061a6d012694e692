"""Simulated patients greet in the chat, and answer the clinic one line at a time."""

import asyncio
from collections.abc import Mapping
from typing import Any

from media.chatter import ANSWERS, FOR_A_FILE, GREETING, Chatter
from tests.until import until


def line(organiser: bool = True, file: bool = False) -> dict[str, Any]:
    by = {"id": "o1", "name": "Dr Osei", "organiser": organiser}
    return {"type": "line", "line": {"number": 1, "by": by, "text": "Hello", "file": {"id": "f1"} if file else None}}


async def test_patients_greet_and_answer_the_clinic_but_not_each_other() -> None:
    sent: list[Mapping[str, Any]] = []
    gate = asyncio.Event()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def sleep(seconds: float) -> None:
        await gate.wait()

    chatter = Chatter(send, sleep)
    chatter.start()
    chatter.heard(line())
    gate.set()
    await until(lambda: [message["text"] for message in sent] == [GREETING], what="one thing at a time")
    chatter.heard(line(organiser=False))
    chatter.heard({"type": "page", "view": {}})
    chatter.heard(line(file=True))
    await until(lambda: sent[-1]["text"] == FOR_A_FILE)
    chatter.heard(line())
    await until(lambda: sent[-1]["text"] in ANSWERS)
    assert len({message["id"] for message in sent}) == len(sent) == 3
    gate.clear()
    chatter.heard(line())
    chatter.stop()
    chatter.stop()
    gate.set()
    await asyncio.sleep(0)
    assert len(sent) == 3
