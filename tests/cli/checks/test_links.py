"""Certificates judged by a real handshake, and public addresses by real answers."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from ecm_tui.cli.checks import links
from ecm_tui.cli.checks.check import Check
from ecm_tui.config import load

NOW = datetime.now(UTC)


def looked(running: bool = True, **variables: str) -> dict[str, Check]:
    settings = load({}, {**os.environ, **variables})
    return {check.id: check for check in links.checks(settings, running, NOW)}


def certificate(folder: Path, host: str = "call.clinic.example", days: float = 90, since: float = -1) -> dict[str, str]:
    """The variables that name a certificate of that host and life."""
    made = trustme.CA().issue_cert(host, not_before=NOW + timedelta(days=since), not_after=NOW + timedelta(days=days))
    for number, blob in enumerate(made.cert_chain_pems):
        blob.write_to_path(str(folder / "chain.pem"), append=number > 0)
    made.private_key_pem.write_to_path(str(folder / "key.pem"))
    return {
        "ECM_SERVE_TLS_CERT": str(folder / "chain.pem"),
        "ECM_SERVE_TLS_KEY": str(folder / "key.pem"),
        "ECM_SERVE_PUBLIC_URL": "https://call.clinic.example",
    }


@pytest.mark.parametrize(
    ("made", "verdict", "words"),
    [
        ({}, "ok", "is for call.clinic.example, until"),
        ({"days": 5}, "warn", "ends on"),
        ({"days": -0.5, "since": -9}, "bad", "expired"),
        ({"days": 90, "since": 30}, "bad", "not valid yet"),
        ({"host": "other.clinic.example"}, "bad", "not for call.clinic.example"),
    ],
)
def test_a_certificate_is_judged_as_a_browser_would(tmp_path: Path, made: dict, verdict: str, words: str):
    check = looked(False, **certificate(tmp_path, **made))["tls.certificate"]
    assert (check.verdict, words in check.sentence) == (verdict, True), check


def test_a_key_that_does_not_belong_to_it_and_files_that_are_none_are_bad(tmp_path: Path):
    variables = certificate(tmp_path)
    trustme.CA().issue_cert("x").private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    assert looked(False, **variables)["tls.certificate"].verdict == "bad"
    (tmp_path / "chain.pem").write_text("no certificate")
    assert looked(False, **variables)["tls.certificate"].verdict == "bad"
    (tmp_path / "chain.pem").unlink()
    check = looked(False, **variables)["tls.certificate"]
    assert (check.verdict, "No such file" in check.sentence) == ("bad", True)


@contextmanager
def web(status: int, body: bytes) -> Iterator[str]:
    """A server that answers everything so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b'{"ok":true}', None),
        (200, b"<h1>It works!</h1>", "no clinic service"),
        (200, b'{"ok":false}', "no clinic service"),
        (404, b"", "no clinic service"),
        (502, b"", "proxy that does not reach"),
        (503, b'{"code":"not_ready"}', "does not accept people"),
    ],
)
def test_what_answers_at_an_address_is_told(status: int, body: bytes, words: str | None):
    with web(status, body) as url:
        problem = links.healthy(url)
    assert (problem is None) if words is None else words in str(problem)


def test_an_address_where_nobody_answers_is_told():
    assert links.healthy("http://127.0.0.1:1") == "cannot be reached"
    assert links.healthy("https://call.invalid") == "has a name that is not known here"


def test_links_that_work_here_only_are_worth_a_word_and_nothing_more():
    assert [check.verdict for check in looked().values()] == ["warn"]
    assert list(looked()) == ["links.local_only"]
    assert list(looked(ECM_SERVE_PUBLIC_URL="http://localhost:8440")) == ["links.local_only"]


def test_a_public_address_by_plain_http_is_bad():
    found = looked(False, ECM_SERVE_PUBLIC_URL="http://call.invalid")
    assert found["links.https"].verdict == "bad"


def test_an_address_that_does_not_answer_is_bad_only_while_the_service_runs():
    variables = {"ECM_SERVE_PUBLIC_URL": "https://call.invalid"}
    assert looked(True, **variables)["links.reachable"].verdict == "bad"
    assert looked(False, **variables)["links.reachable"].verdict == "unknown"


def test_an_address_that_answers_is_well(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(links, "healthy", lambda url: None)
    assert looked(True, ECM_SERVE_PUBLIC_URL="https://call.clinic.example")["links.reachable"].verdict == "ok"
