"""A credential knows the link that it was traded for; of older ones nobody knows, so their links are opened again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("credentials", sa.Column("link", sa.Integer, nullable=False, server_default="0"))
