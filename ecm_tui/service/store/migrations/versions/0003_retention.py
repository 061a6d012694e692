"""Rows of the Schedule know whether their content was erased, and what of an erasure is still to be done is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("summaries", sa.Column("erased", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("summaries_kept", "summaries", ["erased", "at"])
    op.create_table("erasures", sa.Column("appointment", sa.String(64), primary_key=True))
