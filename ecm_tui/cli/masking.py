"""Taking personal data out of text for a support bundle: what our own program did not write itself is not kept.

Looking for names, addresses and tokens finds only those that look like one. So it is the other way round: a word stays
when it stands, letter by letter, in a sentence of our own source; everything else becomes `…`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

HIDDEN = "…"

LONGEST_LINE = 2_000

_WORD = re.compile(r"[A-Za-z][A-Za-z_.'-]*[A-Za-z]|[AaI]")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)")
_FRAME = re.compile(r' +File "([^"]*)", line (\d+), in .*')
_CODE = re.compile(r"[\w/.-]*/((?:(?:ecm_tui|site-packages)/[\w/.-]+|media/(?:window/)?\w+|asyncio/\w+)\.py)")
"""Known by the innermost of these directories: an outer one may be somebody's disk, as in /media/NAME."""
_RAISED = re.compile(r"([A-Za-z_][A-Za-z_.]*(?:Error|Exception|Exit|Interrupt|Group|Timeout|Failed))(?::(.*))?")
_TRACEBACK = "Traceback (most recent call last):"


@cache
def own_words() -> frozenset[str]:
    """Every word of the sentences that checks, settings, service and bridge say; and the names of settings."""
    from ecm_tui.settings import KINDS

    root = Path(__file__).parent.parent
    files = [*(root / "cli" / "checks").rglob("*.py"), *(root / "service").rglob("*.py"), *root.glob("*.py")]
    files += (root.parent / "media").rglob("*.py")
    examples = {word for kind in KINDS.values() for word in _WORD.findall(kind.example) if not word.islower()}
    words = {word for file in files for text in _sentences(file) for word in _WORD.findall(text)}
    return frozenset((words - examples) | set(KINDS) | {"config.toml", "service.log", "bridge.log"})


def _sentences(file: Path) -> Iterator[str]:
    """The texts of a module that are more than one word: the others are names and keys. No docstrings: they tell of
    people that might exist.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            if " " in node.value.strip():
                yield node.value


def sentence(text: str) -> str:
    """A sentence of ours without what was filled into it, numbers of up to five digits aside."""
    return " ".join(_kept(token, r"\d{1,5}") for token in text[:LONGEST_LINE].split())


def log(lines: Sequence[str]) -> Iterator[str]:
    """Lines of a log: when, how bad, where in the source, which error; of what was said only our own words."""
    for line in lines:
        if line == _TRACEBACK:
            yield line
        elif found := _STAMP.fullmatch(line[:LONGEST_LINE]):
            yield f"{found[1]} {found[2]} {_said(found[3])}"
        elif found := _FRAME.fullmatch(line[:LONGEST_LINE]):
            code = _CODE.fullmatch(found[1])
            yield f"  File {code[1] if code else HIDDEN}, line {found[2]}"
        elif not line.startswith(" "):  # an indented line is one of source, or belongs to a text of many lines
            raised = _RAISED.fullmatch(line[:LONGEST_LINE])
            yield f"{raised[1]}: {_said(raised[2] or '')}" if raised else _said(line[:LONGEST_LINE])


def _said(text: str) -> str:
    return " ".join(_kept(token, "") for token in text.split())


def _kept(token: str, numbers: str) -> str:
    """The token when it is a word of ours, with the marks around it; else that something stood there."""
    found = re.fullmatch(r"([\"'`(\[]*)(.*?)([\"'`)\],.:;?!]*)", token)
    if found and (found[2] in own_words() or (numbers and re.fullmatch(numbers, found[2]))):
        return token
    return HIDDEN
