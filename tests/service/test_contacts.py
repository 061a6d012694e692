"""Email addresses and mobile numbers at the door."""

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.commands import Guest
from ecm_tui.errors import RefusedError
from ecm_tui.service.contacts import Contacts, email_address, mobile_number, region_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ann@Example.ORG", "Ann@example.org"),
        ("ann@clinic.test", "ann@clinic.test"),
        ("ann@Ward.LOCAL", "ann@ward.local"),
        ("ann@a.example.org.test", "ann@a.example.org.test"),
        ("ann@house", "ann@house"),
    ],
)
def test_an_address_is_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert email_address(typed, ("house",)) == kept


@pytest.mark.parametrize("typed", ["ann", "ann@", "@example.org", "a b@example.org", "ann@home", "ann@x.invalid"])
def test_S28_what_is_no_address_is_refused_by_name(typed: str) -> None:
    with pytest.raises(RefusedError) as refused:
        email_address(typed)
    assert refused.value.code == "bad_email" and "email" in refused.value.message


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("+44 7400 123456", "", "+447400123456"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("079/123 45 67", "", "0791234567"),
        ("0044 7400 123456", "", "+447400123456"),
    ],
)
def test_a_number_is_kept_in_one_spelling(typed: str, region: str, kept: str) -> None:
    assert mobile_number(typed, region) == kept


@pytest.mark.parametrize("typed", ["nobody", "+44", "12", "+4474001234567890", "079 abc"])
def test_S28_what_is_no_number_is_refused_by_name(typed: str) -> None:
    with pytest.raises(RefusedError) as refused:
        mobile_number(typed, "CH" if typed == "12" else "")
    assert refused.value.code == "bad_mobile" and "mobile" in refused.value.message


def test_the_country_follows_from_the_clinics_zone() -> None:
    assert region_of("Europe/Zurich") == "CH"
    assert region_of("UTC") == ""


def test_every_person_of_a_new_appointment_is_looked_at() -> None:
    guests = (Guest(name="Bea", mobile="+44 7400 123456"), Guest(name="Cem", email="no"))
    command = c.Invite(guest=guests[0])
    assert Contacts().checked(command).guest.mobile == "+447400123456"
    with pytest.raises(RefusedError):
        Contacts().checked(c.Invite(guest=guests[1]))
    assert Contacts().checked(c.StartCall()) == c.StartCall()
