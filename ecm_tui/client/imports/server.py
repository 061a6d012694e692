"""A list at an address: a calendar, a table, or a search for FHIR appointments with all of its pages.

A server is not believed: it may stall, lie about a length, name pages for ever or pages elsewhere, and each ends in a
sentence. What comes is what `read` takes; a list of which a part cannot be had is not taken at all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from ecm_tui.client import remote
from ecm_tui.client.imports.line import MOST_BYTES
from ecm_tui.client.urls import PACKAGES, bad, host_of, parts_of
from ecm_tui.client.web import answered, translated
from ecm_tui.core.text import clean
from ecm_tui.errors import NotAListError, UnreachableError

if TYPE_CHECKING:
    import httpx

DEADLINE_SECONDS = 300.0
"""How long a list may take with all of its pages."""

MOST_PAGES = 200
"""Pages of one search: ten appointments in each are as many as a list may have."""

MOST_SAID = 64 * 1024
"""Bytes of a refusal that are read, to say why."""

ACCEPT = "application/fhir+json, text/calendar;q=0.9, text/csv;q=0.9, application/json;q=0.8, */*;q=0.1"

Progress = Callable[[str, int, int], None]
"""The server, the pages that have come, and their bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How we show ourselves to one server, and to no other."""

    server: str = ""
    """Scheme, host and port, as in `https://fhir.clinic.example`; empty: no server asks who we are."""
    authorization: str = field(default="", repr=False)
    """Value of the Authorization header."""


async def fetched(url: str, login: Login, progress: Progress = lambda host, pages, size: None) -> bytes:
    """What is at `url`, all pages of a FHIR search as one bundle; one byte more than `MOST_BYTES` at most.

    Raises RefusedError, UnreachableError or NotAListError.
    """
    parts = parts_of(url)
    if parts.scheme in PACKAGES:
        return await _file(url)
    if parts.username is not None:
        raise bad(
            "Others on this computer can read an address while the command runs: leave name and password out of it. "
            "The settings lists.server and lists.authorization take them (`ecm-tui help lists`)."
        )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await _list(url, login, progress)
    except TimeoutError as error:
        raise UnreachableError(f"{host_of(parts)} took too long. Try again, or ask for fewer days.") from error


async def _file(url: str) -> bytes:
    whole = bytearray()
    async with remote.opened(url) as source:
        async for piece in source.pieces():
            whole += piece
            if len(whole) > MOST_BYTES:
                break
    return bytes(whole)


async def _list(url: str, login: Login, progress: Progress) -> bytes:
    import httpx

    timeout = httpx.Timeout(remote.SILENCE_SECONDS, connect=remote.CONNECT_SECONDS)
    verify = await asyncio.to_thread(httpx.create_ssl_context)
    async with httpx.AsyncClient(timeout=timeout, verify=verify) as client:
        data, came_from, parts = await _page(client, url, login, MOST_BYTES)
        bundle = _bundle(data, parts)
        if bundle is None:
            return data
        found, seen, size = _Entries(bundle), {came_from}, len(data)
        for pages in range(1, MOST_PAGES + 1):
            following = _next(bundle, came_from, parts)
            if following is None:
                break
            if following in seen or pages == MOST_PAGES:
                raise UnreachableError(f"{host_of(parts)} names pages without end. Ask for fewer days.")
            seen.add(following)
            progress(host_of(parts), pages, size)
            page, came_from, _ = await _page(client, str(following), login, MOST_BYTES - size)
            size += len(page)
            bundle = _bundle(page, parts)
            if bundle is None:
                raise UnreachableError(f"{host_of(parts)} breaks off after {len(found.entries)} entries. Try again.")
            found.add(bundle)
    if not found.appointments:
        raise NotAListError(f"{host_of(parts)} finds no appointments there.{_said(found.outcomes)}")
    if len(seen) == 1:
        return data
    whole = json.dumps({"resourceType": "Bundle", "entry": found.entries}, ensure_ascii=False, separators=(",", ":"))
    return whole.encode(errors="replace")  # half a letter is none


class _Entries:
    """The entries of all pages so far. A resource on two pages, as when one is booked meanwhile, is taken once."""

    def __init__(self, bundle: Mapping[str, Any]) -> None:
        self.entries: list[Any] = []
        self.appointments = 0
        self.outcomes: list[Any] = []
        self._seen: set[tuple[str, str]] = set()
        self.add(bundle)

    def add(self, bundle: Mapping[str, Any]) -> None:
        found = bundle.get("entry")
        for entry in found if isinstance(found, list) else []:
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if not isinstance(resource, dict):
                continue
            key = (str(resource.get("resourceType")), str(resource.get("id") or ""))
            if key[0] == "OperationOutcome":
                self.outcomes.append(resource)
            elif not key[1] or key not in self._seen:
                self._seen.add(key)
                self.entries.append(entry)
                self.appointments += key[0] == "Appointment"


async def _page(client: httpx.AsyncClient, url: str, login: Login, most: int) -> tuple[bytes, httpx.URL, SplitResult]:
    """What the server answers, and from where it came in the end. Raises as `fetched`."""
    ours = bool(login.authorization) and _origin(url) == _origin(login.server)
    own = {b"Authorization": login.authorization.encode()} if ours else {}
    answer, parts = await answered(client, url, {"Accept": ACCEPT}, own)
    try:
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise UnreachableError(f"{host_of(parts)} gives the list in packed form only.")
        if answer.status_code != 200:
            said = _said([_parsed(await _read(answer, parts, MOST_SAID))])
            raise UnreachableError(_refusal(answer.status_code, parts, ours, said))
        data = await _read(answer, parts, most + 1)
        if len(data) > most:
            raise NotAListError(
                f"{host_of(parts)} gives more than {MOST_BYTES // 1024 // 1024} MB: ask for fewer days."
            )
        return data, answer.url, parts
    finally:
        await answer.aclose()


async def _read(answer: httpx.Response, parts: SplitResult, most: int) -> bytes:
    whole = bytearray()
    with translated(parts):
        async for piece in answer.aiter_raw():
            whole += piece
            if len(whole) >= most:
                break
    return bytes(whole[:most])


def _bundle(data: bytes, parts: SplitResult) -> Mapping[str, Any] | None:
    """The bundle that it is; None for any other list. Raises NotAListError for what can be no list."""
    if data.lstrip()[:1] == b"<":
        raise NotAListError(
            f"{host_of(parts)} answers with XML or a page for people. For FHIR add _format=json to the address; "
            "a page that asks for a login needs lists.authorization (`ecm-tui help lists`)."
        )
    found = _parsed(data)
    if not isinstance(found, dict):
        return None
    if found.get("resourceType") == "OperationOutcome":
        raise NotAListError(f"{host_of(parts)} gives no appointments.{_said([found])}")
    return found if found.get("resourceType") == "Bundle" else None


def _parsed(data: bytes) -> Any:
    if data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None  # `read` says where it is broken


def _next(bundle: Mapping[str, Any], page: httpx.URL, parts: SplitResult) -> httpx.URL | None:
    """The next page, at the same server. Raises RefusedError for one elsewhere."""
    import httpx

    links = bundle.get("link")
    named = [
        each.get("url")
        for each in (links if isinstance(links, list) else [])
        if isinstance(each, dict) and each.get("relation") == "next"
    ]
    if not named:
        return None
    host = host_of(parts)
    try:
        following = page.join(str(named[0]))
    except (httpx.InvalidURL, ValueError) as error:
        raise bad(f"{host} names a next page that is no address. Nothing was taken.") from error
    if following.host == page.host and (following.scheme, page.scheme) == ("http", "https"):
        # A server behind a proxy does not know that it is asked by https, and names its pages without.
        following = page.copy_with(raw_path=following.raw_path)
    if _origin(str(following)) != _origin(str(page)):
        elsewhere = clean(f"{following.scheme}://{following.host}", 100)
        raise bad(f"{host} names a next page at another server, {elsewhere}. Nothing was taken.")
    return following


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url.strip())
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _refusal(status: int, parts: SplitResult, known: bool, said: str) -> str:
    if status == 401 and known:
        says = "does not take the login in lists.authorization. Look at it again; it may have run out"
    elif status == 401:
        says = "asks for a login. The settings lists.server and lists.authorization take it (`ecm-tui help lists`)"
    elif status == 403:
        says = "does not let you read this list. Ask who runs it for the right to"
    elif status in (404, 410):
        says = "has nothing at this address. Look at it again"
    elif status == 429:
        says = "asks to wait. Try again in a minute"
    elif 400 <= status < 500:
        says = f"does not understand this address ({status}). Look at it again"
    else:
        says = f"answered with an error ({status}). Try again later"
    return f"{host_of(parts)} {says}.{said}"


def _said(outcomes: list[Any]) -> str:
    """What the server itself says of it, the worst first: a sentence to set behind others, or nothing."""
    words = []
    for outcome in outcomes:
        issues = outcome.get("issue") if isinstance(outcome, dict) else None
        for issue in issues if isinstance(issues, list) else []:
            if isinstance(issue, dict):
                details = issue.get("details")
                text = details.get("text") if isinstance(details, dict) else None
                says = text or issue.get("diagnostics") or issue.get("code")
                if isinstance(says, str) and says.strip():
                    words.append((_WORST.get(str(issue.get("severity")), 4), clean(says.strip(), 200)))
    return f" It says: {min(words)[1].rstrip('.')}." if words else ""


_WORST = {"fatal": 0, "error": 1, "warning": 2, "information": 3}
