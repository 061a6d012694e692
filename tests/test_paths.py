"""Where a home keeps its things, and that nobody else can look in."""

import os
import stat
from pathlib import Path

import pytest

from ecm_tui.errors import ConfigError
from ecm_tui.paths import SOCKET_BYTES, find_places, private_directory


def test_ecm_home_holds_everything(tmp_path: Path):
    places = find_places({"ECM_HOME": "/srv/ecm/../ecm", "XDG_DATA_HOME": "/elsewhere"})
    assert places.settings == Path("/srv/ecm/config/config.toml")
    assert places.database == Path("/srv/ecm/data/clinic.sqlite")
    assert places.service_file == Path("/srv/ecm/state/service.json")
    assert places.lock == Path("/srv/ecm/state/service.lock")
    assert places.socket == Path("/srv/ecm/run/service.sock")


def test_without_ecm_home_xdg_decides():
    places = find_places({"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"})
    assert (places.config, places.data, places.state) == (Path("/c/ecm-tui"), Path("/d/ecm-tui"), Path("/s/ecm-tui"))
    assert places.socket == Path("/s/ecm-tui/run/service.sock")


def test_relative_xdg_paths_are_ignored_as_the_standard_says():
    places = find_places({"XDG_DATA_HOME": "here"})
    assert places.data.is_absolute() and "here" not in places.data.parts


def test_a_relative_home_is_refused_in_words():
    with pytest.raises(ConfigError, match="ECM_HOME: must be an absolute path"):
        find_places({"ECM_HOME": "clinic"})


def test_a_long_home_gets_a_short_socket_path_that_every_process_finds(tmp_path: Path):
    long = str(tmp_path / ("x" * SOCKET_BYTES))
    first, second = find_places({"ECM_HOME": long}), find_places({"ECM_HOME": long, "TMPDIR": "/var/tmp"})
    assert first.socket == second.socket
    assert len(os.fsencode(first.socket)) <= SOCKET_BYTES
    assert first.socket != find_places({"ECM_HOME": long + "y"}).socket
    assert first.data == Path(long) / "data"


def test_the_longest_home_that_fits_keeps_its_socket_inside():
    for length in (10, SOCKET_BYTES - len("/run/service.sock")):
        home = "/" + "h" * (length - 1)
        assert find_places({"ECM_HOME": home}).runtime == Path(home) / "run"


def test_looking_up_places_makes_nothing(tmp_path: Path):
    find_places({"ECM_HOME": str(tmp_path / "home")})
    assert not (tmp_path / "home").exists()


def test_directories_are_for_this_user_only_whatever_the_umask(tmp_path: Path):
    home = tmp_path / "home"
    (home / "state").mkdir(parents=True, mode=0o755)
    before = os.umask(0)
    try:
        find_places({"ECM_HOME": str(home)}).make()
    finally:
        os.umask(before)
    for name in ("config", "data", "data/files", "state", "state/drafts", "state/logs", "run"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o700, name


def test_making_a_home_twice_changes_nothing(tmp_path: Path):
    places = find_places({"ECM_HOME": str(tmp_path / "home")})
    places.make()
    places.settings.write_text("")
    places.make()
    assert places.settings.exists()


def test_a_file_in_the_way_is_named_with_a_next_step(tmp_path: Path):
    (tmp_path / "home").write_text("")
    with pytest.raises(ConfigError, match=r"home/config: cannot be used: .*Set ECM_HOME to a directory of your own"):
        find_places({"ECM_HOME": str(tmp_path / "home")}).make()
    with pytest.raises(ConfigError, match="cannot be used"):
        private_directory(tmp_path / "home")


def test_a_directory_that_somebody_else_planted_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        private_directory(tmp_path / "planted")
