"""Relay, codecs and devices, as the media processes themselves find them: a child of ours looks and tells."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ecm_tui.cli.checks.check import Check, bad, ok, warn
from ecm_tui.settings import LOOPBACK_HOSTS, Settings

SECONDS = 40.0
"""How long the child may take: importing its codecs on a busy machine, and a relay that does not answer."""

COMMAND = (sys.executable, "-P", "-m", "media.inspection")

UNAUTHORISED = (
    "Give turn.secret the value of static-auth-secret in coturn's configuration, which also needs use-auth-secret; "
    "and check that both clocks are right."
)
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "silent": ("does not answer", "Check the address, that the relay runs, and that a firewall lets its port through."),
    "refused": ("is an address where nothing listens", "Check the port, and that the relay runs."),
    "unknown_name": ("has a name that is not known here", "Check turn.urls."),
    "unauthorised": ("refuses our credentials", UNAUTHORISED),
    "certificate": ("shows a certificate that is not valid", "Give the relay a certificate for its name."),
    "unusable": ("is an address that the media bridge cannot use", "Write it as turn:relay.clinic.example:3478."),
    "failed": ("gives no relay", "The relay's own log says why."),
}
"""What went wrong with a relay -> the end of a sentence about it, and the next step."""


def checks(settings: Settings) -> Iterator[Check]:
    """What the child finds."""
    found = inspected(settings)
    if found is None:
        sentence = "The media part of this installation cannot be run: calls would have neither picture nor sound."
        yield bad("codecs", sentence, "Install ecm-tui anew into a fresh environment.")
        return
    yield from _relay(settings, found["relay"])
    yield from _codecs(found["codecs"])
    yield from _devices(found["devices"])


def inspected(settings: Settings) -> dict[str, Any] | None:
    """The child's answer; None when there is none."""
    turn = {"urls": list(settings.turn.urls), "secret": settings.turn.secret} if settings.turn.urls else None
    # -P, and no path of the user's: a `media` that lies about is never run in place of ours.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            COMMAND,
            input=json.dumps({"turn": turn}).encode() + b"\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            timeout=SECONDS,
        )
        answer = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def _codecs(found: Mapping[str, str]) -> Iterator[Check]:
    for codec, name in (("vp8", "VP8 (picture)"), ("opus", "Opus (sound)")):
        if found[codec]:
            yield bad(f"codecs.{codec}", f"{name} does not work: {found[codec]}.", "Install ecm-tui anew.")
        else:
            yield ok(f"codecs.{codec}", f"{name} works.")


def _relay(settings: Settings, answers: list[dict[str, str]]) -> Iterator[Check]:
    if not settings.turn.urls:
        if settings.serve.local_only:
            yield ok("relay", "No relay is set, and none is needed while links work on this computer only.")
        else:
            yield warn(
                "relay",
                "No relay is set: people in networks that let no direct path through cannot be seen or heard.",
                "Run coturn and set turn.urls and turn.secret.",
            )
    for number, answer in enumerate(answers, 1):
        yield _allocation(f"relay.{number}", answer)


def _allocation(id_: str, answer: Mapping[str, str]) -> Check:
    url, address = answer["url"], answer["address"]
    if not address:
        what, step = PROBLEMS[answer["problem"]]
        detail = f" ({answer['detail']})" if answer["detail"] else ""
        return bad(id_, f"The relay {url} {what}{detail}.", step)
    if not _here(url) and ipaddress.ip_address(address).is_private:
        sentence = f"The relay {url} works, and says that it is at {address}, which browsers elsewhere cannot reach."
        return warn(id_, sentence, "If the relay stands behind NAT, set external-ip in coturn's configuration.")
    return ok(id_, f"The relay {url} takes our credentials and gives an address of its own.")


def _here(url: str) -> bool:
    """Whether the relay is in a network of ours: then an address of that network is right."""
    host = urlsplit(f"//{url.partition(':')[2].partition('?')[0]}").hostname or ""
    try:
        return host in LOOPBACK_HOSTS or ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _devices(found: Mapping[str, str]) -> Iterator[Check]:
    elsewhere = "Your picture and sound can come from a browser or from another computer too: F8 says how."
    camera = found["camera"]
    lacking = [name for name in ("microphone", "loudspeaker") if found[name] == "none"]
    if camera == "denied":
        yield warn("devices.camera", "This user may not open the camera.", "Add the user to the group `video`.")
    elif camera == "none":
        yield warn("devices.camera", "There is no camera here.", elsewhere)
    else:
        yield ok("devices.camera", "There is a camera.")
    if found["sound"]:
        yield warn("devices.sound", "There is no sound here: the sound system does not answer.")
    elif lacking:
        yield warn("devices.sound", f"There is no {' and no '.join(lacking)} here.")
    else:
        yield ok("devices.sound", "There are a microphone and a loudspeaker.")
    if found["display"]:
        yield warn("devices.display", "There is no display here: the video window cannot open.", elsewhere)
    else:
        yield ok("devices.display", "The video window can open here.")
