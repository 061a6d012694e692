"""What this computer has, as the child tells it that `ecm-tui doctor` starts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from media import inspection
from tests.media.turn import SECRET, coturn


def child(line: object, **environ: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "media.inspection"],
        input=json.dumps(line).encode() + b"\n",
        capture_output=True,
        env=kept | environ,
        timeout=60,
    )


def told(line: object, **environ: str) -> Any:
    done = child(line, **environ)
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def test_codecs_devices_and_display_are_told_in_one_line():
    found = told({"turn": None}, SDL_AUDIODRIVER="dummy", SDL_VIDEODRIVER="dummy")
    assert found["codecs"] == {"vp8": "", "opus": ""}
    assert (found["devices"]["microphone"], found["devices"]["loudspeaker"]) == ("on", "on")
    assert found["devices"]["display"] == ""
    assert found["relay"] == []


def test_without_display_and_sound_it_says_why():
    devices = told({"turn": None}, SDL_AUDIODRIVER="nonsense")["devices"]
    assert "display" in devices["display"]
    assert devices["sound"] and devices["microphone"] == "none"


def test_every_address_of_the_relay_is_asked(tmp_path: Path):
    with coturn(tmp_path) as url:
        urls = [url, f"{url}?transport=tcp"]
        found = told({"turn": {"urls": urls, "secret": SECRET}})["relay"]
    assert [(answer["url"], answer["address"]) for answer in found] == [(each, "127.0.0.1") for each in urls]


@pytest.mark.parametrize("line", [[], "x", {"turn": {"urls": []}}, {"turn": 7}])
def test_a_line_that_says_nothing_is_refused(line: object):
    assert child(line).returncode == 2


def test_a_codec_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch):
    def none(*_: object) -> None:
        raise ValueError("no codec libvpx")

    monkeypatch.setattr(inspection.av.CodecContext, "create", none)
    assert inspection.codecs() == {"vp8": "no codec libvpx", "opus": "no codec libvpx"}
