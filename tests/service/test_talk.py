"""The chat on pages: one order for everyone in the call, nothing for anyone else, retries once, floods held back."""

import json
from pathlib import Path

import pytest

from ecm_tui.core.chat import LONGEST_LINE
from ecm_tui.service.page_requests import LINES_AT_ONCE
from ecm_tui.service.talk import PART
from ecm_tui.settings import Chat
from tests.service.house import Console, House, Message, PageClient, Visitors, service
from tests.until import until


async def say(page: PageClient, text: str, number: str) -> Message:
    """The answer to one message: said or refused."""
    await page.send(type="say", id=number, text=text)

    def found() -> Message | None:
        for message in page.waiting:
            if message["type"] in ("said", "refused") and message.get("id") == number:
                page.waiting.remove(message)
                return message
        return None

    answer = await until(found, 15, what=f"the answer to {number}; it heard {page.frames[-3:]}")
    assert answer is not None
    return answer


def shown(page: PageClient) -> list[str]:
    """Every text that the page was told, in the order in which it came."""
    texts: list[str] = []
    for frame in page.frames:
        message = json.loads(frame)
        if message["type"] == "chat":
            texts = [line["text"] for line in message["lines"]]
        elif message["type"] == "line":
            texts.append(message["line"]["text"])
    return texts


async def start(house: House, *guests: str) -> tuple[Console, Visitors]:
    console = await house.console()
    people = await house.appointment(console, *guests)
    await people.start()
    return console, people


async def test_S47_everyone_in_the_call_reads_one_order_with_who_wrote_what(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console, people = await start(house, "Ben")
        ann, ben = await people.in_call("Ann"), await people.in_call("Ben")
        for number in range(6):
            if number % 3 == 0:
                await console.do(people.id, "say", text=f"line {number}")
            else:
                page = ann if number % 3 == 1 else ben
                assert (await say(page, f"line {number}", f"m{number}"))["type"] == "said"
        wanted = [f"line {number}" for number in range(6)]
        await until(lambda: shown(ann) == shown(ben) == wanted, 15)
        first = json.loads(next(frame for frame in ann.frames if '"type":"line"' in frame))["line"]
        assert first["number"] == 1 and first["by"]["organiser"] and first["by"]["id"] == "o-local"
        second = next(json.loads(f)["line"] for f in ben.frames if '"line 1"' in f)
        assert second["by"] == {"id": people.ids["Ann"], "name": "Ann", "organiser": False}
        appointment = await house.service.parts.streams.appointment(people.id)
        assert appointment and [line.text for line in appointment.chat] == wanted


async def test_S47_a_late_joiner_reads_what_was_said_and_earlier_lines_on_request(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console, people = await start(house)
        count = PART // 4_000 + 3
        for number in range(count):
            await console.do(people.id, "say", text=f"{number} " + "x" * 3_900)
        ann = await people.in_call()
        chat = await ann.heard("chat")
        assert chat["earlier"] and chat["lines"][-1]["number"] == count
        numbers = [line["number"] for line in chat["lines"]]
        assert all(len(frame.encode()) < 2 * PART for frame in ann.frames)
        while chat["earlier"]:
            await ann.send(type="earlier", before=numbers[0])
            chat = await ann.heard("earlier")
            numbers = [line["number"] for line in chat["lines"]] + numbers
        assert numbers == list(range(1, count + 1))
        await ann.send(type="earlier", before=1)
        assert (await ann.heard("earlier"))["lines"] == []


async def test_S47_with_history_none_a_late_joiner_reads_only_what_comes(tmp_path: Path) -> None:
    async with service(tmp_path, chat=Chat(history="none")) as house:
        console, people = await start(house)
        await console.do(people.id, "say", text="before")
        ann = await people.in_call()
        await console.do(people.id, "say", text="after")
        assert (await ann.heard("line"))["line"]["text"] == "after"
        await ann.send(type="earlier", before=2)
        assert (await ann.heard("earlier")) == {"type": "earlier", "lines": [], "earlier": False}
        assert "before" not in "".join(ann.frames)


async def test_S10_S47_nothing_reaches_those_who_wait_were_removed_or_are_elsewhere(tmp_path: Path) -> None:
    """A canary in every line: no frame of any page outside an admitted stay holds it."""
    async with service(tmp_path) as house:
        console, people = await start(house, "Ben", "Cem", "Dan")
        other = await house.appointment(console, "Eve")
        await other.start()
        ann, cem = await people.in_call("Ann"), await people.in_call("Cem")
        ben, arriving = await people.waiting("Ben"), await house.open(people.links["Dan"])
        eve = await other.in_call("Eve")
        await console.do(people.id, "say", text="canary-1")
        assert (await say(ann, "canary-2", "a1"))["type"] == "said"
        await until(lambda: shown(cem) == ["canary-1", "canary-2"], 15)
        await console.do(people.id, "remove", person_id=people.ids["Cem"])
        await console.do(people.id, "say", text="canary-3")
        await ben.send(type="earlier", before=5)
        assert (await say(ben, "canary-4", "b1"))["code"] == "not_admitted"
        assert (await say(arriving, "canary-5", "d1"))["code"] == "not_admitted"
        await until(lambda: shown(ann)[-1] == "canary-3", 15)
        assert "canary" not in "".join(ben.frames + arriving.frames + eve.frames)
        assert "canary-3" not in "".join(cem.frames)
        await console.do(people.id, "hold", person_id=people.ids["Ann"])
        await ann.state("waiting")
        seen = len(ann.frames)
        await console.do(people.id, "say", text="canary-6")
        await ann.send(type="earlier", before=5)
        assert (await say(ann, "canary-7", "a2"))["code"] == "not_admitted"
        assert "canary" not in "".join(ann.frames[seen:])
        await people.admit("Ben")
        await until(lambda: shown(ben) == ["canary-1", "canary-2", "canary-3", "canary-6"], 15)


async def test_a_message_sent_again_is_one_line_and_gets_the_first_answer(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        _, people = await start(house)
        ann = await people.in_call()
        assert (await say(ann, "once", "m1"))["type"] == "said"
        assert (await say(ann, "once", "m1"))["type"] == "said"
        ann.vanish()
        again = await house.page(ann.credential)
        await again.state("admitted")
        assert (await say(again, "once", "m1"))["type"] == "said"
        assert (await say(again, "then", "m2"))["type"] == "said"
        await until(lambda: shown(again) == ["once", "then"], 15)
        assert shown(ann) == ["once"]


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty_text"), (" \n\t ", "empty_text"), ("x" * (LONGEST_LINE + 1), "text_too_long")]
)
async def test_what_cannot_be_a_message_is_refused_in_words(tmp_path: Path, text: str, code: str) -> None:
    async with service(tmp_path) as house:
        _, people = await start(house)
        ann = await people.in_call()
        answer = await say(ann, text, "m1")
        assert (answer["type"], answer["code"]) == ("refused", code) and answer["message"].endswith(".")
        assert (await say(ann, "still here", "m2"))["type"] == "said"
        assert shown(ann) == ["still here"]


async def test_hostile_text_arrives_cleaned_and_whole(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        _, people = await start(house)
        ann = await people.in_call()
        assert (await say(ann, "a\x1b]52;c;eA==\x07b\u202ec\0\r\n<img src=x>", "m1"))["type"] == "said"
        await until(lambda: shown(ann) == ["a␛]52;c;eA==␇b\ufffdc␀\n<img src=x>"], 15)


async def test_a_flood_is_held_back_and_harms_nobody_else(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        _, people = await start(house, "Ben")
        ann, ben = await people.in_call("Ann"), await people.in_call("Ben")
        for number in range(40):
            await ann.send(type="say", id=f"f{number}", text=f"flood {number}")
        assert (await say(ben, "I am heard", "b1"))["type"] == "said"
        await ann.heard("refused", id="f39", code="too_fast")
        lines = [text for text in shown(ben) if text.startswith("flood")]
        assert LINES_AT_ONCE <= len(lines) < 20
        assert "I am heard" in shown(ann) and ann.code is None
        # A new page of the same person brings no new allowance.
        ann.vanish()
        again = await house.page(ann.credential)
        await again.state("admitted")
        for number in range(LINES_AT_ONCE):
            await again.send(type="say", id=f"g{number}", text="again")
        await again.heard("refused", code="too_fast")


async def test_the_organiser_closes_the_chat_for_one_person_and_opens_it_again(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console, people = await start(house, "Ben")
        ann, ben = await people.in_call("Ann"), await people.in_call("Ben")
        await console.do(people.id, "silence", person_id=people.ids["Ann"], on=True)
        await until(lambda: any('"silenced":true' in frame for frame in ann.frames), 15)
        answer = await say(ann, "hello?", "m1")
        assert answer["code"] == "silenced" and "closed the chat for you" in answer["message"]
        assert (await say(ben, "fine", "m1"))["type"] == "said"
        await until(lambda: shown(ann) == ["fine"], 15)
        await console.do(people.id, "silence", person_id=people.ids["Ann"], on=False)
        await until(lambda: (json.loads(ann.frames[-1]).get("view") or {}).get("silenced") is False, 15)
        assert (await say(ann, "thank you", "m2"))["type"] == "said"


async def test_messages_that_are_none_end_that_pages_line_alone(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        _, people = await start(house, "Ben", "Cem")
        ben = await people.in_call("Ben")
        for name, bad in (("Ann", {"id": "m 1", "text": "x"}), ("Cem", {"id": "m1", "text": 7})):
            page = await people.in_call(name)
            await page.send(type="say", **bad)
            assert await page.closed() == 4400
        assert (await say(ben, "on we go", "m1"))["type"] == "said"
