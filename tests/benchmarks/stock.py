"""What a hub costs that is built as the library's examples are: MediaRelay, every picture decoded and encoded anew.

`python -m tests.benchmarks.stock`: a line of JSON with all offers in, a line with all answers out, by name. It ends
when its standard input does. One process of its own, so that its processor time is only its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay


async def answers(offers: dict[str, str]) -> tuple[dict[str, str], list[RTCPeerConnection]]:
    """Everybody gets everybody else, through one relay."""
    relay = MediaRelay()
    connections: dict[str, RTCPeerConnection] = {}
    tracks: dict[str, dict[str, Any]] = {}
    for name, offer in offers.items():
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        connection = connections[name] = RTCPeerConnection(configuration)
        own = tracks[name] = {}
        connection.on("track", lambda track, own=own: own.setdefault(track.kind, track))
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    found = {}
    for name, connection in connections.items():
        others = {kind: [tracks[other][kind] for other in offers if other != name] for kind in ("audio", "video")}
        own_lines = {"audio": True, "video": True}
        for transceiver in connection.getTransceivers():
            if own_lines[transceiver.kind]:
                own_lines[transceiver.kind] = False
            elif others[transceiver.kind]:
                transceiver.sender.replaceTrack(relay.subscribe(others[transceiver.kind].pop(0)))
                transceiver.direction = "sendonly"
        await connection.setLocalDescription(await connection.createAnswer())
        found[name] = connection.localDescription.sdp
    return found, list(connections.values())


async def main() -> None:
    loop = asyncio.get_running_loop()
    line = await loop.run_in_executor(None, sys.stdin.readline)
    found, connections = await answers(json.loads(line))
    print(json.dumps(found), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
