"""Lines of lists at the service: tried without a trace, for whoever may import, with ids that say nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.service.house import service
from tests.service.test_two_organisers import organiser

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)


def line(**changes: Any) -> dict[str, Any]:
    ann = {"name": "Ann", "email": "ann@home.test", "mobile": "079 123 45 67"}
    return {"type": "import", "source": "uid-1", "at": TOMORROW.isoformat(), "patient": ann, **changes}


async def test_E10_a_line_is_tried_and_nothing_happens(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        tried = await console.query("import", command=line())
        assert tried["became"] == "created"
        assert (await console.query("appointment", appointment=tried["appointment_id"]))[
            "code"
        ] == "no_such_appointment"
        done = await console.do("", **_as_command(line()))
        assert done["result"] == {"appointment_id": tried["appointment_id"], "became": "created"}
        await console.do(tried["appointment_id"], "send_invites")
        tried = await console.query("import", command=line(minutes=30, at=(TOMORROW + timedelta(hours=1)).isoformat()))
        assert (tried["changes"], tried["told"]) == (["time", "length"], ["Ann"])
        assert datetime.fromisoformat(tried["was_at"]) == TOMORROW
        found = await console.query("appointment", appointment=tried["appointment_id"])
        assert (found["minutes"], found["people"][0]["deliveries"][0]["number"]) == (15, 1)


def _as_command(data: dict[str, Any]) -> dict[str, Any]:
    return {"kind" if name == "type" else name: value for name, value in data.items()}


async def test_what_is_no_line_of_a_list_is_refused_and_the_console_stays(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        for command, code in (
            (None, "bad_message"),
            ([], "bad_message"),
            ({"type": "cancel"}, "bad_message"),
            ({"type": "note_head", "appointment_id": "a", "length": 1, "head": "x"}, "bad_message"),
            (line(at="tomorrow"), "bad_message"),
            (line(source=" "), "source_required"),
            (line(minutes=0), "bad_minutes"),
            (line(patient={"name": "Ann", "email": "nobody"}), "bad_email"),
        ):
            assert (await console.query("import", command=command))["code"] == code
        assert (await console.command("a1", **_as_command(line())))["code"] == "bad_stream"
        assert (await console.query("status"))["type"] == "answer"


async def test_E10_the_id_of_an_imported_appointment_is_of_this_home_alone(tmp_path: Path) -> None:
    ids = []
    for home in ("a", "b", "a"):
        async with service(tmp_path / home) as house:
            console = await house.console()
            done = await console.do("", **_as_command(line()))
            ids.append((done["result"]["appointment_id"], done["result"]["became"]))
    assert ids[0][0] == ids[2][0] != ids[1][0]
    assert [became for _, became in ids] == ["created", "created", "unchanged"]


async def test_U2_an_observer_imports_nothing_and_reads_no_contact_and_a_clerk_does_both(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        clerk, observer = await organiser(house, "Kim", "clerk"), await organiser(house, "Sam", "observer")
        assert (await observer.query("import", command=line()))["code"] == "not_allowed"
        appointment = (await clerk.do("", **_as_command(line(patient_id="P-7"))))["result"]["appointment_id"]
        await clerk.do(appointment, "edit_appointment", patient_id="P-8")
        seen = [await who.query("appointment", appointment=appointment) for who in (clerk, observer)]
        assert [each["patient_id"] for each in seen] == ["P-8", ""]
        assert [each["people"][0]["email"] for each in seen] == ["ann@home.test", ""]
        assert [each["people"][0]["mobile"] for each in seen] == ["+41791234567", ""]
        assert "P-8" not in str(seen[1]) and "ann@home.test" not in str(seen[1])
