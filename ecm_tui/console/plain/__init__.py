"""The line mode: numbered lines and typed commands, for screen readers, braille and serial lines. Draws nothing."""
