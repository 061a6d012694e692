"""The clinic's database: append-only streams, bodies beside them, and what is derived from both. SQL stays in here."""

from ecm_tui.service.store.protocol import (
    Answer,
    Append,
    Batch,
    Credential,
    Head,
    Link,
    Page,
    StaleError,
    Store,
    token_hash,
)
from ecm_tui.service.store.sqlite import SqliteStore, open_store

__all__ = [
    "Answer",
    "Append",
    "Batch",
    "Credential",
    "Head",
    "Link",
    "Page",
    "SqliteStore",
    "StaleError",
    "Store",
    "open_store",
    "token_hash",
]
