"""The day's list from a file, in the console: each line seen before it is taken (E10)."""

from datetime import timedelta
from pathlib import Path

import pytest

from ecm_tui.console.dialogs.importing import path_of
from ecm_tui.core import commands as c
from ecm_tui.settings import Lists
from tests.client.imports.test_fhir import ANN, appointment
from tests.client.imports.test_server import answers, page
from tests.client.test_remote import server
from tests.console.driving import Console, console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService

LIST = """date,time,patient,id,email
2026-11-26,09:00,Ina Berg,1,ina@clinic.test
2026-11-26,09:30,José Ñuñez,2,
soon,09:45,Nobody,3,n@clinic.test
"""


KEYED = "key,date,time,patient,email\nk1,2026-11-26,09:00,Ina,ina@clinic.test\n"


def write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "the day.csv"
    write(path, LIST)
    return path


async def looked(seen: Console, path: Path | str) -> None:
    """Open the dialog and have it look at the file."""
    await seen.press("I")
    await seen.sees("Import appointments")
    seen.app.screen.query_one("#path").value = str(path)  # type: ignore[attr-defined]
    await seen.press("enter")


async def test_E10_each_line_is_shown_before_anything_happens_and_then_imported_in_grey(seen: Console, file: Path):
    await looked(seen, file)
    await seen.sees("2 new, 1 cannot.")
    await seen.sees("Ina Berg")
    assert "new" in seen.line("Ina Berg") and "26 Nov 09:00" in seen.line("Ina Berg")
    assert seen.service.sent == []
    await seen.press("j", "j")
    await seen.sees("is no date")
    await seen.press("enter")
    await seen.sees("Imported: 2 new, 1 cannot.")
    assert [type(command) for _, command in seen.service.sent] == [c.Import, c.Import]
    await seen.press("escape")
    await seen.sees("Thursday 26 November 2026")
    assert "○ Imported" in seen.line("Ina Berg") and "○ Imported" in seen.line("José Ñuñez")


async def test_E10_the_same_list_again_changes_nothing_and_what_is_another_is_changed(seen: Console, tmp_path: Path):
    keyed = tmp_path / "keyed.csv"
    write(keyed, KEYED)
    await looked(seen, keyed)
    await seen.sees("1 new.")
    await seen.press("enter")
    await seen.sees("Imported: 1 new.")
    await seen.press("s", "enter")
    await seen.sees("◇ Scheduled")
    await looked(seen, keyed)
    await seen.sees("1 unchanged.")
    assert "IMPORT" not in seen.text
    write(keyed, KEYED.replace("09:00", "11:00"))
    await seen.press("shift+tab", "enter")
    await seen.sees("1 changed. 1 of those invited get the new invitation.")
    await seen.sees("time; tells Ina")
    await seen.click("IMPORT 1")
    await seen.sees("Imported: 1 changed.")
    await seen.sees("▌11:00")


async def test_E10_who_is_taken_out_is_said_before_it_happens(seen: Console, tmp_path: Path):
    table = tmp_path / "guests.csv"
    heading = "date,time,patient,key,guest,guest email\n2026-11-26,09:00,Ina Berg,k1"
    write(table, f"{heading},Ida Lee,ida@home.test\n")
    await looked(seen, table)
    await seen.sees("1 new.")
    await seen.press("enter")
    await seen.sees("Imported: 1 new.")
    write(table, f"{heading},,\n")
    await looked(seen, table)
    await seen.sees("1 changed. 1 guest is taken out.")
    await seen.sees("takes out Ida Lee;")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"", "The file is empty."),
        (b"nothing of these", "This is neither a calendar (ICS)"),
        (b"PK\x03\x04rest", "Save the table as CSV first."),
    ],
)
async def test_what_is_no_list_gets_a_sentence_and_what_was_typed_stays(
    seen: Console, tmp_path: Path, content: bytes | None, said: str
):
    path = tmp_path / "l.csv"
    if content is not None:
        write(path, content)
    await looked(seen, path)
    await seen.sees(said)
    assert "l.csv" in seen.text or "File" in seen.text
    assert "IMPORT" not in seen.text.replace("Import", "")


async def test_a_folder_is_no_list(seen: Console, tmp_path: Path):
    await looked(seen, tmp_path)
    await seen.sees("is a folder. Choose a file in it.")


async def test_E10_a_list_at_an_address_is_shown_and_imported_with_the_login_of_its_server(
    service: FakeService, clock: FakeClock, state: Path
):
    pages = {
        "/Appointment?date=x": page(appointment(start="2026-11-26T09:00:00Z", end=None), following="/two"),
        "/two": page(ANN),
    }
    async with server(answers(pages.__getitem__)) as (url, asked):
        lists = Lists(server=url, authorization="Bearer hush")
        async with console(service, clock, state, lists=lists) as seen:
            await looked(seen, f"{url}/Appointment?date=x")
            await seen.sees("1 new.")
            assert "Ann B. Lee" in seen.text and "hush" not in seen.text
            await seen.press("enter")
            await seen.sees("Imported: 1 new.")
            await looked(seen, f"{url.replace('http', 'ftp')}/x")
            await seen.sees("Files come by https")
    assert len(asked) == 2 and all("Bearer hush" in head for head in asked)


async def test_an_import_that_broke_off_can_be_done_again(seen: Console, file: Path, monkeypatch: pytest.MonkeyPatch):
    from ecm_tui.errors import UnreachableError

    await looked(seen, file)
    await seen.sees("2 new, 1 cannot.")
    real = seen.service.do

    def gone(*_: object) -> None:
        raise UnreachableError("The clinic service did not answer.")

    monkeypatch.setattr(seen.service, "do", gone)
    await seen.press("enter")
    await seen.sees("The clinic service did not answer. The same list can be")
    monkeypatch.setattr(seen.service, "do", real)
    await seen.press("enter")
    await seen.sees("Imported: 2 new, 1 cannot.")


async def test_nothing_of_this_account_is_read_where_somebody_else_works(
    service: FakeService, clock: FakeClock, state: Path
):
    service.schedule("Ann Lee")
    async with console(service, clock, state, confined=True) as seen:
        await seen.press("I")
        await seen.sees("Your key opens this console and nothing else")


async def test_names_that_are_hidden_are_hidden_in_the_preview(
    service: FakeService, clock: FakeClock, state: Path, file: Path
):
    service.schedule("Ann Lee", at=TUESDAY + timedelta(hours=1))
    async with console(service, clock, state, private=True) as seen:
        await looked(seen, file)
        await seen.sees("2 new, 1 cannot.")
        await seen.sees("IB")
        assert "IB" in seen.text and "Ina" not in seen.text


def test_a_path_is_read_as_terminals_drop_it():
    assert path_of("'/tmp/the day.csv' ") == Path("/tmp/the day.csv")
    assert path_of("/tmp/the\\ day.csv") == Path("/tmp/the day.csv")
    assert path_of("file:///tmp/a.csv") == Path("/tmp/a.csv")
    assert path_of("~/a.csv") == Path.home() / "a.csv"
    assert path_of("'odd") == Path("'odd")
