"""`ecm-tui lock`: the PIN is asked for, never an argument, and kept as a hash."""

import json
import os
import sys
from pathlib import Path

import pexpect

ECM = ["-P", "-m", "ecm_tui", "lock"]


def asked(home: Path, *answers: str) -> tuple[str, int]:
    env = {**os.environ, "ECM_HOME": str(home)}
    child = pexpect.spawn(sys.executable, [*ECM, "set"], env=env, timeout=30, encoding="utf-8")
    for prompt, answer in zip(("PIN:", "Once more:"), answers, strict=False):
        child.expect_exact(prompt)
        child.sendline(answer)
    said = str(child.read())
    child.close()
    return said, int(child.exitstatus or 0)


def test_a_pin_is_asked_for_twice_and_not_shown(tmp_path: Path):
    said, code = asked(tmp_path, "97531", "97531")
    assert code == 0
    assert "97531" not in said
    kept = tmp_path / "config" / "pin.json"
    assert set(json.loads(kept.read_text())) == {"salt", "scrypt"}
    assert kept.stat().st_mode & 0o777 == 0o600
    done = pexpect.run(f"{sys.executable} {' '.join(ECM)} clear", env={**os.environ, "ECM_HOME": str(tmp_path)})
    assert b"No PIN is set." in done
    assert not kept.exists()


def test_a_pin_that_is_too_short_is_refused(tmp_path: Path):
    said, code = asked(tmp_path, "12", "12")
    assert (code, "at least 4 characters" in said) == (2, True)
    assert not (tmp_path / "config" / "pin.json").exists()
