"""Keeps a draft on the disk while it is being written: soon after each letter, off the loop, and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ecm_tui.console.drafts import Draft, Drafts, Kind, Text

KEEP_SECONDS = 1.0
"""From a letter to the disk; what a crash can cost."""


class Keeper:
    """One draft and the text that is being written into it."""

    def __init__(self, draft: Draft, tell: Callable[[str], None]) -> None:
        """`tell` is called with a sentence when the disk takes nothing."""
        self.now = draft.now
        self.draft = draft
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    def write(self, text: str) -> None:
        """The text is this now."""
        if text != self.now.text:
            self.put(replace(self.now, text=text))

    def put(self, now: Text) -> None:
        """The draft is this now, and will soon be on the disk."""
        self.now = now
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._soon())

    @property
    def on_disk(self) -> bool:
        """Whether the disk has what is written now."""
        return self.draft.now == self.now

    async def flush(self) -> None:
        """Wait until the disk has what is written now, or has refused it."""
        await self._keep()

    def close(self) -> None:
        """Write what is not written, at once, and let others have the draft."""
        if self._task is not None:
            self._task.cancel()
        try:
            if not self.on_disk:
                self.draft.keep(self.now)
        except OSError as error:
            self._tell(_sentence(error))
        self.draft.close()

    async def _soon(self) -> None:
        await asyncio.sleep(KEEP_SECONDS)
        await self._keep()

    async def _keep(self) -> None:
        while not self.on_disk:
            try:
                await asyncio.to_thread(self.draft.keep, self.now)
            except OSError as error:
                self._tell(_sentence(error))
                return


def keeper(
    drafts: Drafts, kind: Kind, appointment: str, account: str, tell: Callable[[str], None], name: str = ""
) -> Keeper:
    """The draft that waits there, open; where none can be kept, that is told, and it can be written all the same."""
    try:
        draft = drafts.open(kind, appointment, account, name)
    except OSError as error:
        tell(_sentence(error))
        draft = Draft(None, -1, drafts.fresh())
    return Keeper(draft, tell)


def _sentence(error: OSError) -> str:
    why = error.strerror or str(error)
    return f"The draft cannot be kept on this computer: {why}. Do not close the console before you have sent it."
