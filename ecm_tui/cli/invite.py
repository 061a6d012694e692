"""`ecm-tui invite ...`: invitations before they go out; and what commands say about those that have not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.output import LOCAL_ONLY, json_option, print_json, print_line, warn
from ecm_tui.cli.reach import ask

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient

CHANNELS = {"email": "email", "sms": "text message"}
"""How channels read."""


@click.group(no_args_is_help=True)
def invite() -> None:
    """Look at invitations as they would go out.

    \b
    ecm-tui invite preview ID      the patient's mail and text message
    Own words: files mail.txt, mail.html, subject.txt and sms.txt in `templates` beside the settings file.
    """


@invite.command()
@click.argument("id_", metavar="ID")
@click.option("--person", default="", metavar="PERSON", help="A person's id; the patient when left out.")
@click.option("--html", "as_html", is_flag=True, help="Print the mail's HTML and nothing else.")
@json_option
def preview(id_: str, person: str, as_html: bool, as_json: bool) -> None:
    """The mail and the text message as they would go out. Nothing is sent."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        return await line.query("invitation", id=id_, **({"person": person} if person else {}))

    shown = ask(job)
    email, sms = shown["email"], shown["sms"]
    if as_json:
        names = ("person", "email", "sms", "local_only", "wrong", "cannot_send")
        print_json({name: shown[name] for name in names})
    elif as_html:
        _print_lines(email["html"] if email else "")
    else:
        _print(email, sms)
    for wrong in shown["wrong"]:
        warn(wrong)
    _warn_of_channels(shown["cannot_send"], [name for name, there in (("email", email), ("sms", sms)) if there])
    if shown["local_only"]:
        warn(LOCAL_ONLY)


def warn_of_deliveries(deliveries: Iterable[Mapping[str, Any]]) -> None:
    """Say on standard error which sendings wait for something, or have failed."""
    for each in deliveries:
        if each["why"] and each["state"] != "sent":
            word = CHANNELS.get(each["channel"], each["channel"])
            stands = "failed" if each["state"] == "failed" else "stays queued"
            warn(f"The {word} {stands}: {each['why']}. The link can be copied and sent by hand.")


def _warn_of_channels(missing: Mapping[str, str], used: Iterable[str]) -> None:
    for channel in used:
        if channel in missing:
            warn(f"The {CHANNELS[channel]} would stay queued: {missing[channel]}.")


def _print(email: Mapping[str, Any] | None, sms: Mapping[str, Any] | None) -> None:
    if email:
        for name, value in email["headers"].items():
            print_line(f"{name}: {value}")
        print_line("")
        _print_lines(email["text"])
    if email and sms:
        print_line("-" * 40)
    if sms:
        print_line(f"Text message to {sms['to']}:")
        print_line("")
        print_line(sms["text"])


def _print_lines(text: str) -> None:
    for each in text.splitlines():
        print_line(each)
