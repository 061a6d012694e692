"""The tables, as SQLAlchemy Core knows them. Only the migrations make or change them; a test compares the two.

`entries` and `bodies` are the truth, `heads` counts them, everything below is derived or lives for a while.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, false

REVISION = "0003"
"""The newest migration; a database at this revision is opened without alembic."""

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("stream", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC, exactly as hashed"),
    Column("role", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("data", Text, nullable=False, comment="canonical JSON of the sealed event"),
    Column("hash", String(64), nullable=False),
)
"""What happened: append-only, chained by hashes within each stream."""

bodies = Table(
    "bodies",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("stream", String(64), nullable=False),
    Column("seq", Integer, nullable=False, comment="the entry that names this body"),
    Column("salt", LargeBinary(16), nullable=False),
    Column("content", Text, nullable=False),
    Index("bodies_by_entry", "stream", "seq"),
)
"""What people wrote. Retention deletes rows here; the streams still verify."""

heads = Table(
    "heads",
    metadata,
    Column("stream", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Length and newest hash of each stream; the row that an append must find unchanged."""

answers = Table(
    "answers",
    metadata,
    Column("actor", String(64), primary_key=True),
    Column("command_id", String(64), primary_key=True),
    Column("stream", String(64), nullable=False),
    Column("command", String(32), nullable=False, comment="the command's type on the wire"),
    Column("at", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("answer", Text, nullable=False, comment="JSON; may quote names, so rows live for a day only"),
    Index("answers_by_time", "at"),
)
"""The first answer to each command that had an id, refusals too."""

links = Table(
    "links",
    metadata,
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the token, hexadecimal"),
    Column("appointment", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("link", Integer, nullable=False),
)
"""Whose link a token is. Whether that link still opens is for `core.decide.link_opens`."""

credentials = Table(
    "credentials",
    metadata,
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the secret, hexadecimal"),
    Column("visit", String(64), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("appointment", String(64), nullable=False),
    Column("holder", String(64), nullable=False, comment="person or organiser id"),
    Column("created", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("expires", BigInteger, nullable=True),
    Column("link", Integer, nullable=False, server_default="0", comment="number of the link it was traded for"),
    Index("credentials_by_holder", "appointment", "holder"),
)
"""Sessions of pages and windows, one-use links and tokens; never a secret itself."""

summaries = Table(
    "summaries",
    metadata,
    Column("appointment", String(64), primary_key=True),
    Column("seq", Integer, nullable=False, comment="newest entry that the row knows"),
    Column("at", BigInteger, nullable=False, comment="microseconds since 1970, UTC"),
    Column("search", Text, nullable=False, comment="search keys of patient name and patient ID, one a line"),
    Column("row", Text, nullable=False, comment="JSON of core.schedule.Summary"),
    Column("erased", Boolean, nullable=False, server_default=false()),
    Index("summaries_by_time", "at"),
    Index("summaries_kept", "erased", "at"),
)
"""The Schedule's rows, written with the events they follow from; rebuilt where absent."""

erasures = Table("erasures", metadata, Column("appointment", String(64), primary_key=True))
"""Appointments whose texts were erased and whose stills and files may still be on the disk."""
