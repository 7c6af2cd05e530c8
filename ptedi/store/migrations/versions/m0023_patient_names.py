"""Patients can be found by name: the names that visits gave, in a narrow table of their own."""

from datetime import date

import sqlalchemy as sa
from alembic import op

from ptedi.store.patients import folded

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_PARTS = (("name", "last"), ("name", "first"), ("birth_date",))


def upgrade() -> None:
    """Reads the names out of the visits that are there."""
    made = op.create_table(
        "patient_names",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=60), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("folded", sa.String(length=124), nullable=False),
        sa.UniqueConstraint("patient_id", "last_name", "first_name", "birth_date"),
    )  # fmt: skip
    op.create_index("ix_patient_names_folded_id", "patient_names", ["folded", "id"])
    visits, bind = sa.table("visits", sa.column("patient_id"), sa.column("document")), op.get_bind()
    if bind.dialect.name == "postgresql":
        document = sa.cast(visits.c.document, sa.JSON)
        values = [sa.func.json_extract_path_text(document, "patient", *path) for path in _PARTS]
    else:
        values = [sa.func.json_extract(visits.c.document, ".".join(("$.patient", *path))) for path in _PARTS]
    found = {(row[0], row[1][:60], row[2][:60], row[3])
             for row in bind.execute(sa.select(visits.c.patient_id, *values).distinct())}  # fmt: skip
    op.bulk_insert(made, [
        {"patient_id": patient, "last_name": last, "first_name": first, "birth_date": date.fromisoformat(born),
         "folded": folded(last, first)} for patient, last, first, born in sorted(found)
    ])  # fmt: skip


def downgrade() -> None:
    """Loses nothing: the visits say it."""
    op.drop_table("patient_names")
