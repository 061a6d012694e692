"""Email addresses and mobile numbers, checked and written in one way at the door, before a command is decided."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import TypeVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from msgspec import structs

from ecm_tui.core import commands as c
from ecm_tui.core.commands import Guest
from ecm_tui.errors import RefusedError

LOCAL_DOMAINS = frozenset({"test", "local"})
"""Endings that are no public domains but used inside clinics and for rehearsals."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How contacts are read here."""

    domains: tuple[str, ...] = ()
    """Mail domains of the house that the public internet does not know, besides `.test` and `.local` ones."""
    region: str = ""
    """Two letters, as `GB`: the country of numbers without `+`; empty when every number needs its country code."""

    def checked(self, command: T) -> T:
        """`command` with every contact in it in normal form. Raises RefusedError naming the field and the person."""
        if isinstance(command, c.Invite | c.EditPerson):
            return structs.replace(command, guest=self.guest(command.guest))
        if isinstance(command, c.Schedule | c.Import):
            guests = tuple(self._further(guest) for guest in command.guests)
            return structs.replace(command, patient=self.guest(command.patient), guests=guests)
        return command

    def _further(self, guest: Guest) -> Guest:
        """As `guest`; the refusal names who of several it is about."""
        try:
            return self.guest(guest)
        except RefusedError as error:
            raise RefusedError(f"{guest.name}: {error.message}", error.code) from error

    def guest(self, guest: Guest) -> Guest:
        """The guest with email and mobile in normal form. Raises RefusedError."""
        email, mobile = guest.email.strip(), guest.mobile.strip()
        return structs.replace(
            guest,
            email=email_address(email, self.domains) if email else "",
            mobile=mobile_number(mobile, self.region) if mobile else "",
        )


_STAND_IN = ".example.org"
"""Put behind a domain that the library refuses as not public, and taken away again."""


def email_address(text: str, domains: tuple[str, ...] = ()) -> str:
    """The address in normal form. Raises RefusedError `bad_email`."""
    inside = _inside(text, domains)
    try:
        address = validate_email(text + _STAND_IN if inside else text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise RefusedError(f"This email address is not valid. {error}", "bad_email") from error
    return address.removesuffix(_STAND_IN) if inside else address


def _inside(text: str, domains: tuple[str, ...]) -> bool:
    _, at, domain = text.rpartition("@")
    name = domain.lower()
    return bool(at) and (name.rpartition(".")[2] in LOCAL_DOMAINS or name in {one.lower() for one in domains})


def mobile_number(text: str, region: str = "") -> str:
    """The number as E.164, `+` and digits; without a known country its digits as they are, for the gateway to know.

    `00` stands for `+` where no country says how it writes it. Raises RefusedError `bad_mobile`.
    """
    try:
        number = phonenumbers.parse(text if region else re.sub(r"^\s*00", "+", text), region or None)
    except phonenumbers.NumberParseException as error:
        digits = re.sub(r"[\s().\-/]", "", text)
        if not region and re.fullmatch(r"[0-9]{6,15}", digits):
            return digits
        raise RefusedError("This is not a mobile number. Write it as in +44 7400 123456.", "bad_mobile") from error
    if not phonenumbers.is_possible_number(number):
        raise RefusedError("This mobile number is too short or too long.", "bad_mobile")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(timezone: str) -> str:
    """The country of an IANA zone, two letters, for numbers that name none; empty for UTC and its like."""
    try:
        table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    except (ModuleNotFoundError, OSError):
        return ""
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[0] for row in rows if len(row) > 2 and row[2] == timezone), "")
