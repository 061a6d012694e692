"""The organisers' socket: commands, resume without gap or repeat, rights, questions."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from ecm_tui.client import Address
from ecm_tui.client.service import ServiceClient
from ecm_tui.core.wire import VERSION
from ecm_tui.service.home import display_name
from ecm_tui.service.line import Line
from ecm_tui.service.queries import Queries
from ecm_tui.service.store import Batch
from ecm_tui.service.streams import Streams
from tests.service.house import Console, House, Message, service
from tests.until import until


async def with_token(house: House, token: str) -> Console:
    address = house.url.replace("http", "ws", 1) + "/api/v1/live"
    header = {"Authorization": f"Bearer {token}"}
    line = Console(await connect(address, additional_headers=header, compression=None, proxy=None))
    await line.send(type="hello", version=VERSION)
    return await house._keep(line)


async def account(house: House, name: str, role: str) -> Console:
    """A console of an account of that role, over the network."""
    console = await house.console()
    await console.do("clinic", "add_account", account_id=f"o-{role}", name=name, role=role)
    token = (await console.do("clinic", "issue_token", account_id=f"o-{role}"))["result"]["token"]
    return await with_token(house, token)


async def test_the_welcome_says_who_one_is_and_where(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = Console(await connect_unix(house))
        await console.send(type="hello", version=VERSION)
        welcome = await console.heard("welcome")
        assert welcome["account"] == {"id": "o-local", "name": display_name(), "role": "organiser"}
        assert welcome["clinic"]["name"] == "Lakeside" and welcome["clinic"]["timezone"] == "Europe/Zurich"
        assert welcome["clinic"]["places"] == 50
        assert welcome["local_only"] is True and welcome["public_url"] == house.url
        await console.close()


async def connect_unix(house: House):
    from websockets.asyncio.client import unix_connect

    return await unix_connect(house.socket, "ws://service/api/v1/live", compression=None)


async def test_another_version_is_told_which_side_to_update(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = Console(await connect_unix(house))
        await console.send(type="hello", version=VERSION + 1)
        refused = await console.heard("refused")
        assert refused["code"] == "wrong_version" and "Update the service" in refused["message"]
        assert await console.closed() == 4426
        await console.close()


async def test_a_stream_resumes_without_gap_or_repeat(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console, "Bea")
        await console.send(type="subscribe", stream=people.id, after=0)
        so_far = (await console.heard("live"))["seq"]
        await people.start()
        started = [await console.heard("event") for _ in range(so_far + 1)]
        assert [event["seq"] for event in started] == list(range(1, so_far + 2))
        assert started[-1]["event"]["type"] == "call_started" and started[-1]["actor"]["name"] == display_name()
        other = await house.console()
        await other.send(type="subscribe", stream=people.id, after=so_far)
        assert (await other.heard("event"))["seq"] == so_far + 1
        assert (await other.heard("live"))["seq"] == so_far + 1
        await other.send(type="unsubscribe", stream=people.id)
        await other.query("status")
        await console.do(people.id, "end_call")
        await console.heard("event", seq=so_far + 2)
        assert not any(m["type"] == "event" for m in other.waiting)


async def test_a_repeated_command_gets_the_first_answer(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        patient = {"name": "Ann", "mobile": "079 123 45 67"}
        command = {"type": "schedule", "at": datetime.now(UTC).isoformat(), "patient": patient}
        for _ in range(2):
            await console.send(type="command", id="one", stream="", command=command)
        first, second = await console.heard("done"), await console.heard("done")
        assert first == second
        found = await console.query("appointments")
        assert [row["id"] for row in found["appointments"]] == [first["result"]["appointment_id"]]


async def test_a_hundred_commands_at_once_on_one_line_share_commits_and_keep_their_order(
    tmp_path: Path, monkeypatch
) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        await people.start()
        store, commits = house.service.parts.streams.store, 0
        commit = store.commit

        async def counted(batch: Batch) -> None:
            nonlocal commits
            commits += 1
            await asyncio.sleep(0.05)  # a disk on which a hundred commits take longer than any client waits
            await commit(batch)

        monkeypatch.setattr(store, "commit", counted)
        for number in range(100):
            await console.send(
                type="command", id=f"n{number}", stream=people.id, command={"type": "say", "text": f"{number}"}
            )
        lines = (await console.query("appointment", appointment=people.id))["timeline"]
        answers = [await console.answer(f"n{number}") for number in range(100)]
        assert all(answer["type"] == "done" for answer in answers)
        numbers = [answer["seq"] for answer in answers]
        assert numbers == list(range(numbers[0], numbers[0] + 100))
        assert lines[-1]["seq"] == numbers[-1], "the question was asked after the commands"
        assert commits <= 20


async def test_commands_that_came_before_the_line_ended_are_done(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console, other = await house.console(), await house.console()
        people = await house.appointment(console)
        for number in range(20):
            guest = {"name": f"Guest {number}", "email": "guest@home.test"}
            command = {"type": "invite", "guest": guest}
            await console.send(type="command", id=f"n{number}", stream=people.id, command=command)
        await console.close()

        async def all_invited() -> bool:
            return len((await other.query("people", appointment=people.id))["people"]) == 21

        await until(all_invited, 15, what="all are invited")


async def test_a_command_that_fails_ends_the_line(tmp_path: Path, monkeypatch) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        monkeypatch.setattr(Streams, "execute", lambda *_: 1 / 0)
        await console.send(type="command", id="c", stream="a", command={"type": "start_call"})
        assert await console.closed() == 1011


async def test_E2_a_row_of_a_far_day_comes_at_first_while_somebody_waits_there(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        noon = datetime.now(UTC).replace(hour=12)  # the same date in the clinic's zone
        far, quiet = ((noon + timedelta(days=days)).isoformat() for days in (700, 701))
        people = await house.appointment(console, at=far)
        await house.appointment(console, at=quiet)
        await people.waiting()
        await console.send(type="subscribe", stream="schedule", after=0)
        await console.heard("live", stream="schedule")
        rows = [m["summary"]["id"] for m in console.waiting if m["type"] == "summary"]
        assert rows == [people.id]
        (asked,) = (await console.query("appointments", date=far[:10]))["appointments"]
        assert asked["seq"] == (await console.query("appointment", appointment=people.id))["timeline"][-1]["seq"]


async def test_the_schedules_rows_come_at_first_and_on_every_change(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        await console.send(type="subscribe", stream="schedule", after=0)
        assert (await console.heard("summary"))["summary"]["patient"] == "Ann"
        await console.heard("live", stream="schedule")
        await people.waiting()
        row = await until(lambda: [m for m in console.waiting if m["type"] == "summary" and m["summary"]["waiting"]])
        assert row[-1]["summary"]["waiting"][0]["name"] == "Ann"


async def test_a_row_that_changes_all_the_time_is_told_at_once_and_then_now_and_then_as_it_is_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecm_tui.service.organisers.CALM_SECONDS", 0.5)
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        await console.send(type="subscribe", stream="schedule", after=0)
        await console.heard("live", stream="schedule")
        await console.do(people.id, "start_call")
        began = time.monotonic()
        for on in (False, True) * 10:
            newest = await console.do(people.id, "set_switches", camera=on)

        def told() -> list[int]:
            return [m["summary"]["seq"] for m in console.waiting if m["type"] == "summary"]

        await until(lambda: told()[-1] == newest["seq"], what="the row is as it is now")
        # The one that was there, the first that changed, and one for each pause that has passed.
        assert len(told()) <= 2 + (time.monotonic() - began) / 0.5


@pytest.mark.parametrize(
    ("stream", "command", "code"),
    [
        ("a0", {"type": "start_call"}, "no_such_appointment"),
        ("", {"type": "schedule", "at": "2026-11-24T09:00:00Z", "patient": {"name": "Ann"}}, "contact_required"),
        ("", {"type": "schedule", "at": "2026-11-24T09:00:00Z", "patient": {"name": "A", "email": "x"}}, "bad_email"),
        ("", {"type": "sing"}, "bad_message"),
        ("", ["a", "list"], "bad_message"),
        ("a0", {"type": "presence", "person_id": "p", "visit": "v", "sign": "lost"}, "not_allowed"),
        ("a0", {"type": "enter", "visit": "v"}, "not_allowed"),
    ],
)
async def test_a_refusal_has_a_code_and_a_sentence(tmp_path: Path, stream: str, command, code: str) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        await console.send(type="command", id="c1", stream=stream, command=command)
        refused = await console.heard("refused")
        assert refused["code"] == code and refused["message"].endswith(".")


async def test_U2_an_observer_looks_and_does_not_act(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console, patient_id="KV 4711")
        observer = await account(house, "Sam", "observer")
        await observer.heard("welcome")
        assert (await observer.command(people.id, "start_call"))["code"] == "not_allowed"
        assert (await observer.query("link", appointment=people.id, person=people.ids["Ann"]))["code"] == "not_allowed"
        assert (await observer.query("window_link", appointment=people.id))["code"] == "not_allowed"
        assert (await observer.command("clinic", "issue_token", account_id="o-local"))["code"] == "not_allowed"
        assert (await observer.query("accounts"))["code"] == "not_allowed"
        found = await observer.query("appointment", appointment=people.id)
        assert found["join_url"] is None and found["patient_id"] == "" and found["people"][0]["join_url"] is None
        await observer.send(type="subscribe", stream=people.id, after=0)
        await observer.send(type="subscribe", stream="schedule", after=0)
        await observer.heard("live", stream="schedule")
        await observer.heard("live", stream=people.id)
        assert not any("KV 4711" in frame or "home.test" in frame for frame in observer.frames)
        for asks, query, found in ((console, "4711", 1), (observer, "4711", 0), (observer, "ann", 1)):
            assert len((await asks.query("appointments", search=query))["appointments"]) == found


async def test_U2_a_clerk_admits_and_the_log_says_who_did(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        clerk = await account(house, "Kim", "clerk")
        await clerk.heard("welcome")
        await clerk.do(people.id, "start_call")
        found = await people.console.query("appointment", appointment=people.id)
        assert found["timeline"][-1]["actor"] == {"role": "clerk", "id": "o-clerk", "name": "Kim"}
        assert (await clerk.query("window_link", appointment=people.id))["code"] == "not_allowed"


async def test_without_a_token_the_network_is_no_organiser(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        for token in ("", "wrong"):
            with pytest.raises(InvalidStatus) as refused:
                await with_token(house, token)
            assert refused.value.response.status_code == 403
        assert (await house.client.get("/api/v1/status")).status_code == 401


async def test_questions_about_days_names_and_the_service(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        await console.do("", "schedule", at=tomorrow.isoformat(), patient={"name": "Zoë", "email": "z@home.test"})
        assert [a["patient"] for a in (await console.query("appointments"))["appointments"]] == ["Ann"]
        assert [a["patient"] for a in (await console.query("appointments", search="zoe"))["appointments"]] == ["Zoë"]
        both = await console.query("appointments", first="2020-01-01T00:00:00Z")
        assert len(both["appointments"]) == 2
        assert (await console.query("appointments", date="soon"))["code"] == "bad_time"
        assert (await console.query("sing"))["code"] == "unknown_query"
        assert (await console.query("people", appointment="a0"))["code"] == "no_such_appointment"
        await people.waiting()
        status = await console.query("status")
        assert status["waiting"] == 1 and status["calls"] == 0 and status["bridge"] == "down"
        verified = await console.query("verify")
        assert verified["ok"] is True and {one["stream"] for one in verified["streams"]} >= {"clinic", people.id}


async def test_a_console_that_falls_behind_is_told_from_where_to_resume(tmp_path: Path, monkeypatch) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        slow = await house.console()
        await slow.send(type="subscribe", stream=people.id, after=0)
        so_far = (await slow.heard("live"))["seq"]
        room = asyncio.Event()

        async def full(line: Line, message: Message) -> None:
            await room.wait()
            line.send(message)

        monkeypatch.setattr(Line, "send_in_turn", full)
        (feed,) = house.service.parts.streams.hub._feeds[people.id]
        feed._limit = 1000
        await people.start()
        for camera in (False, True) * 5:
            await people.console.do(people.id, "set_switches", camera=camera)
        room.set()
        closing = await slow.heard("closing")
        assert closing["reason"] == "too_slow" and closing["resume_from"] == so_far + 1
        assert await slow.closed() == 1013
        again = await house.console()
        await again.send(type="subscribe", stream=people.id, after=closing["resume_from"])
        assert (await again.heard("event"))["seq"] == so_far + 2


async def test_answers_longer_than_a_message_come_in_parts_and_arrive_whole(tmp_path: Path, monkeypatch) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        others = [await house.appointment(console) for _ in range(4)]
        for camera in (False, True) * 5:
            await console.do(people.id, "set_switches", camera=camera)
        async with ServiceClient(Address(socket=Path(house.socket))) as line:

            async def asked() -> list[Message]:
                return [
                    await line.query("appointment", id=people.id),
                    await line.query("appointments"),
                    await line.query("verify"),
                ]

            whole = await asked()
            monkeypatch.setattr("ecm_tui.service.queries.ROOM", 1000)
            monkeypatch.setattr("ecm_tui.service.queries.MOST_REPORTS", 2)
            monkeypatch.setattr("ecm_tui.service.queries.TIMELINE_PAGE", 3)
            first = await console.query("appointment", appointment=people.id)
            assert first["more"] == {"list": "timeline", "after": first["timeline"][-1]["seq"]}
            assert "more" in await console.query("appointments") and "more" in await console.query("verify")
            assert await asked() == whole
            assert len(whole[1]["appointments"]) == len(others) + 1


async def test_an_answer_that_no_message_can_carry_is_refused_in_words(tmp_path: Path, monkeypatch) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        monkeypatch.setattr("ecm_tui.service.organisers.MOST_BYTES", 50)
        refused = await console.query("status")
        assert refused["code"] == "too_long" and refused["message"].endswith(".")


@pytest.mark.parametrize("stream", ["schedule", "clinic"])
async def test_a_stream_that_fails_ends_the_line_so_that_nobody_looks_at_old_data(
    tmp_path: Path, monkeypatch, stream: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    async with service(tmp_path) as house:
        console = await house.console()
        monkeypatch.setattr(Streams, "follow", fail)
        monkeypatch.setattr(Streams, "summaries", fail)
        await console.send(type="subscribe", stream=stream, after=0)
        assert await console.closed() == 1011


async def test_a_question_that_fails_ends_the_line(tmp_path: Path, monkeypatch) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        monkeypatch.setattr(Queries, "status", lambda queries: 1 / 0)
        await console.send(type="query", id="q", what="status")
        assert await console.closed() == 1011


async def test_a_number_that_no_stream_reaches_is_no_number(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        await console.send(type="subscribe", stream="clinic", after=2**63)
        assert (await console.heard("refused"))["code"] == "bad_message"


async def test_a_refused_subscription_takes_no_place(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("ecm_tui.service.organisers.MOST_SUBSCRIPTIONS", 1)
    async with service(tmp_path) as house:
        console = await house.console()
        for stream in ("a0", "a1"):
            await console.send(type="subscribe", stream=stream, after=0)
            assert (await console.heard("refused"))["code"] == "no_such_appointment"
