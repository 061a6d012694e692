"""The console's colours, named once; style sheets use the names. One accent, and a colour for each state.

Each theme says the same with other means: dark and light for terminals of many colours, contrast for eyes that need it,
and the terminal's own sixteen, which suit whatever its owner chose.
"""

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
        "scheduled": "#7fb2e5",
        "taken": "#9aa39b",
        "cursor": "#24323b",
        "on-accent": "#11161b",
        "input-cursor-background": "#5fb4a2",
        "input-cursor-foreground": "#11161b",
        "footer-key-foreground": "#5fb4a2",
    },
)

LIGHT = Theme(
    name="ecm-light",
    primary="#0b6e5f",
    secondary="#3f5e75",
    accent="#0b6e5f",
    success="#2b6b24",
    warning="#7a5600",
    error="#a8232f",
    foreground="#1c252c",
    background="#fbfbf8",
    surface="#f1f2ee",
    panel="#e6e9e5",
    dark=False,
    variables={
        "quiet": "#56646f",
        "faint": "#8a959d",
        "scheduled": "#1f5c99",
        "taken": "#5c665e",
        "cursor": "#d3e3de",
        "on-accent": "#fbfbf8",
        "input-cursor-background": "#0b6e5f",
        "input-cursor-foreground": "#fbfbf8",
        "footer-key-foreground": "#0b6e5f",
    },
)

CONTRAST = Theme(
    name="ecm-contrast",
    primary="#ffd700",
    secondary="#ffffff",
    accent="#ffd700",
    success="#5cff5c",
    warning="#ffd700",
    error="#ff8080",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#262626",
    dark=True,
    variables={
        "quiet": "#ffffff",
        "faint": "#d0d0d0",
        "scheduled": "#87d7ff",
        "taken": "#e4e4e4",
        "cursor": "#005f87",
        "on-accent": "#000000",
        "input-cursor-background": "#ffd700",
        "input-cursor-foreground": "#000000",
        "footer-key-foreground": "#ffd700",
    },
)

SIXTEEN = Theme(
    name="ecm-sixteen",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_default",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    dark=True,
    variables={
        "quiet": "ansi_default",
        "faint": "ansi_default",
        "scheduled": "ansi_blue",
        "taken": "ansi_default",
        "cursor": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "on-accent": "ansi_black",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "footer-key-foreground": "ansi_cyan",
    },
)

THEMES = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, "terminal": SIXTEEN}
"""Name in the settings -> theme, in the order in which the console goes through them."""
