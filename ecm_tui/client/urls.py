"""Addresses of files, and what a server's refusal means in words. No word here repeats a name or password."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from ecm_tui.client.address import LOOPBACK
from ecm_tui.core.text import clean
from ecm_tui.errors import RefusedError

PACKAGES = {
    "sftp": "'ecm-tui[remote]'",
    "ssh": "'ecm-tui[remote]'",
    "webdav": "'ecm-tui[remote]'",
    "webdavs": "'ecm-tui[remote]'",
    "s3": "fsspec s3fs",
}
"""Schemes that need more than is always installed, and what pip calls it."""

_SAYS = {
    401: "asks for a password. Write it into the address as {scheme}://USER:PASSWORD@…, or fetch the file another way",
    403: "does not give this file to you. Fetch it another way",
    404: "has no such file. Look at the address again",
    407: "is behind a proxy that asks for a password",
    410: "has this file no more",
    429: "asks to wait. Try again in a minute",
}


def is_url(text: str) -> bool:
    """Whether what somebody typed is meant as an address and not as a path."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and scheme.isalnum()


def parts_of(url: str) -> SplitResult:
    """The address taken apart. Raises RefusedError for what is none, or would let others read along."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise bad("This is no address. One looks like https://files.example/letter.pdf.") from error
    if parts.scheme == "file":
        raise bad("A file of this computer is given by its path, without file: in front.")
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not (secure or parts.scheme in PACKAGES):
        plain = " http would let others read along." if parts.scheme == "http" else ""
        raise bad(f"Files come by https, sftp, webdav or s3.{plain} Give such an address, or a file of this computer.")
    if not parts.hostname:
        raise bad("The address names no server.")
    return parts


def onward(url: str, first: SplitResult) -> SplitResult:
    """Where a redirect of the server `first` leads. Raises RefusedError as `parts_of`, and for this very computer."""
    parts = parts_of(url)
    if parts.hostname in LOOPBACK and first.hostname not in LOOPBACK:
        # What only this computer may read would be shared with everyone in the call.
        raise bad(f"{host_of(first)} sends us to an address of this very computer. Nothing was shared.")
    return parts


def host_of(parts: SplitResult) -> str:
    """The server as a sentence names it."""
    return clean(parts.hostname or "The server", 100)


def refusal(status: int, parts: SplitResult) -> str:
    """A sentence about an HTTP status that brings no file."""
    says = _SAYS.get(status, f"answered with an error ({status}). Try again later").format(scheme=parts.scheme)
    if status == 401 and parts.username:
        says = "does not take this name and password. Look at both again"
    return f"{host_of(parts)} {says}."


def bad(message: str) -> RefusedError:
    return RefusedError(message, "bad_address")
