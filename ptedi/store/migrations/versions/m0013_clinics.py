"""The clinic of visits and claims in a column of its own: lists are filtered by it without reading documents."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("visits", "claims"):
        op.add_column(table, sa.Column("clinic_id", sa.String(length=64), nullable=False, server_default=""))
    found = ("json_extract_path_text(CAST(document AS json), 'clinic_id')" if op.get_bind().dialect.name == "postgresql"
             else "json_extract(document, '$.clinic_id')")  # fmt: skip
    op.execute(f"UPDATE visits SET clinic_id = COALESCE({found}, '')")
    op.execute("UPDATE claims SET clinic_id = (SELECT clinic_id FROM visits WHERE visits.id = claims.visit_row_id)")
    op.create_index("ix_claims_clinic_id_service_date", "claims", ["clinic_id", "service_date"])


def downgrade() -> None:
    """Loses nothing: the documents name the clinic."""
    op.drop_index("ix_claims_clinic_id_service_date", "claims")
    for table in ("claims", "visits"):
        op.drop_column(table, "clinic_id")
