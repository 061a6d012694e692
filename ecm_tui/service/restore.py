"""A backup put in its place: looked at as a whole before anything is touched, and never trusted for a name.

The archive is unpacked beside the data, gets another name once it is whole, and takes the data's place; what was there
before is kept aside. So whoever comes after a kill can tell what was done: `finish` does the rest, or removes the rest.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ecm_tui.errors import BadArchiveError, EcmError, RefusedError
from ecm_tui.paths import Places, private_directory
from ecm_tui.service.backup import DATABASE, FORMAT, KEY, MANIFEST, PIECE
from ecm_tui.service.disk import NEW_FILE, synced
from ecm_tui.service.home import held
from ecm_tui.service.secrets import write_private
from ecm_tui.service.store.look import revision_of

NAMES = re.compile(r"clinic\.sqlite|link\.key|manifest\.json|stills/[A-Za-z0-9_-]{1,64}\.png|files/[A-Za-z0-9_-]{1,64}")
"""Everything that an archive of ours can hold; whatever else it names is refused, and so is every link."""

MOST_MANIFEST = 256 * 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put in place."""

    made_at: str
    """When the backup was made."""
    members: int
    aside: Path | None
    """Where the data is that was there before."""


def holds_data(places: Places) -> bool:
    """Whether anything is kept in this home."""
    return _holds_files(places.data)


def _holds_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*") if not path.name.endswith(".lock"))


def checked(archive: Path, folder: Path) -> dict[str, Any]:
    """Unpack `archive` into the empty `folder`, checking all of it; the manifest. Raises BadArchiveError, OSError."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                if not member.isreg() or not NAMES.fullmatch(member.name) or member.name in found:
                    raise BadArchiveError(f"{archive} holds what no backup of ours does. Nothing was changed.")
                content = tar.extractfile(member)
                assert content is not None
                found[member.name] = _unpacked(content, folder / member.name)
        manifest = json.loads((folder / MANIFEST).read_bytes()) if MANIFEST in found else None
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise _broken(archive) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("members"), dict):
        raise _broken(archive)
    if manifest.get("format") != FORMAT:
        raise BadArchiveError(f"{archive} was made by a newer ecm-tui. Update this one. Nothing was changed.")
    del found[MANIFEST]
    if manifest["members"] != found or not {DATABASE, KEY} <= set(found):
        raise _broken(archive)
    (folder / MANIFEST).unlink()
    return manifest


def _broken(archive: Path) -> BadArchiveError:
    return BadArchiveError(f"{archive} is not a whole backup: it was cut short or changed. Nothing was changed here.")


def _unpacked(content: Any, path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with open(os.open(path, NEW_FILE, 0o600), "wb") as file:
        while piece := content.read(PIECE):
            digest.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return {"size": size, "sha256": digest.hexdigest()}


def restored(archive: Path, places: Places, replace: bool, now: datetime) -> Restored:
    """Put the backup in the place of this home's data; with `replace` what is there goes aside.

    Raises ServiceRunningError, RefusedError `data_exists`, BadArchiveError, StoreError; then nothing has changed.
    """
    places.make()
    with held(places):
        if holds_data(places) and not replace:
            message = f"{places.data} holds data already. --replace keeps that aside and puts the backup in its place."
            raise RefusedError(message, "data_exists")
        broken_off = unfinished(places)
        earlier = _newest_aside(places) if broken_off else None
        with _beside(places) as folder:
            try:
                manifest = checked(archive, folder)
                revision_of(folder / DATABASE)
                for path in (folder, folder / "stills", folder / "files"):
                    synced(path)
                aside = _swapped(places, folder, now, str(manifest.get("port") or ""))
            except OSError as error:
                raise EcmError(f"{error.filename or archive} cannot be used: {error.strerror or error}.") from error
    return Restored(made_at=str(manifest.get("made_at")), members=len(manifest["members"]), aside=aside or earlier)


def unfinished(places: Places) -> Path | None:
    """The backup that was whole and had not taken its place when its restoring was killed; None where nothing lacks."""
    ready = _named(places, "ready")
    return ready if (ready / DATABASE).is_file() and not holds_data(places) else None


def finish(places: Places) -> None:
    """Put in place what a restore that was killed had ready, and remove what else it left. The home is held.

    Raises OSError; then it can be tried again.
    """
    ready = unfinished(places)
    if ready:
        shutil.rmtree(places.data, ignore_errors=True)
        ready.rename(places.data)
        _synced_names(places)
        aside = _newest_aside(places)
        kept = f"; what was here before is kept in {aside}" if aside else ""
        _log.warning("a restore was broken off before its end. It is finished now%s", kept)
    for left in (_named(places, "restoring"), _named(places, "ready")):
        if left.exists():
            shutil.rmtree(left, ignore_errors=True)
            _log.warning("a restore was broken off before anything was changed; %s was removed", left)


def _named(places: Places, what: str) -> Path:
    return places.data.with_name(f"{places.data.name}.{what}")


def _newest_aside(places: Places) -> Path | None:
    return max(filter(_holds_files, places.data.parent.glob(f"{places.data.name}.before-*")), default=None)


def _synced_names(places: Places) -> None:
    with suppress(OSError):
        synced(places.data.parent)


@contextmanager
def _beside(places: Places) -> Iterator[Path]:
    """An empty directory beside the data; whatever is left in it at the end goes."""
    folder = _named(places, "restoring")
    shutil.rmtree(folder, ignore_errors=True)
    for path in (folder, folder / "stills", folder / "files"):
        private_directory(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _swapped(places: Places, folder: Path, now: datetime, port: str) -> Path | None:
    """The unpacked data takes the place of the old, which is kept aside when it holds anything."""
    kept = holds_data(places)
    aside, ready = _named(places, f"before-{now:%Y%m%d-%H%M%S}"), _named(places, "ready")
    shutil.rmtree(ready, ignore_errors=True)
    folder.rename(ready)
    _synced_names(places)
    if re.fullmatch(r"[0-9]{1,5}", port) and not (places.state / "port").exists():
        write_private(places.state / "port", port.encode())  # links name it
    try:
        if kept:
            places.data.rename(aside)
        else:
            shutil.rmtree(places.data)
        ready.rename(places.data)
    except OSError:
        if kept and not places.data.exists():
            aside.rename(places.data)
        shutil.rmtree(ready, ignore_errors=True)
        raise
    _synced_names(places)
    return aside if kept else None
