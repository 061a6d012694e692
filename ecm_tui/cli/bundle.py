"""The support bundle: what helps whoever maintains ecm-tui, and nothing of anyone's."""

from __future__ import annotations

import io
import json
import os
import platform
import re
import sqlite3
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecm_tui.cli import masking
from ecm_tui.errors import ConfigError, EcmError
from ecm_tui.paths import Places, find_places

if TYPE_CHECKING:
    from ecm_tui.cli.checks.check import Check

LOG_BYTES = 256 * 1024
"""So much of the end of each log is looked at."""

SHOWN_TEXTS = frozenset({"clinic.channel", "clinic.colour", "chat.history", "notify.terminal"})
"""Settings whose text is one of a few words and so nobody's secret."""

WHAT_IT_IS = """A support bundle of eClinic Manager.

doctor.json     what `ecm-tui doctor` found, without what it found it about
settings.json   which settings are set; texts, addresses and secrets are left out
versions.json   of ecm-tui, its libraries and this computer
amounts.json    how much is kept
*.log           times, errors and where in the source they came from

Of sentences only words of the program itself are kept; everything else is written as …
"""


def write_bundle(path: Path, checks: Sequence[Check]) -> None:
    """Write the bundle to the new file `path`, mode 0600. Raises EcmError."""
    from ecm_tui.client.stills import save

    parts = {"README.txt": WHAT_IT_IS, **_parts(find_places(os.environ), checks)}
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        for name, text in parts.items():
            content = text.encode(errors="replace")
            entry = tarfile.TarInfo(f"ecm-support/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
            tar.addfile(entry, io.BytesIO(content))
    try:
        save(path, whole.getvalue())
    except OSError as error:
        raise EcmError(f"{path} could not be written: {error.strerror or error}.") from error


def _parts(places: Places, checks: Sequence[Check]) -> dict[str, str]:
    found = {
        "doctor.json": [_check(check) for check in checks],
        "settings.json": _settings(),
        "versions.json": _versions(),
        "amounts.json": _amounts(places),
    }
    texts = {name: json.dumps(value, indent=2, ensure_ascii=False) for name, value in found.items()}
    return texts | {path.name: "\n".join(masking.log(_tail(path))) for path in sorted(places.logs.glob("*.log"))}


def _check(check: Check) -> dict[str, str]:
    found, step = masking.sentence(check.sentence), masking.sentence(check.next_step)
    return {"id": check.id, "verdict": check.verdict, "sentence": found, "next_step": step}


def _settings() -> list[dict[str, str]]:
    from ecm_tui.config import DEFAULT, load
    from ecm_tui.settings import KINDS

    try:
        settings = load({}, os.environ)
    except ConfigError:
        return []
    rows = []
    for key in KINDS:
        section, _, name = key.partition(".")
        value = getattr(settings, section)
        source = settings.sources.get(key, DEFAULT)
        kind = source if source == DEFAULT else "variable" if source.startswith("ECM_") else "file"
        rows.append({"key": key, "value": _value(key, getattr(value, name) if name else value), "source": kind})
    return rows


def _value(key: str, value: Any) -> str:
    """Numbers, switches and words out of a few; of everything else, whether it is there."""
    if isinstance(value, (bool, int)) or key in SHOWN_TEXTS or key == "media.ports":
        return str(value)
    return f"{len(value)} set" if isinstance(value, (tuple, Mapping)) else "set" if value else "not set"


def _versions() -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, requires, version

    from ecm_tui.version import own_version

    libraries = {}
    for line in requires("ecm-tui") or []:
        found = re.match(r"[A-Za-z0-9._-]+", line)
        if found and "extra ==" not in line:
            try:
                libraries[found[0]] = version(found[0])
            except PackageNotFoundError:
                libraries[found[0]] = "missing"
    return {
        "ecm-tui": own_version(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "encoding": sys.getfilesystemencoding(),
        "libraries": libraries,
    }


def _amounts(places: Places) -> dict[str, int]:
    def size(path: Path) -> int:
        return path.stat().st_size if path.is_file() else 0

    return {
        "database_bytes": size(places.database),
        "journal_bytes": size(places.database.with_name(f"{places.database.name}-wal")),
        "stills": len(list(places.stills.glob("*.png"))),
        "files": len(list(places.files.glob("*"))),
        "drafts": len(list(places.drafts.glob("*"))),
    }


def _tail(path: Path) -> list[str]:
    """The last lines of a log of ours, whole ones only; never through a link."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            before = max(0, os.fstat(file.fileno()).st_size - LOG_BYTES)
            file.seek(before)
            lines = file.read(LOG_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return []
    return lines[1:] if before else lines
