"""SDL without screen and sound card, except where a test asks for a display."""

import pytest


@pytest.fixture(autouse=True)
def dummy_drivers(monkeypatch):
    """SDL reads the environment when a subsystem starts."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
