"""A stream that was changed anywhere does not verify; a stream whose texts were erased does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ecm_tui.core.events import PersonInvited
from ecm_tui.core.log import ERASED, GENESIS, Body, Entry, body_ids, canonical, first_bad, seal, timestamp, unseal
from ecm_tui.core.wire import encode

INVITED = PersonInvited(person_id="p1", name="Ann", email="ann@example.org")


def new_body(content: str) -> Body:
    return Body(id=f"b{len(content)}", salt=b"0123456789abcdef", content=content)


def stream(length: int) -> list[Entry]:
    entries, previous = [], GENESIS
    for seq in range(1, length + 1):
        data, _ = seal(PersonInvited, encode(INVITED), new_body)
        at = f"2026-11-24T09:30:{seq:02}Z"
        entry = Entry(stream="a1", seq=seq, at=at, role="organiser", actor="o1", data=canonical(data))
        previous = entry.hashed(previous)
        entries.append(replace(entry, hash=previous))
    return entries


def test_what_people_wrote_is_kept_apart_and_comes_back():
    sealed, bodies = seal(PersonInvited, encode(INVITED), new_body)
    assert "Ann" not in canonical(sealed)
    assert [body.content for body in bodies] == ["Ann", "ann@example.org"]
    assert sealed["name"] == {"body": "b3", "sha256": bodies[0].digest}
    assert body_ids(sealed) == ["b3", "b15"]
    assert unseal(sealed, {body.id: body.content for body in bodies}) == encode(INVITED)


def test_U4_an_erased_body_reads_erased_and_the_stream_still_verifies():
    sealed, _ = seal(PersonInvited, encode(INVITED), new_body)
    assert unseal(sealed, {})["name"] == ERASED
    assert first_bad(stream(3)) is None


def test_the_digest_depends_on_the_salt():
    assert new_body("Ann").digest != replace(new_body("Ann"), salt=b"fedcba9876543210").digest


@pytest.mark.parametrize("field", ["stream", "at", "role", "actor", "data", "hash"])
def test_U4_a_changed_field_is_found_at_its_row(field: str):
    entries = stream(5)
    entries[2] = replace(entries[2], **{field: "changed"})
    assert first_bad(entries) == 3


def test_U4_a_missing_swapped_or_repeated_row_is_found():
    entries = stream(5)
    assert first_bad(entries[1:]) == 1
    assert first_bad(entries[:2] + entries[3:]) == 3
    assert first_bad([entries[0], entries[2], entries[1]]) == 2
    assert first_bad([entries[0], entries[0]]) == 2


def test_times_are_written_in_utc_with_z():
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(noon) == "2026-11-24T10:00:00Z"
    assert timestamp(datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)) == "2026-01-01T00:00:00.000005Z"
