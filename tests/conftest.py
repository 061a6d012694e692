"""What holds for every test: no settings of this machine, warnings are errors, the loop watches itself."""

import asyncio.constants
import gc
import linecache
import os
import traceback
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent

LOUD_ROOMS = ("media", "end_to_end", "benchmarks", "service/web")
"""Rooms of real media and browsers, where libraries warn and asyncio's debug mode slows all several times: only our own
warnings count there."""

WAITING_ROOMS = ("end_to_end", "benchmarks")
LONGEST = "test_install.py"

DEPTH = 2
"""In debug mode the loop notes from where each call, future and task came. Its usual ten frames of a call cost a third
of the console's tests; of futures and tasks, which are written in C, it would take the whole stack with its lines."""

asyncio.constants.DEBUG_STACK_DEPTH = DEPTH
traceback.extract_stack.__defaults__ = (None, DEPTH)

linecache.checkcache = lambda filename=None: None
"""For each such note it asked the disk whether a source had changed. None does while tests run."""

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")


def loud(path: Path) -> bool:
    """Whether a test file stands in a loud room."""
    return any(path.is_relative_to(TESTS / room) for room in LOUD_ROOMS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the loud rooms a warning is an error only where it comes from our own modules. Long modules come between the
    others."""
    ours = pytest.mark.filterwarnings("default", r"error:::(ecm_tui|media|tests)(\.|$)")
    for item in items:
        if loud(item.path):
            item.add_marker(ours)
    items[:] = spread(items)


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """The modules whose tests mostly wait, evenly between those whose tests mostly compute.

    Several processes get a stretch of this list each: so they wait and compute at the same time, and the last of them
    is not left alone with what takes longest. Tests stay with their neighbours, and the installs come first.
    """
    modules = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    modules.sort(key=lambda tests: tests[0].path.name != LONGEST)
    places: dict[int, float] = {}
    for kind in (True, False):
        same = [tests for tests in modules if (tests[0].path.parent.name in WAITING_ROOMS) is kind]
        whole, before = sum(map(len, same)), 0
        for tests in same:
            places[id(tests)] = before / whole
            before += len(tests)
    return [item for tests in sorted(modules, key=lambda tests: places[id(tests)]) for item in tests]


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay until the end: clearing up memory need not look at them each time. Nor
    need it look after every 700 new objects: a console makes some ten thousand, and a quarter of its test was that."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Event loops of quiet rooms run in debug mode, so that a blocking call or a forgotten await shows."""
    item.config.option.asyncio_debug = not loud(item.path)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A developer's own clinic is neither read nor written: each test has an ECM_HOME of its own."""
    for name in [name for name in os.environ if name.startswith("ECM_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ECM_HOME", str(tmp_path_factory.mktemp("home")))
