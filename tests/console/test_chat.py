"""Writing to everyone and reading what they write (S1, S39, S47, S48): nothing typed is lost, nothing is said twice."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from ecm_tui.console import pictures
from ecm_tui.console.widgets.chatlog import ChatLog
from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.test_sparing import cost, settled


@pytest.fixture
async def call(service: FakeService, clock: FakeClock, state: Path, appointment: str) -> AsyncIterator[Console]:
    """Ann Lee is in a running call, and the chat is on the screen."""
    running(service, appointment)
    async with console(service, clock, state) as made:
        await made.open("Ann Lee")
        await made.press("f4")
        await made.sees("Everyone in the call sees this")
        yield made


def running(service: FakeService, appointment: str) -> None:
    service.other(appointment, c.StartCall())
    service.other(appointment, c.Admit(person_id=service.enter(appointment, "Ann Lee")))


def ann(service: FakeService, appointment: str) -> Actor:
    return Actor(role="participant", id=service.people(appointment)["Ann Lee"], name="Ann Lee")


def says(seen: Console, text: str, who: Actor | None = None) -> None:
    appointment = next(iter(seen.service.streams))
    seen.service.do(appointment, c.Say(text=text), who or ann(seen.service, appointment))


def said(service: FakeService) -> list[str]:
    return [line.text for line in next(iter(service.streams.values())).chat]


async def test_S47_S48_what_is_typed_goes_to_everyone_with_enter_and_the_field_is_empty_again(call: Console):
    await call.type("Good morning. Can you hear me?")
    await call.sees("Good morning. Can you hear me?")
    assert said(call.service) == []
    await call.press("enter")
    await call.sees("You: Good morning. Can you hear me?")
    await call.sees("Message · Enter sends")
    assert said(call.service) == ["Good morning. Can you hear me?"]


async def test_S47_lines_stand_in_one_order_with_time_and_author_and_a_colleague_is_told_from_a_patient(call: Console):
    says(call, "Hello, doctor.")
    says(call, "I am here too.", Actor(role="organiser", id="o2", name="Dr Brown"))
    says(call, "So am I.", Actor(role="clerk", id="o3", name="Kim"))
    await call.sees("Kim (clerk): So am I.")
    lines = [line.strip() for line in call.text.splitlines()]
    first = lines.index("09:30  Ann Lee: Hello, doctor.")
    assert lines[first + 1 : first + 3] == [
        "09:30  Dr Brown (organiser): I am here too.",
        "09:30  Kim (clerk): So am I.",
    ]


async def test_an_empty_message_is_not_sent(call: Console):
    await call.type("  ")
    await call.press("enter")
    await call.settle()
    assert call.service.sent == []


async def test_ctrl_j_makes_a_new_line_and_the_message_is_one(call: Console):
    await call.type("one")
    await call.press("ctrl+j")
    await call.type("two")
    await call.press("enter")
    await call.sees("You: one")
    assert said(call.service) == ["one\ntwo"]


async def test_a_paste_of_several_lines_is_one_message_and_presses_no_key(call: Console):
    call.app.post_message(events.Paste("first\rsecond\r\n\tthird\x1b[A"))
    await call.sees("second")
    assert said(call.service) == []
    await call.press("enter")
    await call.sees("You: first")
    assert said(call.service) == ["first\nsecond\n    third␛[A"]


async def test_a_paste_that_is_far_too_long_is_refused_whole(call: Console):
    await call.type("before")
    call.app.post_message(events.Paste("x" * 30_000))
    await call.sees("That is too long to paste: 30,000 characters.")
    await call.sees("before")


async def test_a_refusal_keeps_what_was_typed_and_says_why(call: Console):
    call.app.post_message(events.Paste("x" * 4_001))
    await call.sees("xxxx")
    await call.press("enter")
    await call.sees("Not sent: A message has at most 4,000 characters, and this has 4,001.")
    await call.sees("not sent")
    await call.press("backspace", "enter")
    await call.sees("Message · Enter sends")
    assert said(call.service) == ["x" * 4_000]


async def test_when_the_call_does_not_run_it_is_said_and_kept(seen: Console):
    await seen.open("Ann Lee")
    await seen.press("f4", "tab")
    await seen.type("too early")
    await seen.press("enter")
    await seen.sees("Not sent: The call is not running")
    await seen.sees("too early")


async def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_said_twice(call: Console):
    call.service.lose_answers = 1
    await call.type("once")
    await call.press("enter")
    await call.sees("no answer: Enter asks again")
    await call.sees("You: once")
    await call.press("enter")
    await call.sees("Message · Enter sends")
    assert said(call.service) == ["once"]


async def test_another_text_after_a_lost_answer_is_another_message(call: Console):
    call.service.lose_answers = 1
    await call.type("once")
    await call.press("enter")
    await call.sees("no answer: Enter asks again")
    await call.type(" more")
    await call.sees_no("no answer")
    await call.press("enter")
    await call.sees("You: once more")
    assert said(call.service) == ["once", "once more"]


async def test_what_is_typed_while_a_message_is_under_way_stays(call: Console):
    call.service.hold.clear()
    await call.type("first")
    await call.press("enter")
    await call.sees("sending…")
    await call.type(" then")
    await call.press("enter")
    await call.sees("still being sent")
    call.service.hold.set()
    await call.sees("You: first")
    await call.sees_no("sending…")
    assert call.app.screen.query_one("#message").text == " then"  # type: ignore[attr-defined]


async def test_what_is_typed_survives_views_places_and_the_console(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.press("f4")
        await seen.type("half a sen")
        await seen.press("f3", "f6", "f6", "f4")
        await seen.sees("half a sen")
    assert [json.loads(file.read_text())["text"] for file in (state / "drafts").glob("*.json")] == ["half a sen"]
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.press("f4")
        await seen.sees("half a sen")
        await seen.type("tence")
        await seen.press("enter")
        await seen.sees("You: half a sentence")
    assert list((state / "drafts").iterdir()) == []


async def test_a_message_whose_answer_a_crash_cost_is_recognised_and_never_said_twice(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    service.lose_answers = 1
    for key in ("enter", None):
        async with console(service, clock, state) as seen:
            await seen.open("Ann Lee")
            await seen.press("f4")
            if key:
                await seen.type("only once")
                await seen.press(key)
            await seen.sees("no answer: Enter asks again")
            if not key:
                await seen.press("enter")
                await seen.sees("Message · Enter sends")
    assert said(service) == ["only once"]


async def test_S1_unread_lines_are_counted_on_the_views_name_until_they_are_seen(call: Console):
    await call.press("f3")
    says(call, "one")
    says(call, "two")
    await call.sees("CHAT (2)")
    await call.press("f6")
    says(call, "three")
    await call.press("f6")
    await call.sees("CHAT (3)")
    await call.press("f4")
    await call.sees("[CHAT]")


async def test_the_terminals_title_counts_too_and_tells_no_name_and_no_word(call: Console):
    written: list[str] = []
    call.app.window_title._write = written.append
    await call.press("f3")
    says(call, "secret")
    await call.sees("CHAT (1)")
    await call.press("f4")
    await call.holds(lambda: len(written) == 2)
    assert written == ["\x1b]2;(1) eClinic Manager\x1b\\", "\x1b]2;eClinic Manager\x1b\\"]
    call.app.window_title.close()
    assert written[-1].endswith("\x1b[23;2t")


async def test_what_was_written_before_a_running_call_was_opened_counts_from_ones_own_last_line(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    for text, by in (("a", ann(service, appointment)), ("b", service.actor), ("c", ann(service, appointment))):
        service.do(appointment, c.Say(text=text), by)
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.sees("CHAT (1)")


async def many(call: Console, count: int) -> ChatLog:
    for number in range(count):
        says(call, f"line {number}.")
    await call.sees(f"line {count - 1}.")
    return call.app.screen.query_one(ChatLog)


async def test_the_log_keeps_to_its_end_until_one_reads_further_up_and_then_stays_put(call: Console):
    await many(call, 30)
    await call.press("up", "pageup")
    await call.sees("more below")
    before = call.text.splitlines()[6:20]
    says(call, "newest one")
    says(call, "newest two")
    await call.sees("▼ 2 new End")
    assert call.text.splitlines()[6:20] == before
    assert "newest" not in call.text
    await call.press("G")
    await call.sees("newest two")
    await call.sees_no("▼")
    says(call, "newest three")
    await call.sees("newest three")


async def test_the_selection_moves_by_lines_and_stays_with_its_line_when_others_come(call: Console):
    log = await many(call, 30)
    await call.press("up", "k", "k")
    chosen = log.selected_id
    assert "▌09:30  Ann Lee: line 27." in call.text
    says(call, "newest")
    await call.sees("▼ 1 new End")
    assert log.selected_id == chosen
    await call.press("j")
    assert "▌09:30  Ann Lee: line 28." in call.text
    await call.press("home")
    assert "▌09:30  · Dr Grey made the appointment" in call.text


async def test_the_wheel_reads_further_up_and_back_to_the_end(call: Console):
    log = await many(call, 30)
    await call.pilot._post_mouse_events([events.MouseScrollUp], widget=log)
    await call.sees("more below")
    assert "line 29." not in call.text and "line 27." in call.text
    says(call, "newest")
    await call.sees("▼ 1 new End")
    for _ in range(2):
        await call.pilot._post_mouse_events([events.MouseScrollDown], widget=log)
    await call.sees("newest")
    await call.sees_no("▼")


async def test_in_another_size_one_reads_the_same_line_or_the_end(call: Console):
    await many(call, 30)
    await call.resize(100, 20)
    await call.sees("line 29.")
    await call.press("up", "pageup", "k")
    first = call.line("Ann Lee: line")
    assert "line 29." not in call.text
    await call.resize(70, 24)
    assert call.line("Ann Lee: line") == first
    await call.press("end")
    await call.sees("line 29.")


async def test_a_long_message_is_wrapped_and_one_of_hundreds_of_lines_does_not_fill_the_log(call: Console):
    says(call, "word " * 40)
    says(call, "\n".join(f"row {number}" for number in range(500)))
    await call.sees("… there is more: . shows it")
    assert len(call.text.splitlines()) <= 24
    await call.press("up", "full_stop")
    await call.sees("Show the whole message")
    await call.press("j", "enter")
    await call.sees("row 3")
    await call.press(*["pagedown"] * 60)
    await call.sees("row 499")
    await call.press("y")
    await call.sees("Copied to the clipboard")
    assert call.app.clipboard.endswith("row 498\nrow 499")


async def test_what_happened_stands_quietly_between_the_lines_and_can_be_hidden(call: Console):
    says(call, "hello")
    await call.sees("· Dr Brown admitted Ann Lee")
    await call.press("escape", "t")
    await call.sees_no("admitted")
    await call.sees("Ann Lee: hello")
    await call.press("t")
    await call.sees("· Dr Brown admitted Ann Lee")


async def test_the_date_stands_between_days(call: Console):
    says(call, "late")
    call.clock.pass_(86_400)
    says(call, "early")
    await call.sees("Wednesday 25 November 2026")


async def test_S39_the_menu_of_a_line_copies_it(call: Console):
    says(call, "number 4718\nsecond")
    await call.press("up", "full_stop")
    await call.sees("Copy text")
    await call.press("enter")
    await call.sees("Copied to the clipboard")
    assert call.app.clipboard == "number 4718\nsecond"


async def opened(call: Console, link: str) -> None:
    says(call, f"look: {link}.")
    await call.press("up", "full_stop")
    await call.sees("Open link to")
    await call.press("j", "j", "enter")


async def test_a_link_opens_on_request_only_and_after_its_true_target_was_shown(
    call: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/visited\n')
    script.chmod(0o700)
    monkeypatch.setattr(pictures, "viewer", lambda: str(script))
    await opened(call, "https://clinic.example@pаypal.example/a?b=(c)")  # the second letter is Cyrillic
    await call.sees("The link leads to xn--pypal-4ve.example")
    await call.sees("https://clinic.example@p")
    assert not (tmp_path / "visited").exists()
    await call.press("enter")
    await call.holds((tmp_path / "visited").exists)
    await call.holds(lambda: (tmp_path / "visited").read_text().endswith("/a?b=(c)"))


async def test_without_a_display_a_link_can_be_copied(call: Console, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "viewer", lambda: "")
    await opened(call, "https://clinic.example/a")
    await call.sees("The link leads to clinic.example")
    assert "Open in a browser" not in call.text
    await call.press("enter")
    await call.sees("Copied to the clipboard")
    assert call.app.clipboard == "https://clinic.example/a"


async def test_a_browser_that_cannot_be_started_is_told(call: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "viewer", lambda: str(tmp_path / "none"))
    await opened(call, "https://clinic.example/a")
    await call.sees("Open in a browser")
    await call.press("enter")
    await call.sees("could not be opened")


async def test_the_author_of_a_line_is_silenced_and_may_write_again(call: Console, appointment: str):
    says(call, "noise")
    await call.press("up", "full_stop")
    await call.sees("Silence in chat")
    rows = call.app.screen.query_one("#items").ids()  # type: ignore[attr-defined]
    await call.press(*["j"] * rows.index("silence"), "enter")
    await call.sees("Dr Grey closed the chat for Ann Lee")
    person = call.service.streams[appointment].people[call.service.people(appointment)["Ann Lee"]]
    assert person.silenced
    await call.press("k", "full_stop")
    await call.sees("Let write in the chat again")
    rows = call.app.screen.query_one("#items").ids()  # type: ignore[attr-defined]
    await call.press(*["j"] * rows.index("unsilence"), "enter")
    await call.sees("Dr Grey opened the chat for Ann Lee")


async def test_a_person_is_silenced_from_the_people_list_too(call: Console, appointment: str):
    await call.press("f3")
    await call.select("Ann Lee")
    await call.press("full_stop")
    await call.sees("Silence in chat")
    rows = call.app.screen.query_one("#items").ids()  # type: ignore[attr-defined]
    await call.press(*["j"] * rows.index("silence"), "enter")
    await call.holds(
        lambda: call.service.streams[appointment].people[rows and ann(call.service, appointment).id].silenced
    )


async def test_keys_of_the_people_mean_nobody_while_the_chat_has_the_focus(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    service.enter(appointment, "Bea Moreno")
    async with console(service, clock, state, size=(120, 40)) as seen:
        await seen.open("Ann Lee")
        await seen.select("Bea Moreno")
        await seen.press("f4")
        await seen.type("a bad example")
        await seen.press("escape", "a", "x")
        await seen.sees("Nobody is selected.")
    assert service.state(appointment, "Bea Moreno") == "waiting"


async def test_an_observer_reads_and_has_no_field(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    service.do(appointment, c.Say(text="hello"), ann(service, appointment))
    service.me = type(service.me)(id="o9", name="Sam", role="observer")
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.press("f4")
        await seen.sees("Ann Lee: hello")
        assert "Message ·" not in seen.text and "Everyone in the call sees" not in seen.text
        await seen.press("full_stop")
        await seen.sees("Copy text")
        assert "Silence" not in seen.text


async def test_S41_a_saved_note_is_no_line_of_the_chat(call: Console, appointment: str):
    call.service.do(appointment, c.SaveNote(note_id="n1", text="canary"), call.service.actor)
    says(call, "after")
    await call.sees("Ann Lee: after")
    assert "canary" not in call.text and "note" not in call.text


async def test_help_knows_that_a_message_is_being_typed(call: Console):
    await call.press("f1")
    await call.sees("You write to everyone in the call.")
    await call.sees("Show the people of this session.")
    assert "Admit the selected person." not in call.text


async def test_while_names_are_hidden_nothing_that_was_written_or_is_being_typed_can_be_read(call: Console):
    says(call, "my blood test")
    await call.type("come on Monday")
    await call.press("ctrl+n")
    await call.sees("AL: (hidden)")
    await call.sees("•••• •• ••••••")
    says(call, "another blood test")
    await call.holds(lambda: call.text.count("AL: (hidden)") == 2)
    await call.press("escape", "full_stop")
    await call.sees("Copy text")
    for word in ("blood", "Monday", "Ann"):
        assert word not in call.text
    await call.press("escape", "ctrl+n")
    await call.sees("Ann Lee: my blood test")
    await call.sees("come on Monday")


async def test_a_letter_sends_400_bytes_at_most_and_a_new_line_little_more_than_what_differs(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    for number in range(40):
        service.do(appointment, c.Say(text=f"This is what I said as number {number}."), ann(service, appointment))
    async with console(service, clock, state, (100, 30), wired=True) as seen:
        await seen.open("Ann Lee")
        await cost(seen, "f4")
        assert 0 < await cost(seen, "a") <= 400
        for letter in "bcd":
            assert 0 < await cost(seen, letter) <= 150
        says(seen, "This is what I said as number 41.")
        assert 0 < await settled(seen) <= 2_000
        await cost(seen, "up")
        for key in "kkj":
            assert 0 < await cost(seen, key) <= 1_200
