"""The organiser's console: a Textual client of the clinic service. Closing it ends nothing but itself."""
