"""The house's walls: who may import whom, what is imported late, and what may stand at the top of the tree."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tree import ROOT, Import, imports, modules, tracked

FOUNDATION = (
    "ecm_tui.config",
    "ecm_tui.errors",
    "ecm_tui.kinds",
    "ecm_tui.paths",
    "ecm_tui.settings",
    "ecm_tui.version",
)
"""Modules directly below ecm_tui, which every room of ecm_tui but core may use."""

ROOMS = {
    "ecm_tui.core": (),
    "ecm_tui.client": ("ecm_tui.core", *FOUNDATION),
    "ecm_tui.service": ("ecm_tui.core", *FOUNDATION),
    "ecm_tui.console": ("ecm_tui.core", "ecm_tui.client", *FOUNDATION),
    "media": ("ecm_tui.core", "ecm_tui.client"),
}
"""Room -> what of ours it may import besides itself."""

AT_HOME = {
    "textual": ("ecm_tui.console",),
    "rich": ("ecm_tui.console",),
    "av": ("media",),
    "aiortc": ("media",),
    "aioice": ("media",),
    "pylibsrtp": ("media",),
    "sdl2": ("media.window",),
    "sqlalchemy": ("ecm_tui.service.store",),
    "alembic": ("ecm_tui.service.store",),
    "fastapi": ("ecm_tui.service",),
    "starlette": ("ecm_tui.service",),
    "uvicorn": ("ecm_tui.service", "ecm_tui.cli"),
    "aiosmtplib": ("ecm_tui.service.invitations",),
    "icalendar": ("ecm_tui.service.invitations", "ecm_tui.client.imports"),
    "jinja2": ("ecm_tui.service.invitations",),
    "prometheus_client": ("ecm_tui.service.metrics",),
}
"""Library -> the only rooms that may import it."""

IMPURE = frozenset(
    "asyncio concurrent glob http io logging multiprocessing os pathlib queue random secrets select selectors shutil "
    "signal socket sqlite3 ssl subprocess tempfile threading time urllib".split()
)
"""Modules of the standard library that bring a loop, a clock, chance, files or sockets along."""

ALL = modules("ecm_tui") | modules("media")


def within(module: str, *rooms: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def ours(module: str) -> bool:
    return within(module, "ecm_tui", "media")


def all_imports(*rooms: str) -> Iterator[tuple[str, Import]]:
    for name, path in ALL.items():
        if within(name, *rooms):
            yield from ((name, found) for found in imports_of(name, path))


@cache
def imports_of(name: str, path: Path) -> tuple[Import, ...]:
    """Each module is read once, however many walls it is held against."""
    return tuple(imports(name, path))


def said(name: str, found: Import) -> str:
    return f"{ALL[name].relative_to(ROOT)}:{found.line} imports {found.module}"


def test_the_walk_sees_imports_of_every_form(tmp_path: Path):
    file = tmp_path / "x.py"
    file.write_text("import a.b\nfrom . import c\nfrom ..d import e\ndef f():\n    from g import h\n")
    seen = {(found.module, found.late, found.relative) for found in imports("p.q.x", file)}
    assert seen == {
        ("a.b", False, False),
        ("p.q", False, True),
        ("p.q.c", False, True),
        ("p.d", False, True),
        ("p.d.e", False, True),
        ("g", True, False),
        ("g.h", True, False),
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str):
    wrong = [
        said(name, found)
        for name, found in all_imports(room)
        if ours(found.module) and found.module != "ecm_tui" and not within(found.module, room, *ROOMS[room])
    ]
    assert not wrong


def test_core_imports_the_standard_library_only_and_msgspec_only():
    wrong = [
        said(name, found)
        for name, found in all_imports("ecm_tui.core")
        if not within(found.module, "ecm_tui")
        and found.module.partition(".")[0] not in sys.stdlib_module_names
        and not within(found.module, "msgspec")
    ]
    assert not wrong


def test_core_has_no_loop_clock_chance_file_or_socket():
    wrong = [
        said(name, found) for name, found in all_imports("ecm_tui.core") if found.module.partition(".")[0] in IMPURE
    ]
    for name, path in modules("ecm_tui.core").items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                if called in ("now", "utcnow", "today", "uuid1", "uuid4", "open", "print", "input"):
                    wrong.append(f"{name}:{node.lineno} calls {called}")
    assert not wrong


@pytest.mark.parametrize("library", AT_HOME)
def test_a_library_stays_in_its_room(library: str):
    wrong = [
        said(name, found)
        for name, found in all_imports("ecm_tui", "media")
        if within(found.module, library) and not within(name, *AT_HOME[library])
    ]
    assert not wrong


def test_the_foundation_needs_the_standard_library_and_platformdirs_only():
    wrong = [
        said(name, found)
        for name, found in all_imports(*FOUNDATION)
        if not within(found.module, "ecm_tui", "platformdirs", *sys.stdlib_module_names)
        or within(found.module, *ROOMS, "ecm_tui.cli")
    ]
    assert not wrong


def test_commands_import_rooms_and_big_libraries_late():
    heavy = (
        "ecm_tui.console",
        "ecm_tui.service",
        "ecm_tui.client",
        "media",
        "httpx",
        "websockets",
        "pydantic",
        *AT_HOME,
    )
    wrong = [
        said(name, found)
        for name, found in all_imports("ecm_tui.cli", "ecm_tui.__main__")
        if within(found.module, *heavy) and not found.late
    ]
    assert not wrong


def test_media_imports_itself_by_its_full_name_only():
    wrong = [
        said(name, found)
        for name, found in all_imports("media")
        if found.relative
        or (within(found.module, "media") and found.module not in ALL and not _is_member(found.module))
    ]
    assert not wrong


def _is_member(dotted: str) -> bool:
    """Whether `from media.x import y` was meant: media.x is a module of ours."""
    return dotted.rpartition(".")[0] in ALL


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("ecm_tui.console.app", {"aiortc", "av", "fastapi", "sqlalchemy", "alembic", "uvicorn", "media"}),
        (
            "ecm_tui.__main__",
            {"textual", "rich", "httpx", "websockets", "pydantic", "sqlalchemy", "fastapi", "aiortc", "av"},
        ),
        ("ecm_tui.console.plain.console", {"textual", "pydantic", "websockets", "httpx", "aiortc", "fastapi", "media"}),
        ("media.__main__", {"textual", "sqlalchemy", "fastapi", "sdl2"}),
    ],
)
def test_starting_a_program_does_not_bring_the_others_along(module: str, absent: set[str]):
    code = f"import sys, {module}; print(*sorted({absent!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (shown.stdout.strip(), shown.stderr, shown.returncode) == ("", "", 0)


def test_the_top_of_the_tree_is_what_the_house_allows():
    allowed = {"pyproject.toml", "README.md", "uv.lock", "ecm_tui", "media", "tests", ".ci", ".gitignore"}
    assert {name.partition("/")[0] for name in tracked()} <= allowed
