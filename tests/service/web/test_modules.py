"""The page's files themselves: short modules, no markup from data, nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from tests.service.web.fake_service import WEB


def modules() -> list[Path]:
    return sorted(WEB.glob("*.js"))


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.name)
def test_a_module_is_short_and_builds_no_markup_from_data(module: Path) -> None:
    source = module.read_text()
    assert len(source.splitlines()) <= 300
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|cssText", source
    )
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source)
    assert "(?<" not in source, "older Safari cannot read a module with a look-behind"


def test_the_documents_hold_no_inline_script_or_style() -> None:
    for name in ("join", "view"):
        text = (WEB / f"{name}.html").read_text()
        assert "<style" not in text and " style=" not in text and " on" not in re.sub(r">[^<]*<", "><", text)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
