"""What asks or shows one thing above a screen, and hands back one typed answer."""
