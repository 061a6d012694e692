"""The clinic's own stream."""

import pytest

from ecm_tui.core.clinic import (
    MOST_TOKENS,
    Account,
    AddAccount,
    Clinic,
    ContentExported,
    IssueToken,
    NoteExport,
    NoteHead,
    RevokeTokens,
    TokenRevoked,
    decide_clinic,
    evolve_clinic,
)
from ecm_tui.core.commands import Refused
from ecm_tui.core.events import CallStarted
from ecm_tui.core.log import SERVICE, Hidden, Recorded
from tests.core.session import TUESDAY


def after(was: Clinic, command: object) -> Clinic:
    decision = decide_clinic(was, command)
    assert not isinstance(decision, Refused)
    for event in decision:
        was = evolve_clinic(was, Recorded(seq=was.seq + 1, at=TUESDAY, actor=SERVICE, event=event))
    return was


def test_an_account_is_added_once_and_never_overwritten():
    clinic = after(Clinic(), AddAccount(account_id="o1", name=" Dr Lee "))
    assert clinic.accounts == {"o1": Account(id="o1", name="Dr Lee", role="organiser")}
    assert decide_clinic(clinic, AddAccount(account_id="o1", name="Dr Lee")) == []
    refused = decide_clinic(clinic, AddAccount(account_id="o1", name="Mallory"))
    assert isinstance(refused, Refused)
    assert refused.code == "account_exists"
    nameless = decide_clinic(clinic, AddAccount(account_id="o2", name="  "))
    assert isinstance(nameless, Refused)
    assert nameless.code == "name_required"


def code(was: Clinic, command: object) -> str:
    decision = decide_clinic(was, command)
    return decision.code if isinstance(decision, Refused) else ""


@pytest.mark.parametrize("name", ["Dr Lee", "dr. lee", "Dr Lее", "Dr Léе"])
def test_U2_no_two_accounts_sign_alike(name: str):
    clinic = after(Clinic(), AddAccount(account_id="o1", name="Dr Lee"))
    refused = decide_clinic(clinic, AddAccount(account_id="o2", name=name))
    assert isinstance(refused, Refused)
    assert refused.code == "account_exists"
    assert "Dr Lee, who has an account already" in refused.message
    numbers = after(Clinic(), AddAccount(account_id="o1", name="--"))
    assert code(numbers, AddAccount(account_id="o2", name="--")) == "account_exists"


def test_U2_tokens_of_an_account_add_up_and_are_revoked_together():
    clinic = after(Clinic(), AddAccount(account_id="o1", name="Dr Lee"))
    clinic = after(clinic, AddAccount(account_id="o2", name="Nurse Roy"))
    for command in (("o1", "t1"), ("o2", "t2"), ("o1", "t3")):
        clinic = after(clinic, IssueToken(account_id=command[0], token_id=command[1]))
    assert clinic.tokens_of("o1") == ["t1", "t3"]
    assert decide_clinic(clinic, RevokeTokens(account_id="o1")) == [
        TokenRevoked(account_id="o1", token_id="t1"),
        TokenRevoked(account_id="o1", token_id="t3"),
    ]
    clinic = after(clinic, RevokeTokens(account_id="o1"))
    assert clinic.tokens == {"t2": "o2"}
    assert decide_clinic(clinic, RevokeTokens(account_id="o1")) == []
    assert clinic.accounts["o1"].name == "Dr Lee"


def test_a_token_needs_an_account_an_id_of_its_own_and_room():
    assert code(Clinic(), IssueToken(account_id="o1", token_id="t")) == "no_such_account"
    assert code(Clinic(), RevokeTokens(account_id="o1")) == "no_such_account"
    clinic = after(Clinic(), AddAccount(account_id="o1", name="Dr Lee"))
    assert code(clinic, IssueToken(account_id="o1")) == "bad_token_id"
    for number in range(MOST_TOKENS):
        clinic = after(clinic, IssueToken(account_id="o1", token_id=f"t{number}"))
    assert code(clinic, IssueToken(account_id="o1", token_id="t0")) == "bad_token_id"
    assert code(clinic, IssueToken(account_id="o1", token_id="t99")) == "too_many_tokens"


def test_the_newest_head_of_a_stream_counts():
    clinic = after(Clinic(), NoteHead(appointment_id="a1", length=3, head="abc"))
    clinic = after(clinic, NoteHead(appointment_id="a1", length=5, head="def"))
    assert clinic.heads == {"a1": (5, "def")}
    assert decide_clinic(clinic, NoteHead(appointment_id="a1", length=5, head="def")) == []


def test_every_copy_that_is_taken_is_told_again():
    clinic = Clinic()
    for command in (NoteExport(appointment_id="a1"), NoteExport(appointment_id="a1"), NoteExport()):
        assert decide_clinic(clinic, command) == [ContentExported(appointment_id=command.appointment_id)]
        clinic = after(clinic, command)
    assert clinic == Clinic(seq=clinic.seq)


def test_a_hidden_event_only_counts_and_a_foreign_one_is_an_error():
    assert evolve_clinic(Clinic(), Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=Hidden())).seq == 1
    with pytest.raises(TypeError, match="CallStarted"):
        evolve_clinic(Clinic(), Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=CallStarted()))
