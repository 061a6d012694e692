"""Addresses as headers and envelopes need them: one line, and a domain that every mail server can read."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address, AddressHeader

import idna

from ecm_tui.core.text import clean


def sender_of(text: str) -> Address:
    """The setting `mail.sender` as one address. Raises ValueError with a sentence."""
    wrong = f'mail.sender is not an address as in "Lakeside Practice <no-reply@clinic.example>": {text}'
    found: dict[str, object] = {}
    try:
        AddressHeader.parse(text, found)
    except (HeaderParseError, IndexError, ValueError) as error:
        raise ValueError(wrong) from error
    groups = found.get("groups")
    addresses = [one for group in groups for one in group.addresses] if isinstance(groups, list) else []
    if len(addresses) != 1 or not addresses[0].domain or found.get("defects"):
        raise ValueError(wrong)
    only = addresses[0]
    return Address(display_name=one_line(only.display_name), username=only.username, domain=ascii_domain(only.domain))


def recipient(name: str, email: str) -> Address:
    """Whom a letter is for; the domain is ASCII, what is before the `@` may not be."""
    user, _, domain = email.rpartition("@")
    return Address(display_name=one_line(name), username=user, domain=ascii_domain(domain))


def one_line(text: str) -> str:
    """A value for a header. The gate has been here before; a header is no place to rely on that."""
    return " ".join(clean(text, 200).split())


def ascii_domain(domain: str) -> str:
    """The domain as the domain name system knows it."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
