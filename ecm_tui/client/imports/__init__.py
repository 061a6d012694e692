"""Lists of appointments from elsewhere (E10): what stands in a file, and what becomes of each line here.

The formats are read by pure functions, bytes in and lines out. `read` is the door: it tells which format it is.
"""
