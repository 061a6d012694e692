"""Whether the streams are as they were written: chains, heads, the bodies that are still there, and noted heads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecm_tui.core.events import ContentErased
from ecm_tui.core.log import GENESIS, Body, Entry, canonical, first_bad
from ecm_tui.core.wire import encode
from ecm_tui.service.store import Head, Store

PAGE = 1000

TRIES = 5
"""How often a stream that seems wrong is looked at again because it grew meanwhile."""

ERASURE = canonical(encode(ContentErased()))
"""The entry before which missing texts are as they should be."""


Faults = list[tuple[int, str]]
"""Numbers of entries, each with what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """What was found in one stream."""

    stream: str
    length: int
    """How many entries there are."""
    head: str
    """Hash of the newest entry, to be compared with one noted elsewhere."""
    first_bad: int | None = None
    """Number of the first entry that is changed or missing; None when the stream is whole."""
    problem: str = ""
    """What is wrong with it, in words; empty when nothing is."""

    @property
    def good(self) -> bool:
        """Whether the stream is as it was written."""
        return self.first_bad is None


async def verified(
    store: Store, noted: Mapping[str, tuple[int, str]], after: str = "", most: int | None = None
) -> list[StreamReport]:
    """A report on every stream, also on those that only the `noted` heads (stream -> length, hash) still know.

    By name, and only on the first `most` whose names come `after` that one.
    """
    heads = {stream: Head(stream=stream) for stream in noted} | {head.stream: head for head in await store.heads()}
    names = sorted(stream for stream in heads if stream > after)[:most]
    return [await _report(store, heads[stream], noted.get(stream)) for stream in names]


async def _report(store: Store, head: Head, noted: tuple[int, str] | None) -> StreamReport:
    """What grows or is erased while it is looked at is looked at again: only what stays wrong is told."""
    for _ in range(TRIES):
        report = await _looked(store, head, noted)
        seen, head = head, await store.head(head.stream)
        if report.good or head == seen:
            break
    return report


async def _looked(store: Store, head: Head, noted: tuple[int, str] | None) -> StreamReport:
    entries: list[Entry] = []
    faults: Faults = []
    missing: Faults = []
    while True:
        page = await store.read(head.stream, entries[-1].seq if entries else 0, PAGE)
        entries += page.entries
        changed, gone = await asyncio.to_thread(_bodies, page.entries, page.bodies)
        faults += changed
        missing += gone
        if len(page.entries) < PAGE:
            break
    bad = await asyncio.to_thread(first_bad, entries)
    if bad is not None:
        faults.append((bad, "this entry was changed, or the one before it is missing"))
    erased = max((entry.seq for entry in entries if entry.data == ERASURE), default=0)
    faults += [fault for fault in missing if fault[0] > erased]
    faults += _cut(entries, head, noted)
    newest = entries[-1].hash if entries else GENESIS
    first, problem = min(faults, default=(None, ""))
    return StreamReport(stream=head.stream, length=len(entries), head=newest, first_bad=first, problem=problem)


def _bodies(entries: Sequence[Entry], bodies: Mapping[str, Body]) -> tuple[Faults, Faults]:
    """Entries that cannot be read or whose text does not match their digest; and those whose text is gone."""
    changed, gone = [], []
    for entry in entries:
        try:
            named = [value for value in json.loads(entry.data).values() if isinstance(value, dict) and "body" in value]
        except (ValueError, AttributeError):
            changed.append((entry.seq, "this entry cannot be read"))
            continue
        left = [(bodies.get(value["body"]), value.get("sha256")) for value in named]
        if any(body is not None and body.digest != digest for body, digest in left):
            changed.append((entry.seq, "the text of this entry was changed"))
        elif any(body is None for body, _ in left):
            gone.append((entry.seq, "the text of this entry is missing, and the log tells of no erasure"))
    return changed, gone


def _cut(entries: Sequence[Entry], head: Head, noted: tuple[int, str] | None) -> Faults:
    """What a shorter or exchanged stream shows: its head and the head noted at a call's end do not fit."""
    found = []
    length, newest = len(entries), entries[-1].hash if entries else GENESIS
    if head.seq > length:
        found.append((length + 1, f"{head.seq - length} entries at the end are missing"))
    elif (head.seq, head.hash) != (length, newest):
        found.append((max(length, 1), "the head does not fit the newest entry"))
    if noted and noted[0] > length:
        found.append((length + 1, f"the call ended at number {noted[0]}: entries at the end are missing"))
    elif noted and entries[noted[0] - 1].hash != noted[1]:
        found.append((noted[0], "this entry is not the one noted when the call ended"))
    return found
