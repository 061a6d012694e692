"""A service that does nothing but append, for tests that kill it: `python -m tests.service.store.appending PATH`.

Prints one line of JSON for each acknowledged command, after the acknowledgement.
"""

import asyncio
import json
import sys
from pathlib import Path

from ecm_tui.core import commands as c
from tests.service.store.builders import LEE, clinic, scheduled


async def main(path: Path) -> None:
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        print(json.dumps({"stream": stream}), flush=True)
        await asyncio.gather(*(append(streams, stream, lane) for lane in range(4)))


async def append(streams, stream: str, lane: int) -> None:
    for n in range(1_000_000):
        command_id = f"k{lane}-{n}"
        done = await streams.execute(
            stream, c.SetSwitches(camera=n % 2 == 1, microphone=lane % 2 == 1), LEE, command_id
        )
        answer = {"command_id": command_id, "seq": done.seq, "seqs": [record.seq for record in done.events]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
