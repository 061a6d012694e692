"""What screens and dialogs are made of. Widgets draw and post; they know no client, no clock and no file."""
