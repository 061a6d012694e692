"""Who asks: an account, known by the user at the other end of the unix socket or by a token. Only hashes are kept.

A token counts while the clinic's stream says so; a row of the database alone opens nothing. It is looked up by its
SHA-256, so that how long a comparison takes tells of the hash of a guess and nothing of any token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from ecm_tui.core.clinic import Account, ClinicCommand, IssueToken, TokenRevoked
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.core.rights import may
from ecm_tui.errors import EcmError, RefusedError, TooManyTriesError
from ecm_tui.service.collect import Done
from ecm_tui.service.limits import LinkTries
from ecm_tui.service.secrets import new_credential, new_id
from ecm_tui.service.store import Credential
from ecm_tui.service.streams import Streams

LOCAL_ACCOUNT = "o-local"
"""The organiser whom the unix socket stands for: the user whose service this is."""

TOKEN = "account"
"""The kind of credential that a token is."""

SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 bits in URL-safe base64; whatever looks otherwise is not even looked up."""

REVOKED = "Your token was revoked. Ask an organiser of the clinic for a new one."


@dataclass(frozen=True, slots=True)
class Login:
    """Who a connection or a request is, as it proved; whether that still holds is asked again for each act."""

    account: str
    token: str = ""
    """The token's public id; empty for the user of the unix socket."""


def actor_of(account: Account) -> Actor:
    """The account as it acts."""
    return Actor(role=account.role, id=account.id, name=account.name)


class Logins:
    """Every account's ways in."""

    def __init__(self, streams: Streams, tries: LinkTries) -> None:
        self._streams = streams
        self._tries = tries

    async def from_network(self, secret: str, address: str) -> Login | None:
        """Whose token this is. Wrong ones are counted by address; a right one is never held up by others' guesses.

        Raises `TooManyTriesError`.
        """
        login = await self.by_token(secret)
        if login is None:
            if self._tries.exhausted(address):
                raise TooManyTriesError("Too many wrong tokens came from your address. Wait a minute.")
            self._tries.count(address)
        return login

    async def by_token(self, secret: str) -> Login | None:
        """Whose token this is; None for wrong, revoked and malformed ones alike."""
        if not SHAPE.fullmatch(secret):
            return None
        credential = await self._streams.store.find_credential(secret, self._streams.sources.clock())
        if credential is None or credential.kind != TOKEN:
            return None
        login = Login(credential.holder, credential.visit)
        return login if self.account(login) else None

    def account(self, login: Login) -> Account | None:
        """The account as it is now; None when the token was revoked meanwhile."""
        clinic = self._streams.clinic_now
        if login.token and clinic.tokens.get(login.token) != login.account:
            return None
        return clinic.accounts.get(login.account)

    def has_a_way_in(self, account: str) -> bool:
        """Whether anyone can still come as this account: its windows live no longer than that."""
        clinic = self._streams.clinic_now
        return account in clinic.accounts and (account == LOCAL_ACCOUNT or bool(clinic.tokens_of(account)))

    async def execute(self, login: Login, stream: str, command: ClinicCommand, command_id: str) -> Done:
        """Carry out a command about accounts. Raises RefusedError or StoreError.

        The answer to IssueToken holds the new `token`, this once: what is kept for a repeat knows its id only.
        """
        account = self.account(login)
        if account is None:
            raise RefusedError(REVOKED, "not_allowed")
        actor = actor_of(account)
        if isinstance(command, IssueToken):
            return await self._issue(login, actor, stream, command, command_id)
        done = await self._streams.execute(stream, command, actor, command_id, login.token)
        for token in revoked(done.events):
            await self._streams.store.drop_credential(token)
        return done

    async def _issue(self, login: Login, actor: Actor, stream: str, command: IssueToken, command_id: str) -> Done:
        secret, token = new_credential(), new_id("t")
        command = structs.replace(command, token_id=token)
        if refused := may(actor, command):
            raise RefusedError(refused.message, refused.code)
        store, now = self._streams.store, self._streams.sources.clock()
        await store.add_credential(secret, Credential(visit=token, kind=TOKEN, holder=command.account_id, created=now))
        try:
            done = await self._streams.execute(stream, command, actor, command_id, login.token)
        except EcmError:
            await store.drop_credential(token)
            raise
        if done.result["token_id"] != token:  # an answer was lost and the command repeated
            await store.drop_credential(token)
            return done
        return replace(done, result={**done.result, "token": secret})


def revoked(records: Sequence[Recorded]) -> list[str]:
    """The ids of the tokens that these records revoke."""
    return [record.event.token_id for record in records if isinstance(record.event, TokenRevoked)]
