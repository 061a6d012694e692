"""Addresses of files, and what a server's refusal means in words. No word here repeats a name or password."""

from __future__ import annotations

import ipaddress
import socket
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

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

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
    """Where a redirect of the server `first` leads. It may lead no nearer to us than `first` is. Blocks.

    Raises RefusedError as `parts_of`, and for an address of this computer or of a private network, where `first` is not
    of the same: what only we may read would be shared with everyone in the call.
    """
    parts = parts_of(url)
    if parts.hostname != first.hostname and (near := _nearness(parts)) > _nearness(first):
        whose = "of a private network" if near == 1 else "of this very computer"
        raise bad(f"{host_of(first)} sends us to an address {whose}. Nothing was shared.")
    return parts


def _nearness(parts: SplitResult) -> int:
    """0 for a server of the public network, 1 for one of a private network, 2 for this computer.

    The name is looked up once more for the connection, and may be someone else's then; but that one would have to show
    the certificate of the name, for nothing but https leaves this computer.
    """
    found = addresses(parts.hostname or "")
    return (
        2
        if any(each.is_loopback or each.is_unspecified for each in found)
        else int(any(not each.is_global for each in found))
    )


def addresses(host: str) -> list[Address]:
    """All that the name stands for; nothing when nobody knows it, and then nobody gets there."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    known = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    return [getattr(each, "ipv4_mapped", None) or each for each in known]


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
