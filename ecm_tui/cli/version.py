"""What `ecm-tui --version` says."""

from ecm_tui.version import own_version

__all__ = ["own_version"]
