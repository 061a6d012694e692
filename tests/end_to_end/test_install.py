"""The README's ways to install: what each gives starts, and never runs a stranger's code from where it stands."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

INSTALLS = {
    "venv": "{python} -m venv {place}/.venv && {place}/.venv/bin/pip install --quiet {source}",
    "pipx": "pipx install --python {python} {source}",
    "uv": "{uv} tool install --python {python} {source}",
}
PROGRAM = {"venv": ".venv/bin/ecm-tui", "pipx": "bin/ecm-tui", "uv": "bin/ecm-tui"}


async def run(*words: str, env: dict[str, str], cwd: Path, limit: float = 300) -> str:
    process = await asyncio.create_subprocess_exec(
        *words, env=env, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), limit)
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What a newcomer has cloned: the packages and nothing that was built or installed before."""
    copy = tmp_path / "clone"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    for name in ("ecm_tui", "media"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", sorted(INSTALLS))
async def test_each_way_to_install_gives_a_clinic_that_accepts_people(way: str, tmp_path: Path, source: Path):
    place = tmp_path / "place"
    place.mkdir()
    planted = tmp_path / "planted"
    (planted / "media").mkdir(parents=True)
    for name in ("media/__init__.py", "media/__main__.py", "ecm_tui.py"):
        (planted / name).write_text("import sys; print('planted code ran', file=sys.stderr); sys.exit(66)\n")
    uv = Path(sys.executable).with_name("uv")
    env = {
        **os.environ,
        "ECM_HOME": str(tmp_path / "home"),
        "PIPX_HOME": str(place / "pipx"),
        "PIPX_BIN_DIR": str(place / "bin"),
        "UV_TOOL_DIR": str(place / "tools"),
        "UV_TOOL_BIN_DIR": str(place / "bin"),
        "UV_SYSTEM_CERTS": "1",
        # What is never imported need not be compiled: that was most of the wait for pip.
        "PIP_COMPILE": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    env.pop("VIRTUAL_ENV", None)
    base = getattr(sys, "_base_executable", sys.executable)
    command = INSTALLS[way].format(python=base, place=place, source=source, uv=uv)
    await run("bash", "-c", command, env=env, cwd=planted)
    program = str(place / PROGRAM[way])
    assert "0." in await run(program, "--version", env=env, cwd=planted)
    service = await asyncio.create_subprocess_exec(
        program, "serve", "--port", "0", env=env, cwd=planted, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert service.stdout is not None
        line = await asyncio.wait_for(service.stdout.readline(), 30)
        assert line.startswith(b"ready http://127.0.0.1:")
        status = await run(program, "service", "status", env=env, cwd=planted)
        assert "planted" not in status
    finally:
        service.terminate()
        assert await asyncio.wait_for(service.wait(), 15) == 0
