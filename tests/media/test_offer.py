"""Offers of browsers, and offers of others."""

from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from media.offer import BadOffer, parse

SESSION = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\na=msid-semantic: WMS\r\n"
TRANSPORT = (
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:actpass\r\n"
)
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 9\r\n{transport}a=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n"
    "a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:99 urn:other\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\na=rtpmap:9 G722/8000\r\n"
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 102 96 97\r\n{transport}a=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n"
    "a=rtpmap:102 H264/90000\r\na=rtpmap:96 {codec}/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
)


def offer(lines: str = "avAV", codec: str = "VP8", transport: str = TRANSPORT) -> str:
    """An offer: a and v are own lines, A and V receive lines."""
    text = SESSION.format(mids=" ".join(str(i) for i in range(len(lines))))
    for index, letter in enumerate(lines):
        direction = "sendonly" if letter.islower() else "recvonly"
        form = AUDIO if letter in "aA" else VIDEO
        text += form.format(mid=index, direction=direction, transport=transport, codec=codec)
    return text


def test_own_lines_and_slots_are_told_apart_by_their_place():
    found = parse(offer("avAAAVV"))
    own = found.own("audio"), found.own("video")
    assert [line.mid for line in own if line] == ["0", "1"]
    assert [line.mid for line in found.slots("audio")] == ["2", "3", "4"]
    assert [line.mid for line in found.slots("video")] == ["5", "6"]


def test_a_page_without_devices_has_no_slot_on_its_own_lines():
    found = parse(offer("AVAAVV"))
    assert [line.mid for line in found.slots("audio")] == ["2", "3"]


def test_vp8_and_opus_are_taken_whatever_comes_first():
    found = parse(offer())
    assert [line.payload for line in found.lines] == [111, 96, 111, 96]
    again = SessionDescription.parse(found.sdp())
    assert [[codec.mimeType for codec in media.rtp.codecs] for media in again.media[:2]] == [
        ["audio/opus"],
        ["video/VP8"],
    ]


def test_an_offer_without_vp8_is_refused_in_words():
    with pytest.raises(BadOffer, match="VP8") as refused:
        parse(offer(codec="AV1"))
    assert refused.value.code == "no_codec"


def test_only_known_extensions_are_answered():
    assert parse(offer()).lines[0].extensions == ((1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),)


def test_candidates_are_taken_out_of_the_offer():
    candidate = "a=candidate:1 1 udp 1 192.0.2.9 4000 typ host\r\n"
    found = parse(offer(transport=TRANSPORT + candidate))
    assert found.candidates == ("1 1 udp 1 192.0.2.9 4000 typ host",)
    assert "candidate" not in found.sdp()


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "hello",
        "v=0\r\n",
        offer().replace("BUNDLE 0 1 2 3", "BUNDLE 0 1"),
        offer().replace("a=mid:1", "a=mid:0"),
        offer().replace("a=mid:1", "a=mid:" + "x" * 100),
        offer().replace("ice-ufrag", "ice-nothing"),
        offer().replace("a=ice-pwd:0123456789012345678901", "a=ice-pwd:short"),
        offer().replace("sha-256", "md5"),
        offer().replace("a=setup:actpass", "a=setup:holdconn"),
        offer().replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
        offer().replace("m=video 9", "m=video 0"),
        offer() + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:9\r\n",
        offer("av" + "V" * 60),
        offer() + "a=x\r\n" * 9000,
        offer() + "x" * 300_000,
    ],
)
def test_a_hostile_offer_is_refused_in_words(sdp):
    with pytest.raises(BadOffer) as refused:
        parse(sdp)
    assert refused.value.code == "bad_offer" and str(refused.value).endswith(".")


@given(st.text(max_size=200), st.integers(0, 3000), st.integers(0, 300))
def test_any_change_to_an_offer_is_read_or_refused_and_nothing_else(noise, at, gone):
    sdp = offer()
    changed = sdp[:at] + noise + sdp[at + gone :]
    try:
        found = parse(changed)
    except BadOffer:
        return
    SessionDescription.parse(found.sdp())
