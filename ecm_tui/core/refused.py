"""Why nothing happened, for programs and for people; and whose act came first where two acted at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why nothing happened: a stable `code` for programs and a whole sentence for people."""

    code: str
    message: str
    by: str = ""
    """Id of the account whose act came first; empty when it was nobody's. Ids say nothing to people: see `told`."""
    did: str = ""
    """What that account did, as in "admitted them"."""

    def told(self, name: str) -> Refused:
        """The same with the name of who was first in the message, for whoever was second; "" leaves it as it is."""
        if not (name and self.by and self.did):
            return Refused(code=self.code, message=self.message)
        return Refused(code=self.code, message=f"{self.message.removesuffix('.')}: {name} {self.did}.")
