"""Lists from the command line into a real service: seen first, changed by the next one, doubled by none."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from ecm_tui.client.imports.line import MOST_BYTES, ImportedLine
from ecm_tui.client.imports.read import read
from tests.cli.conftest import Ecm

HEADING = "date;time;patient;id;email;mobile;kind\n"
DAY = "2034-05-01"


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A list that is this test's own: its patients' numbers hold the directory's name."""
    return tmp_path / "day.csv"


def write(day: Path, *rows: str) -> str:
    """Rows of time, patient, number and what follows."""
    own = [row.replace("#", f"{day.parent.name}-") for row in rows]
    day.write_text(HEADING + "".join(f"{DAY};{row}\n" for row in own), encoding="utf-8")
    return str(day)


def imported(ecm: Ecm, day: Path, *rows: str) -> dict[int, dict]:
    """What became of each line, by its number."""
    return {line["line"]: line for line in ecm.ask("import", write(day, *rows))["lines"]}


def test_E10_a_list_becomes_grey_appointments_and_invites_nobody(clinic: Ecm, day: Path):
    found = clinic.ask("import", write(day, "09:00;Ann Lee;#1;ann@example.org;079 123 45 67", "09:15;Bob;#2;;;phone"))
    assert (found["created"], found["refused"]) == (2, 0)
    ann, bob = found["lines"]
    assert (ann["line"], ann["became"], ann["at"]) == (2, "created", "2034-05-01T07:00:00Z")
    shown = clinic.ask("appointment", "show", ann["id"])
    assert (shown["state"], shown["patient"], shown["people"][0]["mobile"]) == ("imported", "Ann Lee", "+41791234567")
    assert shown["people"][0]["deliveries"] == []
    assert clinic.ask("appointment", "show", bob["id"])["kind"] == "phone"
    listed = {row["id"]: row["state"] for row in clinic.ask("appointment", "list", "--date", DAY)}
    assert (listed[ann["id"]], listed[bob["id"]]) == ("imported", "imported")
    assert clinic("appointment", "invite", ann["id"]).out == "Invited: Ann Lee.\n"
    assert clinic.ask("appointment", "show", ann["id"])["state"] == "scheduled"
    refused = clinic("appointment", "invite", bob["id"])
    assert (refused.code, refused.err) == (3, "Bob needs an email address or a mobile number.\n")


def test_E10_the_same_list_again_changes_what_is_another_and_says_whom_it_tells(clinic: Ecm, day: Path):
    rows = ("09:00;Ann Lee;#1;ann@example.org", "09:15;Bob;#2", "09:30;Cem;#3;cem@example.org", "10:00;Di;#4")
    first = imported(clinic, day, *rows)
    clinic.ask("appointment", "invite", first[2]["id"])
    clinic.ask("appointment", "cancel", first[4]["id"])
    again = ("09:45;Ann Lee;#1;ann@example.org", "09:15;Bob;#2", "11:30;Cem;#3;cem@example.org", "10:15;Di;#4")
    foreseen = clinic.ask("import", write(day, *again), "--preview")["lines"]
    assert [line["became"] for line in foreseen] == ["changed", "unchanged", "left", "changed"]
    assert clinic.ask("appointment", "show", first[2]["id"])["at"] == first[2]["at"], "a preview changes nothing"
    done = imported(clinic, day, *again)
    assert [done[number]["id"] for number in done] == [first[number]["id"] for number in first]
    assert (done[2]["changes"], done[2]["told"], done[2]["was_at"]) == (["time"], ["Ann Lee"], first[2]["at"])
    assert done[4]["message"] == "It was cancelled here and is left as it is."
    assert (done[5]["changes"], done[5]["told"]) == (["time"], [])
    assert clinic.ask("appointment", "show", first[2]["id"])["people"][0]["deliveries"][0]["number"] == 2
    assert clinic.ask("import", str(day))["unchanged"] == 3


def test_E10_guests_are_seen_first_invited_with_the_patient_and_never_doubled(clinic: Ecm, tmp_path: Path):
    own, path = tmp_path.name, tmp_path / "day.csv"
    heading = "date,time,patient,id,email,guest,guest email,guest role,guest 2,guest 2 mobile\n"

    def again(*cells: str) -> str:
        path.write_text(f"{heading}2034-05-04,{','.join(cells)}\n")
        return str(path)

    row = ("09:00", "Ann", f"{own}-1", "ann@example.org", "Ida", "ida@example.org", "mother", "Cem", "079 123 45 67")
    assert "Ann  with Ida, Cem" in clinic("import", again(*row), "--preview").out
    (line,) = clinic.ask("import", str(path))["lines"]
    assert line["guests"] == ["Ida", "Cem"]
    people = clinic.ask("appointment", "show", line["id"])["people"]
    assert [(each["name"], each["description"], each["deliveries"]) for each in people] == [
        ("Ann", "", []),
        ("Ida", "mother", []),
        ("Cem", "", []),
    ]
    assert clinic("appointment", "invite", line["id"]).out == "Invited: Ann, Ida, Cem.\n"
    assert clinic.ask("import", str(path))["unchanged"] == 1
    moved = again("09:15", *row[1:-2], "Cem", "079 123 45 68")
    (line,) = clinic.ask("import", moved)["lines"]
    assert (line["changes"], sorted(line["told"])) == (["time", "further people"], ["Ann", "Cem", "Ida"])
    now = clinic.ask("appointment", "show", line["id"])["people"]
    assert [each["id"] for each in now] == [each["id"] for each in people]
    assert all(each["deliveries"][0]["number"] <= 2 for each in now)
    without_ida = again("09:15", *row[1:4], "", "", "", "Cem", "079 123 45 68")
    assert "takes out Ida; with Cem; further people\n" in clinic("import", without_ida, "--preview").out
    (line,) = clinic.ask("import", without_ida)["lines"]
    assert (line["changes"], line["taken_out"], line["told"]) == (["further people"], ["Ida"], [])
    rows = clinic("call", "people", line["id"]).out.splitlines()
    assert [" Taken out " in f" {row} " for row in rows if "Ida" in row] == [True]
    (line,) = clinic.ask("import", again(*row[:5], "nobody", *row[6:]), "--preview")["lines"]
    assert line["message"].startswith("Ida: This email address is not valid.")


def test_E10_a_line_that_cannot_be_taken_stops_no_other_and_ends_with_1(clinic: Ecm, day: Path):
    path = write(day, "25:00;Ann;#1", "09:00;Bob;#2;nobody", "09:15;Cem;#3")
    said = clinic("import", path)
    assert (said.code, said.err) == (1, "2 of 3 lines could not be imported; the others were.\n")
    rows = [line.split(maxsplit=1) for line in said.out.splitlines()[:3]]
    assert [number for number, _ in rows] == ["2", "3", "4"]
    assert rows[0][1].startswith("cannot") and 'time: "25:00" is no time' in rows[0][1]
    assert "Bob" in rows[1][1] and "email address is not valid" in rows[1][1]
    assert rows[2][1] == f"new     {DAY} 09:15  Cem"
    assert said.out.splitlines()[3] == "1 new, 2 cannot."
    assert clinic("import", path, "--preview").code == 0
    as_json = clinic("import", path, "--json")
    assert json.loads(as_json.err)["code"] == "not_all_imported"
    assert [line["code"] for line in json.loads(as_json.out)["lines"]] == ["", "bad_email", ""]


def test_E10_a_calendar_and_fhir_come_in_the_same_way_and_cancelled_events_are_skipped(clinic: Ecm, tmp_path: Path):
    own = tmp_path.name
    events = "".join(
        f"BEGIN:VEVENT\nUID:{own}-{n}\nDTSTART:20340502T090000\nSUMMARY:Ann {n}\nSTATUS:{status}\nEND:VEVENT\n"
        for n, status in enumerate(("CONFIRMED", "CANCELLED"))
    )
    (tmp_path / "day.ics").write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{events}END:VCALENDAR\n")
    said = clinic.ask("import", str(tmp_path / "day.ics"))
    assert [(line["line"], line["became"]) for line in said["lines"]] == [(1, "created"), (2, "skipped")]
    assert said["lines"][0]["at"] == "2034-05-02T07:00:00Z", "a time without a zone is the clinic's"
    actor = {"type": "Patient", "display": "Bob"}
    resource = {
        "resourceType": "Appointment",
        "id": own,
        "start": "2034-05-02T09:00:00Z",
        "participant": [{"actor": actor}],
    }
    (tmp_path / "one.json").write_text(json.dumps(resource))
    (line,) = clinic.ask("import", str(tmp_path / "one.json"))["lines"]
    assert clinic.ask("appointment", "show", line["id"])["patient"] == "Bob"


def test_a_list_can_come_through_a_pipe(clinic: Ecm, day: Path, monkeypatch: pytest.MonkeyPatch):
    content = Path(write(day, "09:00;Ann;#1")).read_bytes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: False))
    assert clinic.ask("import", "-")["created"] == 1


def test_a_list_is_read_beside_the_line_so_that_it_does_not_fall_silent(
    clinic: Ecm, day: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[bool] = []

    def reading(data: bytes, zone: tzinfo) -> list[ImportedLine]:
        seen.append(threading.current_thread() is threading.main_thread())
        return read(data, zone)

    monkeypatch.setattr("ecm_tui.client.imports.read.read", reading)
    assert clinic.ask("import", write(day, "09:00;Ann;#1"))["created"] == 1
    assert seen == [False]


def test_what_is_no_list_or_no_file_is_said(clinic: Ecm, tmp_path: Path):
    (tmp_path / "letter.txt").write_text("Dear colleague")
    said = clinic("import", str(tmp_path / "letter.txt"), "--json")
    assert (said.code, said.out, json.loads(said.err)["code"]) == (1, "", "not_a_list")
    for name, words in ((tmp_path, "Is a directory"), (tmp_path / "nothing", "No such file"), ("a\0b", "null byte")):
        said = clinic("import", str(name))
        assert said.code == 2 and words in said.err and "\0" not in said.err
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(MOST_BYTES * 1000)
    assert "divide it" in clinic("import", str(tmp_path / "large.csv")).err


def test_at_a_terminal_it_asks_before_anything_is_imported(clinic: Ecm, day: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(day, "09:00;Ann;#1")
    monkeypatch.setattr("ecm_tui.cli.import_.at_a_terminal", lambda: True)
    answers = iter([False, True])
    asked: list[str] = []

    def confirm(text: str, **_: object) -> None:
        asked.append(text)
        if not next(answers):
            import click

            raise click.Abort

    monkeypatch.setattr("click.confirm", confirm)
    assert clinic("import", path).code == 1
    assert clinic.ask("import", path, "--preview")["created"] == 1, "nothing was imported yet"
    said = clinic("import", path)
    assert (said.code, said.out.splitlines()[-1]) == (0, "Imported: 1 new.")
    assert clinic("import", path).code == 0 and clinic("import", path, "--yes").code == 0
    assert asked == ["Import them?"] * 2, "and not where there is nothing to import, or with --yes"


def test_hostile_names_of_a_list_move_nothing(clinic: Ecm, day: Path):
    said = clinic("import", write(day, "09:00;Ann\x1b]52;c;aGk=\x07\u202e[/];#1", "\x1b[2J;Bob;#2"))
    assert not {"\x1b", "\x07", "\u202e"} & set(said.out + said.err)


@contextmanager
def fhir(pages: dict[str, object]) -> Iterator[tuple[str, list[str]]]:
    """A FHIR server: its address, and the logins that it was shown."""
    shown: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers.get("Authorization", ""))
            found = pages.get(self.path)
            body = json.dumps(found).encode()
            self.send_response(200 if found else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", shown
    finally:
        running.shutdown()
        running.server_close()


def booked(number: str, patient: str, at: str) -> dict:
    actor = {"type": "Patient", "display": patient}
    return {"resource": {"resourceType": "Appointment", "id": number, "start": at, "participant": [{"actor": actor}]}}


def test_E10_a_search_at_a_server_is_seen_first_and_imported_with_all_of_its_pages(
    clinic: Ecm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = tmp_path.name
    following = [{"relation": "next", "url": "?page=2"}]
    first = [booked(f"{own}-1", "Ann", "2034-05-03T09:00:00Z")]
    second = [booked(f"{own}-2", "Bob", "2034-05-03T09:15:00Z")]
    pages: dict[str, object] = {
        "/Appointment?date=2034-05-03": {"resourceType": "Bundle", "link": following, "entry": first},
        "/Appointment?page=2": {"resourceType": "Bundle", "entry": second},
    }
    with fhir(pages) as (url, shown):
        monkeypatch.setenv("ECM_LISTS_SERVER", url)
        monkeypatch.setenv("ECM_LISTS_AUTHORIZATION", "Bearer hush")
        address = f"{url}/Appointment?date=2034-05-03"
        assert [line["became"] for line in clinic.ask("import", address, "--preview")["lines"]] == ["created"] * 2
        lines = clinic.ask("import", address)["lines"]
        assert [(line["line"], line["became"], line["patient"]) for line in lines] == [
            (1, "created", "Ann"),
            (2, "created", "Bob"),
        ]
        assert clinic.ask("import", address)["unchanged"] == 2
        assert set(shown) == {"Bearer hush"}
        said = clinic("import", f"{url}/Elsewhere")
        assert (said.code, said.out) == (4, "") and "does not take the login in lists.authorization" in said.err
        assert "hush" not in said.err
