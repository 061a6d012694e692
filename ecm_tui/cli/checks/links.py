"""Whether what is sent out in links can be opened: the certificate, the public address, and for whom links work."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ecm_tui.cli.checks.check import Check, bad, ok, unknown, warn
from ecm_tui.settings import Settings

SOON = timedelta(days=14)
"""A certificate that ends within this time wants a look: those that renew by themselves do so a month before."""

ANSWER_SECONDS = 6.0

EXPIRED, NOT_YET, OTHER_HOST = 10, 9, 62
"""OpenSSL's verify codes (X509_V_ERR_...)."""


def checks(settings: Settings, running: bool, now: datetime) -> Iterator[Check]:
    """Certificate, public address and what links begin with. `running`: whether the service runs here."""
    if settings.serve.tls_cert:
        yield _certificate(settings, now)
    yield from _public(settings, running)


def _public(settings: Settings, running: bool) -> Iterator[Check]:
    url = settings.serve.public_url
    if settings.serve.local_only:
        yield warn(
            "links.local_only",
            "Links work on this computer only.",
            "For other devices set serve.public_url, and serve.tls_cert with serve.tls_key or a reverse proxy.",
        )
        return
    if url.startswith("http://"):
        yield bad(
            "links.https",
            f"{url} is plain http: browsers give no camera to such a page, and others on the way can read along.",
            "Put TLS in front and let serve.public_url begin with https://.",
        )
    problem = healthy(url)
    if problem is None:
        yield ok("links.reachable", f"{url} answers: links can be opened.")
    elif not running:
        yield unknown("links.reachable", f"{url} {problem}; the service does not run.", "Start it, then look again.")
    else:
        step = "Check the name, the reverse proxy and the firewall. Some networks reach it from outside only."
        yield bad("links.reachable", f"{url} {problem}.", step)


def healthy(url: str) -> str | None:
    """What is wrong with the service at `url`, as the end of a sentence about it; None when it accepts people."""
    import httpx

    try:
        answer = httpx.get(
            f"{url}/healthz", timeout=ANSWER_SECONDS, trust_env=False, verify=ssl.create_default_context()
        )
        accepts = answer.status_code == 200 and answer.json() == {"ok": True}
    except httpx.TimeoutException:
        return "does not answer"
    except httpx.ConnectError as error:
        return _why_not(str(error))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return "is answered by something that is no clinic service"
    if answer.status_code == 503:
        return "answers that it does not accept people now"
    if answer.status_code == 502:
        return "is answered by a proxy that does not reach the service"
    return None if accepts else "is answered by something that is no clinic service"


def _why_not(said: str) -> str:
    if "certificate" in said.lower():
        return f"shows a certificate that browsers refuse ({said.partition('failed: ')[2].partition(' (_ssl')[0]})"
    if "Name or service" in said or "nodename" in said or "No address" in said or "resolution" in said:
        return "has a name that is not known here"
    return "cannot be reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a client that trusts the certificate itself makes of it."""

    until: datetime | None = None
    """When it ends; None when it was not accepted."""
    code: int = 0
    """OpenSSL's verify code when it was not."""
    said: str = ""


def _certificate(settings: Settings, now: datetime) -> Check:
    serve = settings.serve
    host = urlsplit(serve.public_url).hostname or "localhost"
    try:
        shown = shake_hands(Path(serve.tls_cert), Path(serve.tls_key), host)
    except (OSError, ssl.SSLError) as error:
        sentence = f"{serve.tls_cert} with {serve.tls_key} cannot be used: {error.strerror or error}."
        return bad("tls.certificate", sentence, "Name a certificate chain in PEM and the key that belongs to it.")
    match shown.code:
        case 0:
            return _lifetime(serve.tls_cert, host, shown.until, now)
        case c if c == EXPIRED:
            return bad("tls.certificate", f"The certificate {serve.tls_cert} has expired.", "Renew it.")
        case c if c == NOT_YET:
            sentence = f"The certificate {serve.tls_cert} is not valid yet."
            return bad("tls.certificate", sentence, "Check this computer's clock, or wait.")
        case c if c == OTHER_HOST:
            sentence = f"The certificate {serve.tls_cert} is not for {host}, the host of serve.public_url."
            return bad("tls.certificate", sentence, "Use one for this host, or change serve.public_url.")
        case _:
            sentence = f"Browsers would refuse the certificate {serve.tls_cert}: {shown.said}."
            return bad("tls.certificate", sentence, "Name a certificate that a public authority gave for this host.")


def _lifetime(path: str, host: str, until: datetime | None, now: datetime) -> Check:
    if until is not None and until - now < SOON:
        sentence = f"The certificate for {host} ends on {until:%Y-%m-%d}."
        return warn("tls.certificate", sentence, f"Renew {path}, then `ecm-tui service restart`.")
    when = f", until {until:%Y-%m-%d}" if until else ""
    return ok("tls.certificate", f"The certificate is for {host}{when}.")


def shake_hands(certificate: Path, key: Path, host: str) -> Shown:
    """A TLS handshake in memory with a client that trusts this chain: key, host and dates are judged by OpenSSL.

    Whether browsers trust who signed it shows only at the public address. Raises OSError and SSLError for files that
    cannot be used.
    """
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=str(certificate))
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(back, there, server_hostname=host)
    theirs = server.wrap_bio(there, back, server_side=True)
    try:
        for side in (ours, theirs, ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    except ssl.SSLCertVerificationError as error:
        return Shown(code=error.verify_code, said=error.verify_message)
    found = ours.getpeercert() or {}
    return Shown(until=datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC))
