"""Which version of ecm-tui this is."""

from __future__ import annotations


def own_version() -> str:
    """The installed version, such as `0.1.0`."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ecm-tui")
    except PackageNotFoundError:  # run from an unpacked source tree
        return "0"
