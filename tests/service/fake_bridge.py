"""A bridge's process for tests of the supervisor: says hello, then does as its first argument says."""

import asyncio
import json
import os
import sys
import uuid

from websockets.asyncio.client import unix_connect
from websockets.exceptions import WebSocketException

BRIDGE = str(uuid.uuid4())


async def talk(known: dict) -> None:
    header = {"Authorization": f"Bearer {known['token']}"}
    async with unix_connect(known["socket"], "ws://service/bridge", additional_headers=header) as line:
        hello = {"type": "hello", "version": known["version"], "bridge": BRIDGE, "pid": os.getpid()}
        await line.send(json.dumps(hello))
        async for _ in line:
            pass


async def main() -> None:
    known = json.loads(sys.stdin.readline())
    if sys.argv[1] == "die":
        sys.exit(3)
    for _ in range(300):
        try:
            await talk(known)
        except (OSError, WebSocketException):
            pass
        if sys.argv[1] == "once":
            await asyncio.sleep(60)
        await asyncio.sleep(0.05)


asyncio.run(main())
