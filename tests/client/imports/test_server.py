"""Lists from real servers on loopback that turn pages, stall, redirect, refuse, lie, and name pages for ever (E10)."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ecm_tui.client import remote
from ecm_tui.client.imports import server as lists
from ecm_tui.client.imports.line import MOST_BYTES
from ecm_tui.client.imports.read import read
from ecm_tui.client.imports.server import Login, fetched
from ecm_tui.core.commands import Import
from ecm_tui.errors import EcmError, NotAListError, RefusedError, UnreachableError
from tests.client.imports.reading import ZURICH
from tests.client.imports.test_fhir import ANN, appointment
from tests.client.test_remote import Answer, gives, server

NOBODY = Login()


def page(*resources: dict, following: str = "", **more: Any) -> dict:
    links = [{"relation": "self", "url": "x"}, *([{"relation": "next", "url": following}] if following else [])]
    return {"resourceType": "Bundle", "link": links, "entry": [{"resource": each} for each in resources], **more}


def answers(pages: Callable[[str], Any], status: str = "200 OK") -> Answer:
    """`pages` says what is at each path."""

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(pages(path)).encode()
        await gives(f"Content-Length: {len(body)}", "Content-Type: application/fhir+json", body=body, status=status)(
            path, writer
        )

    return answer


async def names(url: str, login: Login = NOBODY) -> list[str]:
    """The patients of the list there."""
    return [each.what.patient.name for each in read(await fetched(url, login), ZURICH) if isinstance(each.what, Import)]


async def test_E10_a_search_comes_with_all_of_its_pages_and_their_patients():
    bob = appointment(id="a2", participant=[{"actor": {"reference": "Patient/bob", "display": "Böb\ud800"}}])
    pages = {
        "/fhir/Appointment?date=2026-11-24": page(appointment(), following="?page=2"),
        "/fhir/Appointment?page=2": page(bob, appointment(), following="/fhir/Appointment?page=3"),
        "/fhir/Appointment?page=3": page(ANN),
    }
    told: list[tuple[str, int]] = []
    async with server(answers(pages.__getitem__)) as (url, seen):
        data = await fetched(
            f"{url}/fhir/Appointment?date=2026-11-24", NOBODY, lambda host, count, size: told.append((host, count))
        )
    first, second = read(data, ZURICH)
    assert isinstance(first.what, Import) and isinstance(second.what, Import)
    assert (first.what.patient.name, first.what.patient_id, first.what.patient.email) == (
        "Ann B. Lee",
        "P-7",
        "ann@example.org",
    )
    assert second.what.patient.name == "Böb?", "and what was on two pages is taken once"
    assert told == [("127.0.0.1", 1), ("127.0.0.1", 2)]
    assert all(
        "\r\nAccept: application/fhir+json" in head or "\r\naccept: application/fhir+json" in head for head in seen
    )


async def test_E10_other_lists_and_single_appointments_come_from_an_address_too():
    table = b"date,time,patient\n2026-11-24,09:00,Ann\n"
    async with server(gives(f"Content-Length: {len(table)}", body=table)) as (url, _):
        assert await names(f"{url}/day.csv") == ["Ann"]
    async with server(answers(lambda path: appointment())) as (url, _):
        assert await names(f"{url}/Appointment/a1") == ["Ann Lee"]


async def test_the_login_goes_to_its_own_server_alone_and_into_no_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    async with server(answers(lambda path: page(appointment()))) as (other, strange):
        moved = gives(f"Location: {other}/b", "Content-Length: 0", status="302 Found")

        async def answer(path: str, writer: asyncio.StreamWriter) -> None:
            await (moved if path == "/moved" else answers(lambda _: page(appointment())))(path, writer)

        async with server(answer) as (url, seen):
            login = Login(server=url, authorization="Bearer hush")
            assert await names(f"{url}/a", login) == ["Ann Lee"]
            assert "uthorization: Bearer hush" in seen[0]
            assert await names(f"{url}/moved", login) == ["Ann Lee"]
            assert await names(f"{other}/c", login) == ["Ann Lee"]
            assert len(strange) == 2 and not any("hush" in head for head in strange)
    assert "hush" not in caplog.text and "hush" not in repr(login)


@pytest.mark.parametrize(
    "elsewhere", ["https://fhir.example/next", "http://127.0.0.1:1/next", "//fhir.example/x", "file:///etc/passwd"]
)
async def test_a_next_page_elsewhere_is_not_followed(elsewhere: str):
    async with server(answers(lambda path: page(appointment(), following=elsewhere))) as (url, seen):
        with pytest.raises(RefusedError, match=r"127\.0\.0\.1 names a next page at another server"):
            await fetched(url, NOBODY)
        assert len(seen) == 1


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        (
            "http://fhir.example/base?_getpages=7&_getpagesoffset=20",
            "https://fhir.example/base?_getpages=7&_getpagesoffset=20",
        ),
        ("http://fhir.example:80/base?page=2", "https://fhir.example/base?page=2"),
        ("Appointment?_skip=20", "https://fhir.example/base/Appointment?_skip=20"),
        ("?_skip=20", "https://fhir.example/base/Appointment?_skip=20"),
    ],
)
def test_E10_a_server_behind_a_proxy_that_names_its_pages_without_https_is_asked_by_https(named: str, meant: str):
    asked = httpx.URL("https://fhir.example/base/Appointment?date=2026-11-24")
    following = lists._next(page(appointment(), following=named), asked, urlsplit(str(asked)))
    assert str(following) == meant


async def test_pages_without_end_are_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "MOST_PAGES", 20)
    async with server(answers(lambda path: page(following="/again"))) as (url, seen):
        with pytest.raises(UnreachableError, match="names pages without end"):
            await fetched(f"{url}/again", NOBODY)
        assert len(seen) == 1
    async with server(answers(lambda path: page(following=path + "x"))) as (url, seen):
        with pytest.raises(UnreachableError, match="names pages without end"):
            await fetched(f"{url}/a", NOBODY)
        assert len(seen) == 20


async def test_a_list_that_is_too_long_is_left_wherever_that_shows():
    filler = {"resourceType": "Basic", "text": "x" * (MOST_BYTES // 3)}
    async with server(answers(lambda path: page(filler, following=path + "x"))) as (url, seen):
        with pytest.raises(NotAListError, match="gives more than 4 MB: ask for fewer days"):
            await fetched(f"{url}/a", NOBODY)
        assert len(seen) == 3

    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with server(endless) as (url, _):
        with pytest.raises(NotAListError, match="gives more than 4 MB"):
            await fetched(url, NOBODY)


async def test_a_server_that_stalls_on_any_page_is_left(monkeypatch: pytest.MonkeyPatch):
    async def stall(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/first":
            await answers(lambda _: page(appointment(), following="/second"))(path, writer)
        else:
            await asyncio.sleep(30)

    monkeypatch.setattr(remote, "SILENCE_SECONDS", 0.3)
    async with server(stall) as (url, _):
        for path in ("first", "silent"):
            with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 does not answer"):
                await fetched(f"{url}/{path}", NOBODY)
        monkeypatch.setattr(remote, "SILENCE_SECONDS", 30)
        monkeypatch.setattr(lists, "DEADLINE_SECONDS", 0.3)
        with pytest.raises(UnreachableError, match=r"took too long\. Try again, or ask for fewer days"):
            await fetched(f"{url}/first", NOBODY)
        monkeypatch.setattr(lists, "DEADLINE_SECONDS", 30)
        began = time.monotonic()
        task = asyncio.create_task(fetched(f"{url}/silent", NOBODY))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 10, "and who has waited long enough stops it"


async def test_a_server_that_lies_about_the_length_is_found_out():
    body = json.dumps(page(appointment())).encode()
    async with server(gives(f"Content-Length: {len(body) + 1}", body=body)) as (url, _):
        with pytest.raises(UnreachableError, match="broke before"):
            await fetched(url, NOBODY)
    async with server(gives(f"Content-Length: {len(body) - 9}", body=body)) as (url, _):
        with pytest.raises(NotAListError, match="no whole JSON"):
            await names(url)
    async with server(gives("Content-Length: 2", "Content-Encoding: gzip", body=b"ok")) as (url, _):
        with pytest.raises(UnreachableError, match="packed form only"):
            await fetched(url, NOBODY)


@pytest.mark.parametrize("to", ["http://fhir.example/x", "file:///etc/passwd", "/on"])
async def test_redirects_are_bound(to: str):
    async with server(gives(f"Location: {to}", "Content-Length: 0", status="302 Found")) as (url, seen):
        with pytest.raises(EcmError, match=r"let others read along|file of this computer|sends us on and on"):
            await fetched(f"{url}/on", NOBODY)
        assert len(seen) <= 6


OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "information", "diagnostics": "Nice day"},
        {"severity": "error", "code": "invalid", "details": {"text": "Unknown parameter\x1b[2J dat."}},
    ],
}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            "400 Bad",
            r"does not understand this address \(400\)\. Look at it again\. It says: Unknown parameter␛\[2J dat\.",
        ),
        ("401 No", "asks for a login. The settings lists.server and lists.authorization take it"),
        ("403 No", "does not let you read this list"),
        ("404 No", "has nothing at this address"),
        ("429 No", "asks to wait"),
        ("503 No", r"answered with an error \(503\)\. Try again later"),
    ],
)
async def test_what_a_server_refuses_is_said_in_words_with_its_own(status: str, said: str):
    async with server(answers(lambda path: OUTCOME, status)) as (url, _):
        with pytest.raises(UnreachableError, match=said):
            await fetched(url, NOBODY)
        if status.startswith("401"):
            with pytest.raises(UnreachableError, match=r"does not take the login in lists\.authorization"):
                await fetched(url, Login(server=url, authorization="Bearer old"))
    for rubbish in (b"", b"{", b'{"resourceType": "OperationOutcome", "issue": [1, {"details": 2}]}', b"<html>"):
        async with server(gives(f"Content-Length: {len(rubbish)}", body=rubbish, status=status)) as (url, _):
            with pytest.raises(UnreachableError) as error:
                await fetched(url, NOBODY)
            assert "It says" not in error.value.message


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (page(), r"127\.0\.0\.1 finds no appointments there\.$"),
        (page(ANN, OUTCOME), r"finds no appointments there\. It says: Unknown parameter"),
        ({"resourceType": "Bundle", "entry": 7, "link": [1, {"relation": "prev"}]}, "finds no appointments"),
        (OUTCOME, r"gives no appointments\. It says: Unknown parameter"),
    ],
)
async def test_a_server_without_appointments_says_so(found: dict, said: str):
    async with server(answers(lambda path: found)) as (url, _):
        with pytest.raises(NotAListError, match=said):
            await fetched(url, NOBODY)


async def test_a_page_for_people_is_no_list_and_half_a_search_is_none():
    async with server(gives("Content-Length: 6", body=b"<html>")) as (url, _):
        with pytest.raises(NotAListError, match=r"add _format=json to the address"):
            await fetched(url, NOBODY)
    async with server(answers(lambda path: page(appointment(), following="/b") if path == "/a" else [])) as (url, _):
        with pytest.raises(UnreachableError, match="breaks off after 1 entries"):
            await fetched(f"{url}/a", NOBODY)
    async with server(answers(lambda path: page(following="http://x:y/z"))) as (url, _):
        with pytest.raises(RefusedError, match="a next page that is no address"):
            await fetched(url, NOBODY)


@pytest.mark.parametrize("url", ["http://fhir.example/Appointment", "ftp://x/y", "https:///x"])
async def test_what_is_no_safe_address_is_refused(url: str):
    with pytest.raises(RefusedError) as refused:
        await fetched(url, NOBODY)
    assert refused.value.code == "bad_address"


async def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(RefusedError, match="Others on this computer can read an address") as refused:
        await fetched("https://ann:s%40cret@fhir.example/Appointment", NOBODY)
    assert "cret" not in refused.value.message
