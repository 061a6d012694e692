"""Every error says who, what and the next step, and carries the exit code that the contract promises."""

import pytest

from ecm_tui import errors
from ecm_tui.errors import (
    ConfigError,
    DamagedError,
    EcmError,
    LockedError,
    NewerDatabaseError,
    PortInUseError,
    ReadOnlyError,
    RefusedError,
    ServiceRunningError,
    StoreError,
    UnreachableError,
    UsageError,
    WrongVersionError,
)


def test_exit_codes_are_those_of_the_contract():
    shown = {
        EcmError("x"): 1,
        UsageError("x"): 2,
        RefusedError("x"): 3,
        UnreachableError("x"): 4,
        WrongVersionError("x"): 4,
        ConfigError("file", "key", "is wrong."): 1,
    }
    assert {error: error.exit_code for error in shown} == shown


def test_a_refusal_carries_the_code_of_its_rule():
    refused = RefusedError("The call is full.", "full")
    assert (refused.code, refused.message, str(refused)) == ("full", "The call is full.", "The call is full.")
    assert RefusedError("No.").code == "not_allowed"
    assert RefusedError.code == "not_allowed"


@pytest.mark.parametrize(
    "error",
    [
        ServiceRunningError("/home/ann", 17, "http://127.0.0.1:8440"),
        PortInUseError("127.0.0.1", 8440),
        NewerDatabaseError("/data/clinic.sqlite", "0009"),
        LockedError("/data/clinic.sqlite"),
        ReadOnlyError("/data/clinic.sqlite", "no space left on device"),
        DamagedError("/data/clinic.sqlite", "page 7 is torn"),
    ],
)
def test_errors_of_the_house_name_the_thing_and_a_way_on(error: EcmError):
    assert error.message.count(". ") >= 1 and error.message.endswith(".")
    assert any(part in error.message for part in ("/home/ann", "8440", "/data/clinic.sqlite"))
    assert type(error).__name__ not in error.message
    assert error.exit_code == 1


def test_store_errors_can_be_caught_as_one():
    for kind in (NewerDatabaseError, LockedError, ReadOnlyError, DamagedError):
        assert issubclass(kind, StoreError)


def test_the_drawn_tree_names_every_error_with_its_exit_code():
    drawn = {
        words[words.index("exit") - 1]: int(words[words.index("exit") + 1])
        for words in (line.split() for line in (errors.__doc__ or "").splitlines())
        if "exit" in words
    }
    real = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, EcmError)
    }
    assert drawn == real
