"""`ecm-tui call ...`: what the keys of a session do, by the same rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.found import FIELDS
from ecm_tui.cli.invite import warn_of_deliveries
from ecm_tui.cli.output import LOCAL_ONLY, json_option, print_json, print_line, print_rows, warn
from ecm_tui.cli.reach import ask
from ecm_tui.cli.screenshot import screenshot
from ecm_tui.cli.talk import attach, note, say, upload_link
from ecm_tui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.core.commands import Command

WORDS = {
    "invited": "Invited",
    "waiting": "Waiting",
    "admitted": "In call",
    "left": "Left",
    "removed": "Removed",
    "disconnected": "Disconnected",
}
"""How the states of people read, as in the console."""


@click.group(no_args_is_help=True)
def call() -> None:
    """Start and end a call; admit, remove, mute and invite people; chat, notes, files.

    \b
    ecm-tui call start ID          ID is an appointment's, as `appointment list` prints it
    ecm-tui call people ID
    ecm-tui call admit ID PERSON   PERSON is a person's, as `call people` prints it
    """


for _each in (screenshot, say, note, attach, upload_link):
    call.add_command(_each)


@call.command()
@click.argument("id_", metavar="ID")
@json_option
def start(id_: str, as_json: bool) -> None:
    """Start the call. It admits nobody; on a running call it answers the same."""
    from ecm_tui.core.commands import StartCall

    _about_the_call(id_, StartCall(), "The call is running. `ecm-tui call people` shows who waits.", as_json)


@call.command()
@click.argument("id_", metavar="ID")
@json_option
def end(id_: str, as_json: bool) -> None:
    """End the call for everyone."""
    from ecm_tui.core.commands import EndCall

    _about_the_call(id_, EndCall(), "The call has ended for everyone.", as_json)


@call.command()
@click.argument("id_", metavar="ID")
@json_option
def people(id_: str, as_json: bool) -> None:
    """Who waits (longest first), who is in the call, who is invited, who was here."""

    async def job(line: ServiceClient) -> tuple[list[dict[str, Any]], bool]:
        return await _people(line, id_), line.local_only

    found, local_only = ask(job)
    if as_json:
        print_json(found)
        if local_only and found:
            warn(LOCAL_ONLY)
    elif found:
        print_rows([[_word(each), each["name"], each.get("description") or "", each["id"]] for each in found])


@call.command()
@click.argument("id_", metavar="ID")
@click.option("--name", required=True, metavar="N", help="The person's name.")
@click.option("--email", default="", metavar="E", help="Email address.")
@click.option("--mobile", default="", metavar="M", help="Mobile number; one of the two is needed.")
@click.option("--description", default="", metavar="D", help="Such as the job title.")
@json_option
def invite(id_: str, name: str, email: str, mobile: str, description: str, as_json: bool) -> None:
    """Invite one more person; prints the id and the join link."""
    if not (email.strip() or mobile.strip()):
        raise UsageError("The person needs an email address or a mobile number: --email or --mobile.")

    async def job(line: ServiceClient) -> tuple[dict[str, Any], str, bool]:
        from ecm_tui.core.commands import Guest, Invite

        guest = Guest(name=name, email=email, mobile=mobile, description=description)
        done = await line.send(id_, Invite(guest=guest))
        notice = str(done.result.get("notice") or "")
        return await _person(line, id_, str(done.result["person_id"])), notice, line.local_only

    invited, notice, local_only = ask(job)
    if as_json:
        print_json(invited)
    else:
        print_line(str(invited["id"]))
        print_line(str(invited["join_url"]))
    if notice:
        warn(notice)
    warn_of_deliveries(invited["deliveries"])
    if local_only:
        warn(LOCAL_ONLY)


@call.command()
@click.argument("id_", metavar="ID")
@click.argument("person")
@click.option("--new-link", is_flag=True, help="Make a new link first; the one before opens nothing any more.")
@json_option
def resend(id_: str, person: str, new_link: bool, as_json: bool) -> None:
    """Send someone's invitation again, by every channel there is a contact for."""

    async def job(line: ServiceClient) -> tuple[dict[str, Any], bool]:
        from ecm_tui.core.commands import ReplaceLink, SendInvitation

        if new_link:
            await line.send(id_, ReplaceLink(person_id=person))
        await line.send(id_, SendInvitation(person_id=person))
        return await _person(line, id_, person), line.local_only

    found, local_only = ask(job)
    if as_json:
        print_json(found)
    else:
        print_line(f"The invitation of {found['name']} is queued again.")
    warn_of_deliveries(found["deliveries"])
    if local_only:
        warn(LOCAL_ONLY)


def _person_command(name: str, about: str, said: str, make: Callable[[str], Command]) -> None:
    """Register `call NAME ID PERSON`; `said` is a sentence with NAME for the person's name."""

    @call.command(name, help=about)
    @click.argument("id_", metavar="ID")
    @click.argument("person")
    @json_option
    def _(id_: str, person: str, as_json: bool) -> None:
        async def job(line: ServiceClient) -> dict[str, Any]:
            await line.send(id_, make(person))
            return await _person(line, id_, person)

        found = ask(job)
        if as_json:
            print_json(found)
        else:
            print_line(said.replace("NAME", found["name"]))


def _admit(person: str) -> Command:
    from ecm_tui.core.commands import Admit

    return Admit(person_id=person)


def _disconnect(person: str) -> Command:
    from ecm_tui.core.commands import Disconnect

    return Disconnect(person_id=person)


def _remove(person: str) -> Command:
    from ecm_tui.core.commands import Remove

    return Remove(person_id=person)


def _hold(person: str) -> Command:
    from ecm_tui.core.commands import Hold

    return Hold(person_id=person)


def _mute(person: str) -> Command:
    from ecm_tui.core.commands import Mute

    return Mute(person_id=person)


def _ask_unmute(person: str) -> Command:
    from ecm_tui.core.commands import AskUnmute

    return AskUnmute(person_id=person)


def _revoke(person: str) -> Command:
    from ecm_tui.core.commands import ReplaceLink

    return ReplaceLink(person_id=person, revoke=True)


def _pin(person: str) -> Command:
    from ecm_tui.core.commands import ChooseView

    return ChooseView(pinned=person)


def _silence(person: str) -> Command:
    from ecm_tui.core.commands import Silence

    return Silence(person_id=person)


def _unsilence(person: str) -> Command:
    from ecm_tui.core.commands import Silence

    return Silence(person_id=person, on=False)


_person_command("admit", "Let a waiting person into the call.", "NAME is in the call.", _admit)
_person_command("disconnect", "Disconnect someone from the waiting room.", "NAME was disconnected.", _disconnect)
_person_command("remove", "Remove someone from the call.", "NAME was removed from the call.", _remove)
_person_command("hold", "Put someone back in the waiting room.", "NAME is back in the waiting room.", _hold)
_person_command("mute", "Mute someone in the call.", "NAME is muted.", _mute)
_person_command("unmute", "Ask a muted person to speak again.", "NAME is asked to speak again.", _ask_unmute)
_person_command("revoke", "Take someone's link back: it opens nothing any more.", "NAME's link was revoked.", _revoke)
_person_command("silence", "Close the chat for someone; they still read it.", "NAME cannot write now.", _silence)
_person_command("unsilence", "Open the chat for someone again.", "NAME can write again.", _unsilence)
_person_command("pin", "Pin someone in your video window.", "NAME is pinned.", _pin)


def _about_the_call(id_: str, command: Command, said: str, as_json: bool) -> None:
    async def job(line: ServiceClient) -> dict[str, Any]:
        await line.send(id_, command)
        return await line.query("appointment", id=id_)

    found = ask(job)
    if as_json:
        print_json({name: found.get(name) for name in FIELDS})
    else:
        print_line(said)


async def _people(line: ServiceClient, id_: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await line.query("people", id=id_))["people"]
    return found


async def _person(line: ServiceClient, id_: str, person: str) -> dict[str, Any]:
    for each in await _people(line, id_):
        if each["id"] == person:
            return each
    raise RefusedError("Nobody in this appointment has this id.", "no_such_person")


def _word(person: dict[str, Any]) -> str:
    if person.get("taken_out"):
        return "Taken out"
    there = person["state"] in ("waiting", "admitted")
    return "Reconnecting" if there and not person["connected"] else WORDS.get(person["state"], person["state"])
