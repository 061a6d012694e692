"""`python -m tests.benchmarks NAME [--json]`: one benchmark; with `--json` one JSON object and nothing else."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Sequence

from tests.benchmarks.options import Options

NAMES = {
    "bridge": "what the bridge costs against MediaRelay; with --people 50 what a full call costs",
    "admit": "from key `a` in the console to the first frame on both sides",
    "remove": "from the acknowledgement of a removal to the last packet in either direction",
    "switch": "from a slot given to another person to the first picture of that person",
    "still": "from Allow on the page to the picture on the disk; frames older than Allow",
    "service": "a command until it is on the disk, fifty joiners at once, a long session read anew",
    "join": "real browsers come into a call: whether, and how soon, media goes both ways",
    "chat": "ten thousand lines: until the chat is open, and turning its pages",
    "files": "a large file from page to service to client and back: memory and hashes",
    "console": "start, keys, bytes, idle and memory of the console on a real terminal",
}
"""Each is the module of that name in this folder, with `async measure(options) -> Result`."""


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    told = "\n".join(f"  {name:<8} {what}" for name, what in NAMES.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", epilog=f"names:\n{told}", formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("name", choices=NAMES, metavar="NAME")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--people", type=int, help="how many people are in the call")
    parser.add_argument("--seconds", type=float, help="length of a measured stretch")
    parser.add_argument("--runs", type=int, help="how often it is measured")
    parser.add_argument("--size", type=int, help="how much of it: MiB of a file, lines of a chat")
    return parser.parse_args(words)


def main() -> int:
    asked = arguments()
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    module = importlib.import_module(f"tests.benchmarks.{asked.name}")
    options = Options(people=asked.people, seconds=asked.seconds, runs=asked.runs, size=asked.size)
    result = asyncio.run(module.measure(options))
    print(json.dumps(result.json()) if asked.json else result.table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
