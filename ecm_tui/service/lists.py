"""What a line of a list would become, before it is imported: by the same rules, and nothing happens (E10)."""

from __future__ import annotations

from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core.clinic import Account
from ecm_tui.core.wire import WireError, decode_command
from ecm_tui.errors import RefusedError
from ecm_tui.service.contacts import Contacts
from ecm_tui.service.logins import actor_of
from ecm_tui.service.streams import Streams


async def foreseen(streams: Streams, contacts: Contacts, account: Account, data: object) -> dict[str, Any]:
    """The result that the command `import` in JSON would have now. Raises RefusedError as the command itself would."""
    try:
        command = contacts.checked(decode_command(data))
    except WireError as error:
        raise RefusedError(f"{error}.", "bad_message") from error
    if not isinstance(command, c.Import):
        raise RefusedError("Only the lines of a list can be tried.", "bad_message")
    return dict((await streams.tried("", command, actor_of(account))).result)
