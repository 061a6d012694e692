"""What a console may rely on while lines break: nothing missed, nothing twice, nothing done twice, no endless wait."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import pytest

from ecm_tui.client import Address, CaughtUp, ConnectionState, Fact
from ecm_tui.core import wire
from ecm_tui.core.commands import Admit
from ecm_tui.core.events import PersonInvited
from ecm_tui.core.log import Recorded
from ecm_tui.errors import RefusedError, UnreachableError, WrongVersionError
from tests.client.fake import HERE, NOON, FakeService, client, gone, lost, row
from tests.until import until


async def numbers(feed: Any, upto: int) -> list[int]:
    """Sequence numbers of the records until that one."""
    seen: list[int] = []
    async with asyncio.timeout(5):
        async for item in feed:
            if isinstance(item, Recorded):
                seen.append(item.seq)
                if item.seq >= upto:
                    break
    return seen


async def test_the_welcome_says_who_we_are_and_what_time_the_service_has():
    service = FakeService()
    service.ahead = timedelta(seconds=90)
    async with client(service) as line:
        assert (line.account.name, line.account.role) == ("Dr Lee", "organiser")
        assert line.clinic["name"] == "Lakeside"
        assert line.clock_offset == timedelta(seconds=90)
        assert line.now() == NOON + timedelta(seconds=90)
        assert line.local_only
        assert line.state.word == "connected"


async def test_the_clock_offset_is_taken_at_the_middle_of_the_way_there_and_back():
    service, readings = FakeService(), iter(range(100))
    service.ahead = timedelta(seconds=10)
    async with client(service, clock=lambda: NOON + timedelta(seconds=next(readings) * 2)) as line:
        assert line.clock_offset == timedelta(seconds=10 - 3)


async def test_a_service_that_is_not_there_is_said_at_once():
    service = FakeService()
    service.down = gone()
    with pytest.raises(UnreachableError, match="does not answer"):
        async with client(service):
            pass
    assert len(service.lines) == 1


@pytest.mark.parametrize(("theirs", "older"), [(wire.VERSION + 1, "this program"), (0, "the service")])
async def test_unequal_versions_part_with_a_sentence_that_says_which_side_to_update(theirs: int, older: str):
    service = FakeService()
    service.version = theirs
    with pytest.raises(WrongVersionError, match=f"Update {older}"):
        async with client(service):
            pass


async def test_a_refused_hello_says_why():
    service = FakeService()
    service.refusal = {"code": "wrong_version", "message": "Update the console."}
    with pytest.raises(WrongVersionError, match="Update the console"):
        async with client(service):
            pass
    service.refusal = {"code": "not_allowed", "message": "Nobody has this token."}
    with pytest.raises(RefusedError, match="Nobody has this token"):
        async with client(service):
            pass


async def test_what_answers_nonsense_is_not_a_clinic_service():
    service = FakeService()
    service.account = {"id": "o1"}
    with pytest.raises(UnreachableError, match="not a clinic service"):
        async with client(service):
            pass


async def test_a_stream_is_told_from_its_beginning_then_live():
    service = FakeService()
    service.happens("a1", lost(1))
    service.happens("a1", lost(2))
    async with client(service) as line:
        feed = line.follow("a1")
        first = [await anext(feed) for _ in range(3)]
        assert [item.seq for item in first] == [1, 2, 2]
        assert first[2] == CaughtUp(2)
        service.happens("a1", lost(3))
        assert await numbers(feed, 3) == [3]


async def test_reading_begins_after_the_number_that_was_asked_for():
    service = FakeService()
    for number in range(1, 6):
        service.happens("a1", lost(number))
    async with client(service) as line:
        assert await numbers(line.follow("a1", after=3), 5) == [4, 5]


async def test_no_event_is_missed_or_repeated_when_the_line_breaks_again_and_again():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a1")
        reading = asyncio.create_task(numbers(feed, 60))
        for number in range(1, 61):
            service.happens("a1", lost(number))
            if number % 7 == 0:
                service.drop_lines()
            if number % 3 == 0:
                await asyncio.sleep(0)
            if number % 20 == 0:
                await until(lambda: line.state.word == "connected")
        assert await reading == list(range(1, 61))
        assert len(service.lines) > 3


async def test_a_reader_told_of_a_gap_asks_again_instead_of_going_on():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a1")
        assert await anext(feed) == CaughtUp(0)
        service.events["a1"] += [Recorded(seq=1, at=NOON, actor=_actor(), event=lost(1))]  # never told
        service.happens("a1", lost(2))
        assert await numbers(feed, 2) == [1, 2]
        assert len(service.lines) == 2


async def test_an_event_told_twice_is_handed_on_once():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a1")
        service.happens("a1", lost(1))
        await until(lambda: service.lines[0].streams)
        service.lines[0].tell_event("a1", service.events["a1"][0])
        service.happens("a1", lost(2))
        assert await numbers(feed, 2) == [1, 2]


async def test_a_slow_reader_holds_a_bounded_queue_and_still_gets_everything_once(monkeypatch: pytest.MonkeyPatch):
    service = FakeService()
    for number in range(1, 101):
        service.happens("a1", lost(number))
    async with client(service) as line:
        feed = line.follow("a1")
        feed._most = 10
        await until(lambda: feed.put_off)
        assert len(feed._items) == 10
        for number in range(101, 131):
            service.happens("a1", lost(number))
        assert await numbers(feed, 130) == list(range(1, 131))
        assert len(service.lines) == 1


async def test_a_slow_reader_does_not_hold_up_commands():
    service = FakeService()
    for number in range(1, 101):
        service.happens("a1", lost(number))
    async with client(service) as line:
        line.follow("a1")._most = 5
        assert (await line.send("a1", Admit(person_id="p1"))).seq == 1


async def test_following_a_stream_anew_ends_the_earlier_reader():
    service = FakeService()
    for number in range(1, 4):
        service.happens("a1", lost(number))
    async with client(service) as line:
        earlier = line.follow("a1")
        await anext(earlier)
        later = line.follow("a1")
        assert [item async for item in earlier] == []
        assert await numbers(later, 3) == [1, 2, 3]
        assert len(service.lines) == 1


async def test_a_closed_reader_tells_the_service_to_stop():
    service = FakeService()
    async with client(service) as line:
        async with line.follow("a1") as feed:
            assert await anext(feed) == CaughtUp(0)
        feed.close()
        await until(lambda: service.told("unsubscribe"))
        assert len(service.told("unsubscribe")) == 1


async def test_a_refused_subscription_is_raised_to_its_reader():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a9")
        assert await anext(feed) == CaughtUp(0)
        message = {"code": "no_such_appointment", "message": "There is no appointment with this id."}
        service.lines[0].tell({"type": "refused", "stream": "a9", **message})
        with pytest.raises(RefusedError, match="no appointment"):
            await anext(feed)


async def test_facts_of_the_moment_pass_through_with_their_texts_gated():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a1")
        assert await anext(feed) == CaughtUp(0)
        service.fact("a1", "p1", speaking=True, weak="up\x1b[2Jload")
        assert await anext(feed) == Fact(stream="a1", person="p1", data={"speaking": True, "weak": "up␛[2Jload"})


async def test_names_in_events_rows_and_answers_pass_the_gate_again():
    service, hostile = FakeService(), "Ann\x1b]52;c;aGk=\x07\u202e"
    service.happens("a1", PersonInvited(person_id="p1", name=hostile))
    service.rows = [row(1, patient=hostile)]
    service.answer = {"appointment": {"patient": hostile, "people": [{"name": hostile}]}}
    async with client(service) as line:
        record = await anext(line.follow("a1"))
        assert isinstance(record, Recorded) and isinstance(record.event, PersonInvited)
        summary = await anext(line.schedule())
        answer = await line.query("appointment", id="a1")
        texts = [record.event.name, summary.patient, answer["appointment"]["patient"]]
        texts.append(answer["appointment"]["people"][0]["name"])
        assert texts == ["Ann␛]52;c;aGk=␇\ufffd"] * 4


async def test_rows_of_the_schedule_come_once_and_again_when_they_change():
    service = FakeService()
    service.rows = [row(1)]
    async with client(service) as line:
        feed = line.schedule()
        assert [await anext(feed), await anext(feed)] == [row(1), CaughtUp(0)]
        service.drop_lines()
        assert await anext(feed) == CaughtUp(0)
        service.row_changes(row(2, "Ann Lee"))
        assert await anext(feed) == row(2, "Ann Lee")
        for number in (3, 2, 3):
            service.row_changes(row(number, "Ann Lee"))
        service.row_changes(row(4))
        assert [await anext(feed), await anext(feed)] == [row(3, "Ann Lee"), row(4)]


async def test_a_command_whose_answer_was_lost_is_sent_again_under_its_id_and_done_once():
    service = FakeService()
    service.answers = False
    async with client(service) as line:
        sending = asyncio.create_task(line.send("a1", Admit(person_id="p1"), command_id="c1"))
        await until(lambda: service.told("command"))
        service.answers = True
        service.drop_lines()
        assert (await sending).seq == 1
        assert [message["id"] for message in service.told("command")] == ["c1", "c1"]
        assert service.carried_out == {"c1": 1}


async def test_a_command_sent_while_the_line_is_down_goes_out_when_it_is_back():
    service = FakeService()
    async with client(service) as line:
        service.down = gone()
        service.drop_lines()
        await until(lambda: line.state.word == "reconnecting")
        sending = asyncio.create_task(line.send("a1", Admit(person_id="p1")))
        await asyncio.sleep(0)
        service.down = None
        assert (await sending).seq == 1


async def test_a_command_without_an_answer_ends_in_time_and_says_that_it_may_have_happened():
    service = FakeService()
    service.answers = False
    async with client(service, answer_seconds=0.05) as line:
        with pytest.raises(UnreachableError, match="Look whether it happened"):
            await line.send("a1", Admit(person_id="p1"))
        service.drop_lines()
        await until(lambda: line.state.word == "connected" and len(service.lines) == 2)
        assert len(service.told("command")) == 1  # it is not sent again: nobody waits for it any more


async def test_a_refused_command_carries_code_and_sentence():
    service = FakeService()
    service.answers = False
    async with client(service) as line:
        sending = asyncio.create_task(line.send("a1", Admit(person_id="p1"), command_id="c1"))
        await until(lambda: service.told("command"))
        service.lines[0].tell({"type": "refused", "id": "c1", "code": "full", "message": "The call is full\x1b."})
        with pytest.raises(RefusedError, match="The call is full␛") as caught:
            await sending
        assert caught.value.code == "full"


async def test_too_many_open_requests_are_refused_and_not_kept():
    service = FakeService()
    service.answers = False
    async with client(service) as line:
        open_ones = [asyncio.create_task(line.query("status")) for _ in range(256)]
        await until(lambda: len(service.told("query")) == 256)
        with pytest.raises(UnreachableError, match="does not keep up"):
            await line.query("status")
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)
        service.answers = True
        await line.query("status")


async def test_the_states_of_the_line_can_be_watched():
    service, seen = FakeService(), list[ConnectionState]()
    async with client(service) as line:

        async def watch() -> None:
            async for state in line.states():
                seen.append(state)

        watching = asyncio.create_task(watch())
        await until(lambda: [state.word for state in seen] == ["connected"])
        service.down = gone()
        service.drop_lines()
        await until(lambda: [state.word for state in seen] == ["connected", "reconnecting"])
        assert "trying again" in seen[-1].message
        service.down = None
        await until(lambda: [state.word for state in seen][2:] == ["connected"])
        service.refusal = {"code": "wrong_version", "message": "Update the console."}
        service.drop_lines()
        await watching
        assert (seen[-1].word, seen[-1].message) == ("gone", "Update the console.")


async def test_when_the_service_is_gone_for_good_everyone_who_waits_is_told():
    service = FakeService()
    service.answers = False
    async with client(service, reconnect=False) as line:
        feed = line.follow("a1")
        assert await anext(feed) == CaughtUp(0)
        sending = asyncio.create_task(line.send("a1", Admit(person_id="p1")))
        reading = asyncio.create_task(anext(feed))
        await until(lambda: service.told("command"))
        service.drop_lines()
        for waiting in (sending, reading):
            with pytest.raises(UnreachableError):
                await waiting
        with pytest.raises(UnreachableError):
            await line.query("status")
        with pytest.raises(UnreachableError):
            await anext(line.follow("a2"))


async def test_a_service_that_says_it_closes_is_left_and_found_again():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a1")
        assert await anext(feed) == CaughtUp(0)
        service.lines[0].tell({"type": "closing", "reason": "slow", "resume_from": 0})
        assert await anext(feed) == CaughtUp(0)
        assert len(service.lines) == 2


async def test_before_each_try_the_service_is_looked_for_again():
    service, elsewhere = FakeService(), Address(url="http://127.0.0.1:9999", token="u")
    looked: list[int] = []

    async def find_again() -> Address:
        looked.append(len(looked))
        if len(looked) < 3:
            raise gone()
        service.down = None
        return elsewhere

    async with client(service, find_again=find_again) as line:
        service.down = gone()
        service.drop_lines()
        await until(lambda: line.state.word == "connected" and len(looked) == 3)
        assert [one.address for one in service.lines][:2] == [HERE, HERE]
        assert line.address == service.lines[-1].address == elsewhere


async def test_a_message_that_is_not_of_the_protocol_costs_the_line_and_nothing_else():
    service = FakeService()
    async with client(service) as line:
        feed = line.follow("a1")
        assert await anext(feed) == CaughtUp(0)
        service.lines[0].tell({"type": "event", "stream": "a1", "seq": 1, "at": "never"})
        service.happens("a1", lost(1))
        assert await numbers(feed, 1) == [1]
        assert len(service.lines) == 2


async def test_unknown_messages_are_left_alone():
    service = FakeService()
    async with client(service) as line:
        service.lines[0].tell({"type": "weather"})
        await line.query("status")
        assert len(service.lines) == 1


async def test_closing_twice_does_nothing():
    service = FakeService()
    line = client(service)
    async with line:
        await line.close()
        await line.close()
    assert not service.lines[0].open
    with pytest.raises(UnreachableError):
        await line.query("status")


async def test_giving_up_while_connecting_leaves_no_task_behind():
    service = FakeService()
    service.refusal = {"code": "not_allowed", "message": "No."}
    before = len(asyncio.all_tasks())
    with contextlib.suppress(RefusedError):
        async with client(service):
            pass
    assert len(asyncio.all_tasks()) == before


def _actor():
    from tests.client.fake import ORGANISER

    return ORGANISER


async def test_what_no_line_carries_is_refused_before_it_is_sent():
    service = FakeService()
    async with client(service) as line:
        for text in ("half \udc80 a character", "x" * wire.MOST_BYTES):
            with pytest.raises(RefusedError) as caught:
                await line.query("appointments", search=text)
            assert caught.value.code == "bad_message"
        assert not service.told("query")


async def test_what_the_service_calls_a_bad_message_is_not_sent_again():
    service = FakeService()
    service.answers = False
    async with client(service) as line:
        sending = asyncio.create_task(line.send("a1", Admit(person_id="p1")))
        await until(lambda: service.told("command"))
        service.lines[0].tell({"type": "refused", "code": "bad_message", "message": "no such command"})
        service.drop_lines()
        with pytest.raises(RefusedError, match="no such command"):
            await sending
        await until(lambda: line.state.word == "connected" and len(service.lines) == 2)
        assert len(service.told("command")) == 1


async def test_a_question_about_an_appointment_names_it_beside_its_own_id():
    service = FakeService()
    async with client(service) as line:
        await line.query("people", id="a1")
        (asked,) = service.told("query")
        assert (asked["what"], asked["appointment"]) == ("people", "a1")
        assert asked["id"] != "a1"


async def test_a_read_only_line_changes_nothing_and_still_looks():
    service = FakeService()
    async with client(service, read_only=True) as line:
        with pytest.raises(RefusedError, match="--read-only"):
            await line.send("a1", Admit(person_id="p1"))
        await line.query("people", id="a1")
        assert not service.told("command")


async def test_a_part_of_an_answer_that_leads_nowhere_is_not_asked_for_for_ever():
    service = FakeService()
    service.answer = {"streams": [], "ok": True, "more": {"list": "streams", "after": "a1"}}
    async with client(service) as line:
        with pytest.raises(UnreachableError, match="only a part"):
            await line.query("verify")
