"""The organiser's endpoint: one more peer of the bridge, with a window, a camera, a microphone and a speaker."""
