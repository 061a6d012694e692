"""The clinic's own stream: accounts, tokens, and the heads of finished calls, so that a cut tail is seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from ecm_tui.core.events import Name
from ecm_tui.core.log import Hidden, Recorded
from ecm_tui.core.message import Message
from ecm_tui.core.refused import Refused
from ecm_tui.core.text import confusable

CLINIC = "clinic"
"""The name of the clinic's stream."""

MOST_TOKENS = 32
"""Tokens of one account at once: a few computers and scripts; more means that nobody revokes any."""

AccountRole = Literal["organiser", "clerk", "observer"]


class AccountAdded(Message, frozen=True, kw_only=True):
    """Someone works here: an account with a role."""

    account_id: str
    name: Name
    role: AccountRole


class TokenIssued(Message, frozen=True, kw_only=True):
    """The account has one more token, of that public id; the token itself is in no log."""

    account_id: str
    token_id: str


class TokenRevoked(Message, frozen=True, kw_only=True):
    """The token opens nothing any more."""

    account_id: str
    token_id: str


class HeadNoted(Message, frozen=True, kw_only=True):
    """How long the stream of an appointment was, and its last hash, when its call ended."""

    appointment_id: str
    length: int
    head: str


class ContentExported(Message, frozen=True, kw_only=True):
    """The actor took a copy: of one appointment, or, with an empty id, of everything (a backup)."""

    appointment_id: str = ""


ClinicEvent = AccountAdded | TokenIssued | TokenRevoked | HeadNoted | ContentExported


class AddAccount(Message, frozen=True, kw_only=True):
    """Add an account of a name of its own; the same id again with the same name and role changes nothing."""

    account_id: str
    name: Name
    role: AccountRole = "organiser"


class IssueToken(Message, frozen=True, kw_only=True):
    """Give the account one more token; `token_id` is the service's to choose. Its earlier ones stay."""

    account_id: str
    token_id: str = ""


class RevokeTokens(Message, frozen=True, kw_only=True):
    """Make every token of the account open nothing any more, at once; the account stays."""

    account_id: str


class NoteHead(Message, frozen=True, kw_only=True):
    """Note the head of an appointment's stream."""

    appointment_id: str
    length: int
    head: str


class NoteExport(Message, frozen=True, kw_only=True):
    """Note that the actor takes a copy of an appointment; with an empty id, of everything."""

    appointment_id: str = ""


ClinicCommand = AddAccount | IssueToken | RevokeTokens | NoteHead | NoteExport


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
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Token id -> account id, for every token that opens something."""
    heads: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Appointment id -> (length, hash) as noted last."""

    def tokens_of(self, account_id: str) -> list[str]:
        """The ids of the account's tokens, oldest first."""
        return [token for token, account in self.tokens.items() if account == account_id]


def decide_clinic(was: Clinic, command: ClinicCommand) -> Sequence[ClinicEvent] | Refused:
    """What `command` does to the clinic; who may ask is for `rights.may`, called before."""
    match command:
        case AddAccount():
            return _add_account(was, command)
        case IssueToken():
            return _issue(was, command)
        case RevokeTokens():
            if command.account_id not in was.accounts:
                return _no_such_account()
            tokens = was.tokens_of(command.account_id)
            return [TokenRevoked(account_id=command.account_id, token_id=token) for token in tokens]
        case NoteHead():
            note = HeadNoted(appointment_id=command.appointment_id, length=command.length, head=command.head)
            return [] if was.heads.get(command.appointment_id) == (command.length, command.head) else [note]
        case NoteExport():
            return [ContentExported(appointment_id=command.appointment_id)]
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
    for other in was.accounts.values():  # names sign what is done: one that reads like another would sign for both
        if name == other.name or confusable(name, other.name):
            message = f"{name} could be taken for {other.name}, who has an account already. Choose another name."
            return Refused(code="account_exists", message=message)
    return [AccountAdded(account_id=account.id, name=name, role=account.role)]


def _issue(was: Clinic, command: IssueToken) -> Sequence[ClinicEvent] | Refused:
    account = was.accounts.get(command.account_id)
    if account is None:
        return _no_such_account()
    if not command.token_id or command.token_id in was.tokens:
        return Refused(code="bad_token_id", message="Each token needs an id of its own.")
    if len(was.tokens_of(account.id)) >= MOST_TOKENS:
        message = f"{account.name} has {MOST_TOKENS} tokens already. Revoke them before you make more."
        return Refused(code="too_many_tokens", message=message)
    return [TokenIssued(account_id=account.id, token_id=command.token_id)]


def _no_such_account() -> Refused:
    return Refused(code="no_such_account", message="There is no account with this id.")


def evolve_clinic(was: Clinic, record: Recorded) -> Clinic:
    """The clinic after one more recorded event."""
    event = record.event
    match event:
        case AccountAdded():
            account = Account(id=event.account_id, name=event.name, role=event.role)
            return replace(was, seq=record.seq, accounts={**was.accounts, account.id: account})
        case TokenIssued():
            return replace(was, seq=record.seq, tokens={**was.tokens, event.token_id: event.account_id})
        case TokenRevoked():
            left = {token: account for token, account in was.tokens.items() if token != event.token_id}
            return replace(was, seq=record.seq, tokens=left)
        case HeadNoted():
            heads = {**was.heads, event.appointment_id: (event.length, event.head)}
            return replace(was, seq=record.seq, heads=heads)
        case Hidden() | ContentExported():
            return replace(was, seq=record.seq)
        case _:
            raise TypeError(f"{type(event).__name__} does not belong to the clinic's stream")
