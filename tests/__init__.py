"""Tests mirror the source; `bash tests/run` prepares the machine and runs all of them."""
