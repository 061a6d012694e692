"""The protocol's list of refusals, held against what the code can say."""

import re
from pathlib import Path

import ecm_tui.core
import ecm_tui.service
import media

ROOMS = [Path(path) for room in (ecm_tui.core, ecm_tui.service, media) for path in room.__path__]
CODE = "".join(path.read_text() for room in ROOMS for path in sorted(room.rglob("*.py")))
PROTOCOL = (Path(ecm_tui.core.__file__).parent / "PROTOCOL.md").read_text()
LISTED = set(re.findall(r"`([a-z_]+)`", PROTOCOL.partition("## Codes of refusal")[2]))

PATTERNS = (
    r'Refused\(\s*code="([a-z_]+)"',
    r'RefusedError\((?:[^()]|\([^()]*\))*,\s*"([a-z_]+)",?\s*\)',
    r'RefusedLineError\(\w+, "([a-z_]+)"',
    r'_refusal\("([a-z_]+)"',
)
"""How a refusal is written: in the core, in the service, on a line, by the bridge's side."""

RAISED = {code for pattern in PATTERNS for code in re.findall(pattern, CODE)}


def test_every_refusal_is_in_the_protocols_list() -> None:
    assert len(RAISED) > 40 and RAISED - LISTED == set()


def test_every_code_of_the_list_can_be_said() -> None:
    assert {code for code in LISTED if f'"{code}"' not in CODE} == set()
