"""Which format a file has, and the lines in it."""

from __future__ import annotations

import codecs
import re
from datetime import tzinfo

from ecm_tui.client.imports.line import MOST_BYTES, ImportedLine, each_once
from ecm_tui.errors import NotAListError


def read(data: bytes, zone: tzinfo) -> list[ImportedLine]:
    """The lines of a file; times without an offset are those of `zone`, the clinic's.

    Pure, and bounded by `MOST_BYTES` and `MOST_LINES`; some seconds of work at most. Raises `NotAListError` for a file
    that is none of the formats, or cannot be read to its end.
    """
    from ecm_tui.client.imports import calendar, fhir, table  # late: each has a library of its own

    if len(data) > MOST_BYTES:
        raise NotAListError(f"The file has more than {MOST_BYTES // 1024 // 1024} MB: divide it.")
    text = decoded(data)
    begin = text.lstrip()[:20].upper()
    if not begin:
        raise NotAListError("The file is empty.")
    if begin.startswith("BEGIN:VCALENDAR"):
        return each_once(calendar.lines(text, zone))
    if begin[0] in "{[":
        return each_once(fhir.lines(text, zone))
    return each_once(table.lines(text, zone))


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or Windows-1252. Raises `NotAListError` for what is no text."""
    if data.startswith(b"PK\x03\x04"):
        raise NotAListError("This is a spreadsheet or a ZIP file. Save the table as CSV first.")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, encoding)
    # Two-byte text without a mark: every other byte of plain letters is zero.
    if re.match(rb"(?s)(?:[^\0]\0){4}", data):
        return _strict(data, "utf-16-le")
    if re.match(rb"(?s)(?:\0[^\0]){4}", data):
        return _strict(data, "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1252", errors="replace")


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotAListError("The file begins as text and goes on as something else: it is damaged.") from error
