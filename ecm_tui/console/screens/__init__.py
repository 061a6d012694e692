"""The console's two places: the Schedule and the Session."""
