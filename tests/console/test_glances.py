"""Small live pictures in the terminal (U3): of whom, when they end, what is said, what they cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ecm_tui.client.items import Account
from ecm_tui.console import kitty, words
from ecm_tui.console.dialogs import glance
from ecm_tui.console.halfcells import CELL_BYTES
from ecm_tui.console.seeing import has_display
from ecm_tui.core import commands as c
from ecm_tui.core.devices import Devices
from ecm_tui.core.log import Actor
from tests.console.driving import SIXEL, SIXELS, TERMINAL, Console, Wire, console, lines_of
from tests.console.fake_service import FakeClock, FakeService
from tests.console.test_halfcells import jpeg

RED, BLUE = jpeg("red"), jpeg("blue")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is asked for again at once."""
    monkeypatch.setattr(glance, "AGAIN", 0.05)


@pytest.fixture
def call(service: FakeService, appointment: str) -> str:
    """Ann and Bea are in the call, Omar waits."""
    service.other(appointment, c.StartCall())
    for name in ("Ann Lee", "Bea Moreno", "Omar Haddad"):
        person = service.enter(appointment, name)
        if name != "Omar Haddad":
            service.other(appointment, c.Admit(person_id=person))
    return appointment


@pytest.fixture
async def ann(service: FakeService, clock: FakeClock, state: Path, call: str) -> AsyncIterator[Console]:
    """The console, with Ann in the call and selected."""
    async with console(service, clock, state) as made:
        await made.open("Ann Lee")
        await made.select("Ann Lee")
        yield made


def camera(seen: Console, name: str, data: bytes) -> None:
    """The next picture of this person comes."""
    person = seen.service.people(next(iter(seen.service.streams)))[name]
    seen.service.glances.setdefault(person, []).append(data)


def overs(seen: Console) -> list[str]:
    """Whom the console said that it looks at no more."""
    return [asked["person"] for what, asked in seen.service.asked if what == "glance" and asked.get("over")]


def colours(seen: Console) -> set[str]:
    """The colours of the half cells on the screen."""
    strips = seen.app.screen._compositor.render_strips()
    return {
        segment.style.color.name
        for strip in strips
        for segment in strip
        if "▀" in segment.text and segment.style and segment.style.color
    }


async def shows(seen: Console, red: bool) -> None:
    def there() -> bool:
        found = colours(seen)
        return bool(found) and all((name.startswith("#f") if red else name.endswith(("e", "f"))) for name in found)

    await seen.holds(there, f"the picture, now {colours(seen)}")


async def looking(seen: Console, name: str = "Ann Lee") -> None:
    camera(seen, name, RED)
    await seen.press("p")
    await seen.sees(f"{name} · live")
    await shows(seen, red=True)


def of(seen: Console, name: str) -> str:
    return seen.service.people(next(iter(seen.service.streams)))[name]


async def test_U3_p_shows_the_selected_person_and_each_picture_that_comes(ann: Console):
    await looking(ann)
    camera(ann, "Ann Lee", BLUE)
    await shows(ann, red=False)
    await ann.press("p")
    await ann.sees_no("· live")
    await ann.holds(lambda: overs(ann) == [of(ann, "Ann Lee")], "the service knows that nobody looks")


async def test_U3_it_says_that_more_is_to_be_seen_elsewhere_and_why_not_here(ann: Console):
    await looking(ann)
    await ann.sees("No display here")
    assert "F8 gives a link to see more in a browser." in ann.text and "no sound" in ann.text
    assert "F8 opens your video window" in words.small_pictures(False, True, "F8")
    assert "is open" in words.small_pictures(True, True, "F8")
    assert has_display({}, "darwin") and has_display({"DISPLAY": ":0"}, "linux") and not has_display({}, "linux")


async def test_it_is_in_the_palette(ann: Console):
    camera(ann, "Ann Lee", RED)
    await ann.press("ctrl+p")
    await ann.type("live")
    await ann.sees("Live picture  (p)")
    await ann.press("enter", "enter")
    await ann.sees("Ann Lee · live")


async def test_it_follows_the_selection_among_those_in_the_call_and_no_further(ann: Console):
    camera(ann, "Bea Moreno", BLUE)
    await looking(ann)
    for key in ("j", "down"):
        await ann.press(key)
        await ann.sees("Bea Moreno · live")
        await shows(ann, red=False)
    await ann.holds(lambda: overs(ann) == [of(ann, "Ann Lee")], "nobody looks at Ann")
    await ann.press("k")
    await ann.sees("Ann Lee · live")


async def test_the_selection_may_move_by_itself_as_well(ann: Console):
    await looking(ann)
    camera(ann, "Bea Moreno", BLUE)
    ann.app.room.people.select(of(ann, "Bea Moreno"))  # type: ignore[attr-defined]
    ann.app.paint()
    await ann.sees("Bea Moreno · live")
    await shows(ann, red=False)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (c.Remove(person_id="ann"), "Ann Lee is not in the call any more: removed."),
        (c.Hold(person_id="ann"), "Ann Lee is not in the call any more: waiting."),
        (c.EndCall(), "The call has ended."),
    ],
    ids=["removed", "put back", "ended"],
)
async def test_S14_when_the_stay_ends_the_picture_is_gone_at_once_and_words_say_why(
    ann: Console, end: c.Remove | c.Hold | c.EndCall, said: str
):
    await looking(ann)
    if not isinstance(end, c.EndCall):
        end = type(end)(person_id=of(ann, "Ann Lee"))
    ann.service.other(next(iter(ann.service.streams)), end)
    await ann.sees(said)
    assert not colours(ann)
    await ann.holds(lambda: overs(ann) == [of(ann, "Ann Lee")], "the service knows that nobody looks")
    asked = len(ann.service.asked)
    camera(ann, "Ann Lee", BLUE)
    await ann.settle()
    assert len(ann.service.asked) == asked and not colours(ann)


async def test_who_leaves_and_is_admitted_again_is_seen_again(ann: Console, call: str):
    await looking(ann)
    ann.service.leave(call, "Ann Lee")
    await ann.sees("is not in the call any more: left")
    person = ann.service.enter(call, "Ann Lee")
    ann.service.other(call, c.Admit(person_id=person))
    await shows(ann, red=True)


@pytest.mark.parametrize(
    ("device", "said"),
    [("off", "The camera of Ann Lee is off."), ("denied", "does not allow the camera"), ("none", "has no camera")],
)
async def test_a_camera_that_is_off_is_said_and_it_goes_on_when_it_is_on_again(
    ann: Console, call: str, device: str, said: str
):
    await looking(ann)
    person = Actor(role="participant", id=of(ann, "Ann Lee"), name="Ann Lee")
    ann.service.do(call, c.ReportDevices(devices=Devices(camera=device, microphone="on")), person)  # type: ignore[arg-type]
    await ann.sees(said)
    assert not colours(ann)
    ann.service.do(call, c.ReportDevices(devices=Devices(camera="on", microphone="on")), person)
    await shows(ann, red=True)


async def test_a_line_that_drops_is_said_and_leaves_no_old_picture(ann: Console):
    await looking(ann)
    ann.service.say_state("reconnecting", "The line to the clinic service was lost; trying again.")
    await ann.sees("The picture comes back with it.")
    assert not colours(ann)
    ann.service.say_state("connected")
    await shows(ann, red=True)


async def test_what_the_service_refuses_and_what_is_no_picture_is_said_and_asked_for_again(ann: Console):
    camera(ann, "Ann Lee", b"no picture at all")
    await ann.press("p")
    await ann.sees("No picture: the picture cannot be read.")
    camera(ann, "Ann Lee", RED)
    await shows(ann, red=True)
    ann.service.no_pictures = True
    await ann.sees("No picture of Ann Lee has come yet.")
    assert not colours(ann)


async def test_hiding_names_hides_it_and_none_is_shown_while_they_are_hidden(ann: Console):
    await looking(ann)
    await ann.press("ctrl+n")
    await ann.sees_no("· live")
    assert not colours(ann)
    await ann.press("p")
    await ann.sees(words.PICTURE_HIDDEN)
    await ann.holds(lambda: overs(ann) == [of(ann, "Ann Lee")], "nobody looks")


async def test_the_lock_covers_it_and_nothing_is_asked_for_behind_it(ann: Console):
    await looking(ann)
    await ann.press("f12")
    await ann.sees("Locked")
    assert not colours(ann)
    await ann.holds(lambda: overs(ann) == [of(ann, "Ann Lee")], "nobody looks")
    asked = len(ann.service.asked)
    camera(ann, "Ann Lee", BLUE)
    await ann.settle()
    assert len(ann.service.asked) == asked
    await ann.press("x", "enter")
    await shows(ann, red=False)


async def test_only_who_was_admitted_can_be_seen(ann: Console):
    await ann.select("Omar Haddad")
    await ann.press("p")
    await ann.sees("Omar Haddad is not in the call")
    assert not [what for what, _ in ann.service.asked if what == "glance"]


@pytest.mark.parametrize("role", ["clerk", "observer", "read-only"])
async def test_clerks_and_observers_have_no_part_in_it(
    service: FakeService, clock: FakeClock, state: Path, call: str, role: str
):
    if role != "read-only":
        service.me = Account(id="o3", name="Cleo", role=role)  # type: ignore[arg-type]
    async with console(service, clock, state, read_only=role == "read-only") as seen:
        await seen.open("Ann Lee")
        await seen.select("Ann Lee")
        await seen.press("p")
        await seen.settle()
        assert "· live" not in seen.text and not [what for what, _ in service.asked if what == "glance"]


async def test_leaving_the_session_ends_it(ann: Console):
    await looking(ann)
    await ann.press("f6")
    await ann.sees("Schedule")
    await ann.holds(lambda: overs(ann) == [of(ann, "Ann Lee")], "nobody looks")


async def test_without_colours_it_is_drawn_in_letters(service: FakeService, clock: FakeClock, state: Path, call: str):
    async with console(service, clock, state, environ={**TERMINAL, "NO_COLOR": "1"}) as seen:
        await seen.open("Ann Lee")
        await seen.select("Ann Lee")
        camera(seen, "Ann Lee", jpeg("white"))
        await seen.press("p")
        await seen.sees("@@@@@@@@@@")
        assert "▀" not in seen.text


async def test_over_ssh_it_is_small_and_a_key_finds_its_way_between_the_lines_of_a_picture(
    service: FakeService, clock: FakeClock, state: Path, call: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLORTERM", "truecolor")
    environ = {**TERMINAL, "COLORTERM": "truecolor", "SSH_CONNECTION": "198.51.100.9 50000 203.0.113.7 22"}
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        wire = seen.app._driver
        assert isinstance(wire, Wire)
        await seen.open("Ann Lee")
        await seen.select("Ann Lee")
        await seen.press("p")
        await seen.sees("on its way")
        await seen.settle()
        wire.count()
        camera(seen, "Ann Lee", jpeg(noise=255))
        await seen.holds(lambda: "▀" in "".join(wire.lines()), "the picture's first line")
        assert sum("▀" in line for line in wire.lines()) < 4, "the rest comes later"
        await seen.press("escape")
        await seen.sees_no("· live")
        assert wire.count() < 3 * 41 * CELL_BYTES + 6_000, "and not at all once nobody wants it"


@pytest.mark.parametrize("ssh", ["", "198.51.100.9 50000 203.0.113.7 22"], ids=["near", "over ssh"])
async def test_a_terminal_that_names_itself_kitty_gets_pictures_proper_and_keeps_none(
    service: FakeService, clock: FakeClock, state: Path, call: str, ssh: str
):
    environ = {**TERMINAL, "TERM": "xterm-kitty", "SSH_CONNECTION": ssh}
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        wire = seen.app._driver
        assert isinstance(wire, Wire)
        await seen.open("Ann Lee")
        await seen.select("Ann Lee")
        camera(seen, "Ann Lee", RED)
        await seen.press("p")
        await seen.holds(lambda: "a=p,i=" in "".join(wire.sent), "the picture is put in place")
        assert "▀" not in seen.text and kitty.gone() not in wire.sent
        seen.service.other(call, c.Remove(person_id=of(seen, "Ann Lee")))
        await seen.holds(lambda: kitty.gone() in wire.sent, "it is taken away")
        await seen.sees("not in the call any more")


@pytest.fixture
async def drawing(
    service: FakeService, clock: FakeClock, state: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Console]:
    """The console in a terminal of known pixels that draws sixels, with Ann selected."""
    monkeypatch.setattr(Wire, "cell", (8, 16))
    async with console(service, clock, state, wired=True, environ={**TERMINAL, "TERM": "foot"}) as made:
        await made.open("Ann Lee")
        await made.select("Ann Lee")
        yield made


def wire(seen: Console) -> Wire:
    assert isinstance(seen.app._driver, Wire)
    return seen.app._driver


def in_sixels(seen: Console) -> int:
    """Cells over which a picture stands."""
    return "".join(wire(seen).lines()).count(SIXEL)


async def drawn(seen: Console) -> None:
    camera(seen, "Ann Lee", RED)
    await seen.press("p")
    await seen.holds(lambda: in_sixels(seen) > 300, "the picture, in sixels")


async def nothing_left(seen: Console) -> None:
    """Of the picture, and nothing else is gone with it."""

    def right() -> bool:
        return not in_sixels(seen) and wire(seen).lines() == [line.rstrip() for line in lines_of(seen.app.screen)]

    await seen.holds(right, "the terminal shows the screen and no picture")


@pytest.mark.parametrize("keys", [("p",), ("f12",), ("ctrl+n",), ("f6",), ("f1",), ("j",)])
async def test_S14_a_picture_in_sixels_goes_when_it_is_closed_covered_or_hidden(
    drawing: Console, keys: tuple[str, ...]
):
    await drawn(drawing)
    await drawing.press(*keys)
    await nothing_left(drawing)


async def test_S14_a_picture_in_sixels_goes_with_the_person_and_by_a_resize(drawing: Console, call: str):
    await drawn(drawing)
    await drawing.pilot.resize_terminal(100, 30)
    await nothing_left(drawing)
    camera(drawing, "Ann Lee", BLUE)
    await drawing.holds(lambda: in_sixels(drawing) > 300, "the picture, in its new place")
    drawing.service.other(call, c.Remove(person_id=of(drawing, "Ann Lee")))
    await drawing.sees("not in the call any more")
    await nothing_left(drawing)


async def test_a_picture_in_sixels_of_another_shape_leaves_nothing_of_the_one_before(drawing: Console):
    await drawn(drawing)
    wide, narrow = in_sixels(drawing), jpeg("red", size=(180, 320))
    camera(drawing, "Ann Lee", narrow)
    await nothing_left(drawing)
    camera(drawing, "Ann Lee", narrow)
    await drawing.holds(lambda: 0 < in_sixels(drawing) < wide / 2, "a narrow picture and nothing beside it")


async def test_without_knowing_pixels_it_is_drawn_in_half_cells(drawing: Console, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Wire, "cell", None)
    camera(drawing, "Ann Lee", RED)
    await drawing.press("p")
    await drawing.sees("▀▀▀▀▀")


async def test_over_ssh_sixels_come_line_by_line_and_none_when_half_cells_take_fewer_bytes(
    service: FakeService, clock: FakeClock, state: Path, call: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Wire, "cell", (8, 16))
    monkeypatch.setattr(glance, "FAR_PACE", 400_000)
    environ = {**TERMINAL, "TERM": "foot", "SSH_CONNECTION": "198.51.100.9 50000 203.0.113.7 22"}
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        await seen.open("Ann Lee")
        await seen.select("Ann Lee")
        camera(seen, "Ann Lee", RED)
        await seen.press("p")
        await seen.holds(lambda: in_sixels(seen) > 90, "the picture, in sixels")
        assert all(len(SIXELS.findall(sent)) < 2 and len(sent) < 2_000 for sent in wire(seen).sent if "\x1bP" in sent)
        camera(seen, "Ann Lee", jpeg(noise=255))
        await seen.sees("▀▀▀")
        await seen.holds(lambda: not in_sixels(seen), "half cells in the place of sixels")
        camera(seen, "Ann Lee", BLUE)
        await shows(seen, red=False)
        assert not in_sixels(seen), "it does not go to and fro"


async def test_while_the_terminal_has_not_taken_the_last_picture_none_is_asked_for(
    ann: Console, monkeypatch: pytest.MonkeyPatch
):
    await looking(ann)
    monkeypatch.setattr(type(ann.app), "drained", False)
    camera(ann, "Ann Lee", RED)  # answers the question that is under way
    number = len(ann.service.glances[of(ann, "Ann Lee")])
    await ann.holds(lambda: glances_after(ann, number - 1), "the question that was under way")
    camera(ann, "Ann Lee", BLUE)
    await ann.settle()
    assert not glances_after(ann, number)
    monkeypatch.setattr(type(ann.app), "drained", True)
    await shows(ann, red=False)


def glances_after(seen: Console, number: int) -> bool:
    return any(what == "glance" and asked.get("after") == number for what, asked in seen.service.asked)
