"""The console's colours, named once; style sheets use the names. One accent, and a colour for each state."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="ecm",
    primary="#5fb4a2",
    secondary="#8aa4b8",
    accent="#5fb4a2",
    success="#86c77e",
    warning="#e3bd62",
    error="#e5727a",
    foreground="#d5dbe1",
    background="#11161b",
    surface="#171e25",
    panel="#1f2830",
    dark=True,
    variables={
        "quiet": "#7d8b97",
        "faint": "#4d5963",
        "online": "#86c77e",
        "scheduled": "#7fb2e5",
        "running": "#e3bd62",
        "missed": "#e5727a",
        "taken": "#9aa39b",
        "cursor": "#24323b",
        "input-cursor-background": "#5fb4a2",
        "input-cursor-foreground": "#11161b",
        "footer-key-foreground": "#5fb4a2",
    },
)
