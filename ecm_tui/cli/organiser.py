"""`ecm-tui organiser ...`: who works here, and the tokens by which they come."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

import click

from ecm_tui.cli.output import json_option, print_json, print_line, print_rows, warn
from ecm_tui.cli.reach import ask
from ecm_tui.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.core.clinic import AccountRole

ONCE = (
    "This token is shown once. Its owner keeps it in a file that nobody else can read (chmod 600): "
    "`ecm-tui --token-file FILE`, or the file `token` beside config.toml for a service elsewhere."
)


@click.group(no_args_is_help=True)
def organiser() -> None:
    """Accounts for several people, and the tokens by which they come.

    \b
    ecm-tui organiser add "Dr Lee"
    ecm-tui organiser token "Dr Lee" > lee.token
    ecm-tui --token-file lee.token

    A clerk does all but picture, sound, screenshots and accounts. An observer looks and does nothing. Whoever runs the
    service has an account already and needs no token on this computer.
    """


@organiser.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["organiser", "clerk", "observer"]),
    default="organiser",
    show_default=True,
    help="What the account may do.",
)
@json_option
def add(name: str, role: str, as_json: bool) -> None:
    """Give somebody an account. Their name signs what they do, so nobody else's may read like it."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        from ecm_tui.core.clinic import CLINIC, AddAccount

        account = "o" + uuid.uuid4().hex
        await line.send(CLINIC, AddAccount(account_id=account, name=name, role=cast("AccountRole", role)))
        return next(_short(each) for each in await _accounts(line) if each["id"] == account)

    made = ask(job)
    if as_json:
        print_json(made)
    else:
        print_line(f"{made['name']} has an account now, as {made['role']}.")


@organiser.command()
@click.argument("name")
@json_option
def token(name: str, as_json: bool) -> None:
    """Print a new token for an account, this once. NAME is a name or an id; earlier tokens stay good."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        from ecm_tui.core.clinic import CLINIC, IssueToken

        account = await _account(line, name)
        result = (await line.send(CLINIC, IssueToken(account_id=account["id"]))).result
        if "token" not in result:
            raise UnreachableError("The line was lost before the token was here. Run the command again for another.")
        return {**_short(account), "token_id": result["token_id"], "token": result["token"]}

    made = ask(job)
    if as_json:
        print_json(made)
    else:
        print_line(made["token"])
        warn(ONCE)


@organiser.command()
@click.argument("name")
@json_option
def revoke(name: str, as_json: bool) -> None:
    """Make every token of an account open nothing any more; who is connected by one is cut off at once."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        from ecm_tui.core.clinic import CLINIC, RevokeTokens

        account = await _account(line, name)
        result = (await line.send(CLINIC, RevokeTokens(account_id=account["id"]))).result
        return {**_short(account), "revoked": result["revoked"]}

    done = ask(job)
    if as_json:
        print_json(done)
    else:
        print_line(f"{done['name']} has no token any more. Revoked: {done['revoked']}.")


@organiser.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Who has an account, as what, and how many tokens."""

    async def job(line: ServiceClient) -> list[dict[str, Any]]:
        return await _accounts(line)

    found = ask(job)
    if as_json:
        print_json(found)
    else:
        print_rows([[each["name"], each["role"], f"tokens: {each['tokens']}", each["id"]] for each in found])


async def _accounts(line: ServiceClient) -> list[dict[str, Any]]:
    return list((await line.query("accounts"))["accounts"])


async def _account(line: ServiceClient, name: str) -> dict[str, Any]:
    """The account of that id or name; case, accents and spaces of a name do not count."""
    from ecm_tui.core.text import search_key

    for each in await _accounts(line):
        if each["id"] == name or search_key(each["name"]) == search_key(name):
            return each
    raise RefusedError("Nobody has an account of this name. `ecm-tui organiser list` shows who has.", "no_such_account")


def _short(account: dict[str, Any]) -> dict[str, Any]:
    return {key: account[key] for key in ("id", "name", "role")}
