"""The clinic's own stream: accounts, and the heads of finished calls, so that a cut tail is seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from ecm_tui.core.commands import Refused
from ecm_tui.core.events import Name
from ecm_tui.core.log import Hidden, Recorded

CLINIC = "clinic"
"""The name of the clinic's stream."""

AccountRole = Literal["organiser", "clerk", "observer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAdded:
    """Someone works here: an account with a role."""

    account_id: str
    name: Name
    role: AccountRole


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadNoted:
    """How long the stream of an appointment was, and its last hash, when its call ended."""

    appointment_id: str
    length: int
    head: str


ClinicEvent = AccountAdded | HeadNoted


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAccount:
    """Add an account; the same id again with the same name and role changes nothing."""

    account_id: str
    name: Name
    role: AccountRole = "organiser"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteHead:
    """Note the head of an appointment's stream."""

    appointment_id: str
    length: int
    head: str


ClinicCommand = AddAccount | NoteHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Someone who works here."""

    id: str
    name: str
    role: AccountRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """The whole truth of the clinic's stream."""

    seq: int = 0
    accounts: Mapping[str, Account] = field(default_factory=dict)
    heads: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Appointment id -> (length, hash) as noted last."""


def decide_clinic(was: Clinic, command: ClinicCommand) -> Sequence[ClinicEvent] | Refused:
    """What `command` does to the clinic; who may ask is for `rights.may`, called before."""
    match command:
        case AddAccount():
            return _add_account(was, command)
        case NoteHead():
            note = HeadNoted(appointment_id=command.appointment_id, length=command.length, head=command.head)
            return [] if was.heads.get(command.appointment_id) == (command.length, command.head) else [note]
        case _:
            assert_never(command)


def _add_account(was: Clinic, command: AddAccount) -> Sequence[ClinicEvent] | Refused:
    name = command.name.strip()
    if not name:
        return Refused(code="name_required", message="An account needs a name.")
    account = Account(id=command.account_id, name=name, role=command.role)
    known = was.accounts.get(account.id)
    if known == account:
        return []
    if known:
        return Refused(code="account_exists", message=f"The account {account.id} exists already, as {known.name}.")
    return [AccountAdded(account_id=account.id, name=name, role=account.role)]


def evolve_clinic(was: Clinic, record: Recorded) -> Clinic:
    """The clinic after one more recorded event."""
    event = record.event
    match event:
        case AccountAdded():
            account = Account(id=event.account_id, name=event.name, role=event.role)
            return replace(was, seq=record.seq, accounts={**was.accounts, account.id: account})
        case HeadNoted():
            heads = {**was.heads, event.appointment_id: (event.length, event.head)}
            return replace(was, seq=record.seq, heads=heads)
        case Hidden():
            return replace(was, seq=record.seq)
        case _:
            raise TypeError(f"{type(event).__name__} does not belong to the clinic's stream")
