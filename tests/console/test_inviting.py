"""The invite form: one person by fields, several by pasted lines; what is wrong stays in the form (S26-S30)."""

from textual import events

from ecm_tui.core import commands as c
from ecm_tui.errors import RefusedError
from tests.console.driving import Console


async def paste(seen: Console, text: str) -> None:
    seen.app.post_message(events.Paste(text))
    await seen.pilot.pause()


LINES = "Eve Park, eve@x.test, Nurse\rFred, nothing\rGina; gina@x.test"


async def test_S28_pasted_lines_are_previewed_and_add_keeps_those_that_are_wrong(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await paste(seen, LINES)
    await seen.sees("✓ Eve Park · eve@x.test · Nurse")
    await seen.sees("✗ Fred: “nothing” is neither an email address")
    await seen.sees("✓ Gina · gina@x.test")
    await seen.press("ctrl+s")
    await seen.sees("2 invited. 1 line is left")
    assert {"Eve Park", "Gina"} <= set(seen.service.people(appointment))
    await seen.sees_no("Gina · gina")
    await seen.press("end")
    await seen.press("backspace", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace")
    await seen.type("fred@x.test")
    await seen.press("ctrl+s")
    await seen.sees("3 people are invited.")
    assert "Fred" in seen.service.people(appointment)


async def test_letters_typed_ahead_of_the_form_do_nothing_below_it(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    seen.service.enter(appointment, "Ann Lee")
    await seen.open("Ann Lee")
    await seen.sees("Waiting (1)")
    await seen.press("j", "k")  # the clock has moved on: every key is meant
    seen.clock.pass_()
    for key, letter in (("i", "i"), ("a", "a"), ("full_stop", ".")):
        seen.app.post_message(events.Key(key, letter))
    await seen.sees("Invite a person")
    await seen.settle()
    assert seen.service.state(appointment, "Ann Lee") == "waiting"
    assert len(seen.app.screen_stack) == 2


async def test_S28_a_name_without_anything_to_read_is_refused_and_the_refusal_goes_with_the_switch_to_several(
    seen: Console, appointment: str
):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await paste(seen, "\u200b\u200d\ufeff")
    await seen.press("tab")
    await seen.type("eve@x.test")
    await seen.press("enter")
    await seen.sees("needs a name.")
    assert seen.app.focused is not None and seen.app.focused.id == "name"
    await seen.press("ctrl+t")
    await seen.sees("Invite several people")
    assert "The person to invite needs a name." not in seen.text


async def test_a_line_of_the_preview_takes_as_many_rows_as_its_words_need(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await paste(seen, "Maximiliana Featherstonehaugh, nothing that could be an address at all, Nurse\rEve, eve@x.test")
    await seen.sees("Maximiliana Featherstonehaugh: “nothing that could be an")
    await seen.sees("address at all” is neither an email address nor a mobile")
    await seen.sees("✓ Eve · eve@x.test")


async def test_S28_what_the_service_refuses_stays_with_its_reason(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await paste(seen, "Eve, eve@x.test\nGina, gina@x.test")
    await seen.sees("✓ Gina")
    do = seen.service.do

    def refusing(stream: str, command: c.Command, actor: object):
        if isinstance(command, c.Invite) and command.guest.name == "Gina":
            raise RefusedError("That address cannot be.", "bad_email")
        return do(stream, command, actor)  # type: ignore[arg-type]  # the same actor

    seen.service.do = refusing  # type: ignore[method-assign,assignment]  # the seam of this test
    await seen.press("ctrl+s")
    await seen.sees("✗ Gina: That address cannot be.")
    await seen.sees("1 invited. 1 line is left")


async def test_S28_whoever_stood_in_the_fields_becomes_the_first_line(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await seen.type("Eve")
    await paste(seen, "Gina, gina@x.test\nHal, hal@x.test")
    await seen.sees("✗ Eve: Each line needs an email")
    await seen.sees("✓ Hal")
    await seen.press("escape")
    await seen.sees("What you typed was not sent, and will be gone.")


async def test_S28_lines_pasted_after_the_switch_do_not_join_whoever_stood_in_the_fields(
    seen: Console, appointment: str
):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await seen.type("Eve")
    await seen.press("tab")
    await seen.type("eve@x.test")
    await seen.press("ctrl+t")
    await seen.sees("✓ Eve · eve@x.test")
    await paste(seen, "Gina, gina@x.test\nHal, hal@x.test")
    await seen.sees("✓ Gina · gina@x.test")
    await seen.sees("✓ Hal · hal@x.test")


async def test_the_same_contact_twice_is_noticed_in_the_preview(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i", "ctrl+t")
    await seen.sees("One person a line")
    await paste(seen, "Eve, PATIENT@clinic.test")
    await seen.sees("✓ Eve · same contact as Ann Lee")
