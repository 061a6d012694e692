"""The little of SDP that the load needs: an offer written, an answer read, by no library that a hub uses."""

from __future__ import annotations

from dataclasses import dataclass, field

OPUS, VP8 = 111, 96
"""Payload types that we offer, the ones that Chromium offers."""
LEVEL = 1
"""Id of the audio level extension that we offer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One media line of ours."""

    kind: str
    """audio or video."""
    sends: bool
    """Ours to send on, or a slot to receive on."""
    ssrc: int = 0
    """What we send with."""


@dataclass(slots=True)
class Answer:
    """What a hub answered."""

    ufrag: str = ""
    password: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    """Algorithm and value."""
    setup: str = ""
    candidates: list[str] = field(default_factory=list)
    ssrcs: dict[str, int] = field(default_factory=dict)
    """The hub's SSRC by mid."""
    payloads: dict[str, int] = field(default_factory=dict)
    """Payload type by mid."""
    extensions: dict[str, dict[int, str]] = field(default_factory=dict)


def offer(lines: list[Line], ufrag: str, password: str, fingerprint: str, candidates: list[str]) -> str:
    """An offer as a browser writes it, with its candidates; mids are 0, 1, 2, …"""
    rows = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    rows.append("a=group:BUNDLE " + " ".join(str(mid) for mid in range(len(lines))))
    rows.append("a=msid-semantic: WMS *")
    for mid, line in enumerate(lines):
        payload, codec = (OPUS, "opus/48000/2") if line.kind == "audio" else (VP8, "VP8/90000")
        rows += [f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {payload}", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"]
        rows += [f"a=candidate:{candidate}" for candidate in candidates if mid == 0]
        rows += [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}", f"a=fingerprint:{fingerprint}", "a=setup:actpass"]
        rows += [f"a=mid:{mid}", "a=sendonly" if line.sends else "a=recvonly", "a=rtcp-mux"]
        rows.append(f"a=rtpmap:{payload} {codec}")
        if line.kind == "audio":
            rows.append(f"a=extmap:{LEVEL} urn:ietf:params:rtp-hdrext:ssrc-audio-level")
            rows.append(f"a=fmtp:{payload} minptime=10;useinbandfec=1")
        else:
            rows += [f"a=rtcp-fb:{payload} {what}" for what in ("goog-remb", "nack", "nack pli", "ccm fir")]
        if line.sends:
            rows += [f"a=msid:own {line.kind}", f"a=ssrc:{line.ssrc} cname:load"]
    return "\r\n".join(rows) + "\r\n"


def answer(text: str) -> Answer:
    """Read an answer; what is on the session and what is on its lines counts alike."""
    found = Answer()
    sections = text.replace("\r", "").split("\nm=")
    for rows in ([row.removeprefix("a=") for row in section.split("\n")] for section in sections):
        mid = next((row[4:] for row in rows if row.startswith("mid:")), "")
        if mid:
            found.payloads[mid] = int(rows[0].split()[3])
        for row in rows:
            name, _, value = row.partition(":")
            _take(found, mid, name, value)
    return found


def _take(found: Answer, mid: str, name: str, value: str) -> None:
    match name:
        case "ice-ufrag":
            found.ufrag = value
        case "ice-pwd":
            found.password = value
        case "setup":
            found.setup = value
        case "candidate" if value not in found.candidates:
            found.candidates.append(value)
        case "fingerprint":
            algorithm, _, digest = value.partition(" ")
            if (algorithm, digest) not in found.fingerprints:
                found.fingerprints.append((algorithm, digest))
        case "ssrc":
            found.ssrcs.setdefault(mid, int(value.split()[0]))
        case "extmap":
            number, _, uri = value.partition(" ")
            found.extensions.setdefault(mid, {})[int(number)] = uri
