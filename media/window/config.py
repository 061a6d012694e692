"""What the window is told when it starts: one line of JSON on its standard input, so that the link is not in argv."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ConfigError(ValueError):
    """The line cannot be used; the message says which field and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be set from outside."""

    link: str
    """A one-use link `…/view/TOKEN`."""
    microphone: bool = True
    """Whether the own microphone starts switched on."""
    camera: bool = True
    camera_name: str | None = None
    """Path or name of the camera; None = the first one."""
    microphone_name: str | None = None
    """Name of the microphone as SDL gives it; None = the system's choice."""
    speaker_name: str | None = None
    headset: bool = False
    """Whether a headset is used: the microphone then stays open while others speak."""

    @classmethod
    def parse(cls, line: str) -> Config:
        """Read the line, which may also be the bare link; raises ConfigError in words."""
        if line.startswith(("http://", "https://")):
            return cls(link=line.strip())
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise ConfigError("the window reads one line of JSON on its standard input, with its link in it") from error
        if not isinstance(fields, dict) or not isinstance(fields.get("link"), str):
            raise ConfigError("link: a text is needed")
        devices = fields.get("devices") or {}
        if not isinstance(devices, dict):
            raise ConfigError("devices: an object is needed")
        return cls(
            link=fields["link"],
            microphone=_flag(fields, "microphone", True),
            camera=_flag(fields, "camera", True),
            camera_name=_name(devices, "camera"),
            microphone_name=_name(devices, "microphone"),
            speaker_name=_name(devices, "speaker"),
            headset=_flag(devices, "headset", False),
        )


def _flag(fields: Mapping[str, Any], key: str, default: bool) -> bool:
    value = fields.get(key, default)
    if not isinstance(value, bool):
        raise ConfigError(f"{key}: true or false is needed")
    return value


def _name(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(f"devices.{key}: a text or null is needed")
    return value or None
