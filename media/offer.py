"""A page's offer, read strictly: only what is understood reaches aiortc, written anew.

Pure. A browser's offer is 40 kB with every codec it knows; what is needed of it is a tenth. Writing it anew makes the
answer quick, takes VP8 and Opus whatever the offer prefers, and keeps a hostile offer away from the library's parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SIZE = 256 * 1024
MAX_LINES = 8000
MAX_MEDIA = 40
"""Media lines of one offer: two own, three sounds, nine pictures and room."""

CODECS = {"audio": ("opus/48000/2", 48000), "video": ("VP8/90000", 90000)}
EXTENSIONS = {
    "audio": ("urn:ietf:params:rtp-hdrext:sdes:mid", "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    "video": ("urn:ietf:params:rtp-hdrext:sdes:mid",),
}
AUDIO_LEVEL = EXTENSIONS["audio"][1]
FEEDBACK = {"audio": (), "video": ("nack", "nack pli", "ccm fir", "goog-remb")}

_TOKEN = re.compile(r"[A-Za-z0-9_.+-]{1,32}")
_UFRAG = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/=_-]{22,256}")
_FINGERPRINT = re.compile(r"sha-(1|224|256|384|512) [0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")
_MEDIA = re.compile(r"m=(audio|video) (\d{1,5}) UDP/TLS/RTP/SAVPF( \d{1,3}){1,80}")
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


class BadOffer(ValueError):
    """An offer that is not answered; `code` is stable, the text is for the reader."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One media line of the offer."""

    kind: str
    """audio or video."""
    mid: str
    direction: str
    """As the page sees it: sendonly for its own sound and picture, recvonly for a slot."""
    payload: int
    """Payload type of Opus or VP8 in this offer."""
    extensions: tuple[tuple[int, str], ...]
    """Header extensions that are answered: id and URI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a page offers, in its order. The first line of each kind is its own sound or picture, the others slots."""

    lines: tuple[Line, ...]
    ufrag: str
    password: str
    fingerprints: tuple[str, ...]
    setup: str
    candidates: tuple[str, ...]
    """Candidates that came with the offer, without `candidate:`; may be empty."""

    def own(self, kind: str) -> Line | None:
        """The line on which the page sends this kind."""
        return next((line for line in self.lines if line.kind == kind), None)

    def slots(self, kind: str) -> list[Line]:
        """The lines on which the page receives this kind."""
        own = self.own(kind)
        wanted = ("recvonly", "sendrecv")
        return [line for line in self.lines if line.kind == kind and line is not own and line.direction in wanted]

    def sdp(self) -> str:
        """The offer written anew, without candidates."""
        text = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        text.append("a=group:BUNDLE " + " ".join(line.mid for line in self.lines))
        text.append("a=msid-semantic: WMS *")
        for line in self.lines:
            text += self._media(line)
        return "\r\n".join(text) + "\r\n"

    def _media(self, line: Line) -> list[str]:
        codec, _ = CODECS[line.kind]
        return [
            f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {line.payload}",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.password}",
            *(f"a=fingerprint:{fingerprint}" for fingerprint in self.fingerprints),
            f"a=setup:{self.setup}",
            f"a=mid:{line.mid}",
            *(f"a=extmap:{number} {uri}" for number, uri in line.extensions),
            f"a={line.direction}",
            "a=rtcp-mux",
            f"a=rtpmap:{line.payload} {codec}",
            *(f"a=rtcp-fb:{line.payload} {feedback}" for feedback in FEEDBACK[line.kind]),
        ]


def parse(sdp: str) -> Offer:
    """Read an offer; raises BadOffer (`bad_offer`, `no_codec`)."""
    if len(sdp) > MAX_SIZE:
        raise BadOffer("bad_offer", "The offer is too large.")
    rows = sdp.splitlines()
    if len(rows) > MAX_LINES or not rows or rows[0].strip() != "v=0":
        raise BadOffer("bad_offer", "The offer is not a session description.")
    session, media = _sections(rows)
    if not 1 <= len(media) <= MAX_MEDIA:
        raise BadOffer("bad_offer", f"The offer has {len(media)} media lines; 1 to {MAX_MEDIA} are possible.")
    lines = tuple(_line(section) for section in media)
    mids = [line.mid for line in lines]
    bundle = _attribute(session, "group") or ""
    if len(set(mids)) != len(mids) or bundle.split() != ["BUNDLE", *mids]:
        raise BadOffer("bad_offer", "All media lines of the offer must be bundled on one transport.")
    first = media[0]
    return Offer(
        lines=lines,
        ufrag=_required(first, session, "ice-ufrag", _UFRAG),
        password=_required(first, session, "ice-pwd", _PASSWORD),
        fingerprints=_fingerprints(first, session),
        setup=_required(first, session, "setup", re.compile("actpass|active|passive")),
        candidates=tuple(row[12:] for row in first if row.startswith("a=candidate:")),
    )


def _sections(rows: list[str]) -> tuple[list[str], list[list[str]]]:
    session: list[str] = []
    media: list[list[str]] = []
    for row in rows:
        if row.startswith("m="):
            media.append([row])
        elif media:
            media[-1].append(row)
        else:
            session.append(row)
    return session, media


def _attribute(rows: list[str], name: str) -> str | None:
    prefix = f"a={name}:"
    return next((row[len(prefix) :].strip() for row in rows if row.startswith(prefix)), None)


def _required(first: list[str], session: list[str], name: str, pattern: re.Pattern[str]) -> str:
    value = _attribute(first, name) or _attribute(session, name) or ""
    if not pattern.fullmatch(value):
        raise BadOffer("bad_offer", f"The offer has no usable a={name}.")
    return value


def _fingerprints(first: list[str], session: list[str]) -> tuple[str, ...]:
    rows = [row[14:].strip() for row in [*first, *session] if row.startswith("a=fingerprint:")][:4]
    if not rows or not all(_FINGERPRINT.fullmatch(row) for row in rows):
        raise BadOffer("bad_offer", "The offer has no usable a=fingerprint.")
    return tuple(rows)


def _line(section: list[str]) -> Line:
    head = _MEDIA.fullmatch(section[0].strip())
    if head is None or head[2] == "0":
        raise BadOffer("bad_offer", "The offer has a media line that is neither sound nor picture over DTLS.")
    kind = head[1]
    mid = _attribute(section, "mid") or ""
    if not _TOKEN.fullmatch(mid):
        raise BadOffer("bad_offer", "A media line of the offer has no usable a=mid.")
    return Line(
        kind=kind,
        mid=mid,
        direction=next((row[2:] for row in map(str.strip, section) if row[2:] in _DIRECTIONS), "sendrecv"),
        payload=_payload(section, kind),
        extensions=_extensions(section, kind),
    )


def _payload(section: list[str], kind: str) -> int:
    codec = CODECS[kind][0].lower()
    offered = section[0].split()[3:]
    for row in section:
        if row.startswith("a=rtpmap:"):
            number, _, name = row[9:].strip().partition(" ")
            if name.lower() == codec and number in offered and int(number) < 128 and not 64 <= int(number) < 96:
                return int(number)
    wanted = "Opus" if kind == "audio" else "VP8"
    raise BadOffer("no_codec", f"This browser offers no {wanted}; the call needs it. Use a current browser.")


def _extensions(section: list[str], kind: str) -> tuple[tuple[int, str], ...]:
    found = []
    for row in section:
        if row.startswith("a=extmap:"):
            number, _, uri = row[9:].strip().partition(" ")
            number = number.partition("/")[0]
            if uri in EXTENSIONS[kind] and number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= 14:
                found.append((int(number), uri))
    return tuple(found)
