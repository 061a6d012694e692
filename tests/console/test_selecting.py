"""The people list: the selection belongs to a person, searching, and keys that come too early (S35-S38)."""

from textual import events

from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core import commands as c
from tests.console.driving import Console, lines_of


async def with_three_waiting(seen: Console, appointment: str) -> None:
    seen.service.other(appointment, c.StartCall())
    for name in ("Ann Lee", "Bea Moreno", "Omar Haddad"):
        seen.clock.pass_()
        seen.service.enter(appointment, name)
    await seen.open("Ann Lee")


async def test_S37_the_selection_stays_with_the_person_whoever_leaves_or_moves(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    await seen.select("Bea Moreno")
    seen.service.leave(appointment, "Ann Lee")
    await seen.sees("Waiting (2)")
    assert seen.row("Bea Moreno").startswith("▌")
    seen.service.other(appointment, c.Admit(person_id=seen.service.people(appointment)["Bea Moreno"]))
    await seen.sees("In call (1)")
    assert seen.row("Bea Moreno").startswith("▌")


async def test_a_row_that_moved_a_moment_ago_only_says_so(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    await seen.select("Bea Moreno")
    seen.service.leave(appointment, "Ann Lee")
    await seen.sees("Waiting (2)")
    await seen.press_at_once("a")
    await seen.sees("changed: press again")
    assert seen.service.state(appointment, "Bea Moreno") == "waiting"
    await seen.press("a")
    await seen.sees("In call (1)")


async def test_a_click_on_a_control_that_just_came_there_only_says_so(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    y = next(y for y, line in enumerate(lines_of(seen.app.screen)) if line.startswith((" ◐ Bea", "▌◐ Bea")))
    x = seen.row("Bea Moreno").index("[x]")
    seen.clock.pass_()
    seen.service.leave(appointment, "Ann Lee")
    await seen.sees("Waiting (2)")
    await seen.pilot.click(offset=(x, y))
    await seen.sees("changed: press again")
    assert seen.service.state(appointment, "Omar Haddad") == "waiting"


async def test_S36_every_hit_carries_its_state_word(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    seen.service.other(appointment, c.Admit(person_id=seen.service.people(appointment)["Ann Lee"]))
    seen.service.leave(appointment, "Bea Moreno")
    seen.service.presence(appointment, "Omar Haddad", "lost")
    for query, word in (("ann", "In call"), ("DAUGHTER", "Left"), ("haddad omar", "Reconnecting")):
        await seen.press("slash")
        await seen.type(query)
        await seen.sees("1 of 3 people")
        await seen.sees(word)
        await seen.press("escape")
        await seen.sees_no("1 of 3")


async def test_S36_down_in_the_search_goes_to_the_first_hit_as_enter_does(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    await seen.press("slash")
    await seen.type("omar")
    await seen.sees("1 of 3 people")
    await seen.press("down")
    await seen.holds(lambda: seen.app.focused is seen.app.screen.query_one("#people"))
    await seen.press("a")
    await seen.sees("In call (1)")
    assert seen.service.state(appointment, "Omar Haddad") == "admitted"


async def test_S37_a_filter_that_hides_the_selected_person_leaves_nobody_under_the_key(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    await seen.select("Ann Lee")
    await seen.press("slash")
    await seen.type("omar")
    await seen.sees("1 of 3 people")
    seen.app.screen.query_one("#people", RowList).focus()
    await seen.press("a")
    await seen.sees("Nobody is selected.")
    await seen.press("escape")
    await seen.sees("Waiting (3)")
    assert seen.row("Ann Lee").startswith("▌")


async def test_S37_a_key_for_somebody_out_of_view_brings_them_there_first(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    for number in range(20):
        seen.service.other(appointment, c.Invite(guest=c.Guest(name=f"Guest {number}", email="g@clinic.test")))
        seen.service.enter(appointment, f"Guest {number}")
    await seen.sees("Waiting (23)")
    await seen.press("slash")
    await seen.type("guest 19")
    await seen.sees("1 of 23 people")
    await seen.press("enter", "escape")
    await seen.sees("Guest 18")
    assert seen.row("Guest 19").startswith("▌")
    seen.app.screen.query_one("#people", RowList).scroll_to(y=0, animate=False)
    await seen.sees_no("Guest 19")
    await seen.press("a")
    await seen.sees("changed: press again")
    assert seen.service.state(appointment, "Guest 19") == "waiting"
    assert seen.row("Guest 19").startswith("▌")
    await seen.press("a")
    await seen.sees("1 person in the call")
    assert seen.service.state(appointment, "Guest 19") == "admitted"


async def test_S37_accents_do_not_matter_and_enter_goes_to_the_first_hit(seen: Console, appointment: str):
    seen.service.other(appointment, c.Invite(guest=c.Guest(name="José Ñuñez", email="j@clinic.test")))
    await seen.open("Ann Lee")
    await seen.press("slash")
    await seen.type("nunez jose")
    await seen.sees("1 of 4 people")
    await seen.press("enter")
    assert seen.row("José").startswith("▌")


async def test_letters_act_in_lists_and_never_while_typing(seen: Console, appointment: str):
    await with_three_waiting(seen, appointment)
    await seen.select("Ann Lee")
    await seen.press("slash")
    await seen.type("axA")
    assert seen.service.sent == []
    await seen.sees("Nobody is found. Esc shows everyone again.")


async def test_a_paste_triggers_no_key(seen: Console, appointment: str):
    from textual import events

    await with_three_waiting(seen, appointment)
    await seen.select("Ann Lee")
    seen.clock.pass_()
    seen.app.post_message(events.Paste("axA\r."))
    await seen.pilot.pause()
    await seen.settle()
    assert seen.service.sent == []
    assert len(seen.app.screen_stack) == 1


async def test_S35_a_move_in_a_long_list_paints_two_rows_only(seen: Console, appointment: str):
    for number in range(60):
        seen.service.other(appointment, c.Invite(guest=c.Guest(name=f"Guest {number:02}", email="g@clinic.test")))
    await seen.open("Ann Lee")
    people = seen.app.screen.query_one("#people", RowList)
    people.focus()
    await seen.settle()
    painted: list[int] = []
    refresh = people.refresh

    def spy(*regions, **more):
        painted.extend(region.area for region in regions)
        return refresh(*regions, **more)

    people.refresh = spy  # type: ignore[method-assign] # a spy for this test only
    await seen.press("j")
    assert painted == [people.size.width] * 2


async def test_what_comes_while_keys_wait_for_a_field_is_typed_after_them(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("/")
    app = seen.app
    app._held = [events.Key(letter, letter) for letter in "ab"]
    app.post_message(events.Key("c", "c"))
    app._release()
    await seen.holds(lambda: getattr(app.focused, "value", "") == "abc")
