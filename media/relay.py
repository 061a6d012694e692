"""Asking a TURN relay for a place of its own, as a call would: the only proof that address and secret are right.

Wrong or expired credentials give a call no relay and no error, so that nobody notices until somebody cannot connect.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass

from aioice import stun
from aioice.turn import create_turn_endpoint
from aiortc.rtcicetransport import parse_stun_turn_uri

from media.config import Turn

SECONDS = 6.0
"""How long one relay may take; a browser has given up on it by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one address of a relay gave."""

    url: str
    address: str = ""
    """The relay's address that others would send to (the candidate of type relay); empty without one."""
    problem: str = ""
    """`unknown_name silent refused unauthorised certificate unusable failed`; empty when there is an address."""
    detail: str = ""
    """What the system or the relay said of it."""


class _Receiver(asyncio.DatagramProtocol):
    """Stands where packets from the relay would arrive."""

    def __init__(self) -> None:
        self.gone = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)


async def allocated(url: str, turn: Turn, now: float) -> Answer:
    """Ask for an allocation at one address of `turn` and give it back; `now` in seconds since 1970."""
    try:
        return await asyncio.wait_for(_allocated(url, turn, now), SECONDS)
    except (TimeoutError, stun.TransactionTimeout):
        return Answer(url=url, problem="silent")
    except stun.TransactionFailed as error:
        code, reason = error.response.attributes.get("ERROR-CODE", (0, ""))
        problem = "unauthorised" if code in (401, 403, 441) else "failed"
        return Answer(url=url, problem=problem, detail=f"{code} {reason}".strip())
    except OSError as error:
        return Answer(url=url, problem=_problem(error), detail=str(error.strerror or error))
    except ValueError as error:
        return Answer(url=url, problem="unusable", detail=str(error))


async def _allocated(url: str, turn: Turn, now: float) -> Answer:
    parsed = parse_stun_turn_uri(url)
    secure, transport = parsed["scheme"] == "turns", parsed["transport"]
    if secure and transport != "tcp":
        return Answer(url=url, problem="unusable", detail="turns: over UDP is nothing that browsers use")
    name, password = turn.credentials(now)
    made, receiver = await create_turn_endpoint(
        _Receiver,
        (parsed["host"].strip("[]"), parsed["port"]),
        username=name,
        password=password,
        ssl=True if secure else None,
        transport=transport,
    )
    address = str(made.get_extra_info("sockname")[0])
    made.close()
    await receiver.gone
    return Answer(url=url, address=address)


def _problem(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "unknown_name"
    if isinstance(error, ssl.SSLError):
        return "certificate"
    return "refused" if isinstance(error, ConnectionRefusedError) else "failed"
