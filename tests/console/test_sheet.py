"""The style sheet: parsed once at the start, and anew where the colours change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.stylesheet import Stylesheet

from ecm_tui.console.theme import THEMES
from tests.console import driving
from tests.console.driving import console
from tests.console.fake_service import FakeClock, FakeService


async def test_no_source_of_the_style_sheet_is_parsed_twice_from_the_start_into_a_session(
    service: FakeService, clock: FakeClock, state: Path, monkeypatch: pytest.MonkeyPatch
):
    parsed: Counter[tuple[str, object, int]] = Counter()
    parse = stylesheet.parse

    def counted(scope: str, css: str, read_from: Any, **more: Any) -> Any:
        parsed[scope, read_from, more["tie_breaker"]] += 1  # a source may rank otherwise once others are there
        return parse(scope, css, read_from, **more)

    monkeypatch.setattr(stylesheet, "parse", counted)
    monkeypatch.setattr(Stylesheet, "_parse_rules", driving._parse_rules)  # the console's own, without the tests' store
    service.schedule("Ann Lee")
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        assert any("session.tcss" in str(read_from) for _, read_from, _ in parsed)
        assert [each for each, times in parsed.items() if times > 1] == []


async def test_other_colours_reach_every_rule(service: FakeService, clock: FakeClock, state: Path):
    service.schedule("Ann Lee")
    async with console(service, clock, state) as seen:
        shown = []
        for theme in THEMES.values():
            seen.app.theme = theme.name
            await seen.settle()
            shown.append(seen.app.screen.styles.background.hex)
            assert seen.app.stylesheet.rules
        assert len(set(shown)) > 1 and shown[0] != shown[1]
