"""Which version of ecm-tui this is."""

from __future__ import annotations


def own_version() -> str:
    """The installed version, such as `0.1.0`; `0` in an unpacked source tree."""
    from importlib.metadata import PackageNotFoundError, version  # late: 20 ms that most callers can spare

    try:
        return version("ecm-tui")
    except PackageNotFoundError:
        return "0"
