"""What users install holds everything the product needs at run time, and nothing else."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.tree import ROOT, tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel that pip would build, made by the same back end without the network."""
    out: Path = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_every_file_of_the_two_packages_is_in_the_wheel(wheel: zipfile.ZipFile):
    needed = {name for name in tracked() if name.startswith(("ecm_tui/", "media/"))}
    assert needed and not needed - set(wheel.namelist())


def test_nothing_but_the_two_packages_is_in_the_wheel(wheel: zipfile.ZipFile):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ecm_tui", "media"}
    assert not [name for name in wheel.namelist() if "__pycache__" in name or name.endswith(".pyc")]


@pytest.mark.parametrize(
    "pattern",
    [
        "ecm_tui/core/PROTOCOL.md",
        "ecm_tui/console/*.tcss",
        "ecm_tui/docs/care.md",
        "ecm_tui/docs/plain.md",
        "ecm_tui/docs/privacy.md",
        "ecm_tui/docs/ssh.md",
        "ecm_tui/service/web/*.html",
        "ecm_tui/service/web/*.js",
        "ecm_tui/service/web/*.css",
        "ecm_tui/service/store/migrations/*.py",
    ],
)
def test_the_wheel_holds_what_is_no_python_module_too(wheel: zipfile.ZipFile, pattern: str):
    assert [name for name in wheel.namelist() if fnmatch(name, pattern)]


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile):
    (entry,) = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "ecm-tui = ecm_tui.__main__:main" in wheel.read(entry).decode()
