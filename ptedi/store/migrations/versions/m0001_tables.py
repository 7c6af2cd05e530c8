"""The first tables.  Written out, not derived from `store.tables`: a migration never changes after it was released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _captured()
    _claims()
    _batches()
    _payments()
    _postings()
    _deposits()
    _work()


def downgrade() -> None:
    for table in (
        "work_items", "deposits", "postings", "claim_payments", "payments",
        "batch_claims", "batches", "series_log", "series", "claim_findings", "claim_references",
        "claim_events", "claims", "charge_rows", "visits", "files",
    ):
        op.drop_table(table)


def _captured() -> None:
    op.create_table("files",
        sa.Column("id", Key, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("stored_name", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("sha256", "direction", name="uq_files_sha256_direction")
    )
    op.create_index("ix_files_state_kind", "files", ["state", "kind"])
    op.create_table("visits",
        sa.Column("id", Key, nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("file_id", Key, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_visits_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("visit_id", "revision", name="uq_visits_visit_id_revision")
    )
    op.create_index("ix_visits_service_date", "visits", ["service_date"])
    op.create_table("charge_rows",
        sa.Column("id", Key, nullable=False),
        sa.Column("file_id", Key, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("row_sha256", sa.String(length=64), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("codes", sa.String(length=255), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_charge_rows_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_charge_rows"),
        sa.UniqueConstraint("file_id", "row", name="uq_charge_rows_file_id_row")
    )


def _claims() -> None:
    op.create_table("claims",
        sa.Column("id", Key, nullable=False),
        sa.Column("patient_control_number", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("visit_row_id", Key, nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("payer_id", sa.String(length=64), nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_row_id"], ["visits.id"], name="fk_claims_visit_row_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.UniqueConstraint("fingerprint", name="uq_claims_fingerprint"),
        sa.UniqueConstraint("patient_control_number", name="uq_claims_patient_control_number")
    )
    op.create_index("ix_claims_patient_id_service_date", "claims", ["patient_id", "service_date"])
    op.create_index("ix_claims_service_date", "claims", ["service_date"])
    op.create_index("ix_claims_visit_id", "claims", ["visit_id"])
    op.create_table("claim_events",
        sa.Column("id", Key, nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=48), nullable=False),
        sa.Column("state_after", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("file_id", Key, nullable=True),
        sa.Column("segment_index", sa.Integer(), nullable=True),
        sa.Column("byte_offset", sa.BigInteger(), nullable=True),
        sa.Column("evidence_key", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_events_claim_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_claim_events_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_events"),
        sa.UniqueConstraint("claim_id", "evidence_key", name="uq_claim_events_claim_id_evidence_key"),
        sa.UniqueConstraint("claim_id", "sequence", name="uq_claim_events_claim_id_sequence")
    )
    op.create_table("claim_references",
        sa.Column("id", Key, nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=50), nullable=False),
        sa.Column("file_id", Key, nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_references_claim_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_claim_references_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_references"),
        sa.UniqueConstraint("claim_id", "kind", "value", name="uq_claim_references_claim_id_kind_value")
    )
    op.create_index("ix_claim_references_value", "claim_references", ["value"])
    op.create_table("claim_findings",
        sa.Column("id", Key, nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_findings_claim_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_findings")
    )
    op.create_index("ix_claim_findings_claim_id", "claim_findings", ["claim_id"])


def _batches() -> None:
    op.create_table("series",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("environment", sa.String(length=1), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("last_value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "environment", "name", name="pk_series")
    )
    op.create_table("series_log",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("environment", sa.String(length=1), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("used_for", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "environment", "name", "value", name="pk_series_log")
    )
    op.create_table("batches",
        sa.Column("id", Key, nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("environment", sa.String(length=1), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=True),
        sa.Column("interchange_control_number", sa.BigInteger(), nullable=False),
        sa.Column("group_control_number", sa.BigInteger(), nullable=False),
        sa.Column("batch_reference", sa.String(length=30), nullable=False),
        sa.Column("file_id", Key, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("claim_count", sa.Integer(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_batches_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.UniqueConstraint("partner_id", "environment", "batch_reference",
                            name="uq_batches_partner_id_environment_batch_reference"),
        sa.UniqueConstraint("partner_id", "environment", "interchange_control_number",
                            name="uq_batches_partner_id_environment_interchange_control_number")
    )
    op.create_index("ix_batches_state", "batches", ["state"])
    op.create_table("batch_claims",
        sa.Column("batch_id", Key, nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("set_control_number", sa.String(length=9), nullable=False),
        sa.Column("first_segment", sa.Integer(), nullable=False),
        sa.Column("last_segment", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_claims_batch_id"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_batch_claims_claim_id"),
        sa.PrimaryKeyConstraint("batch_id", "claim_id", name="pk_batch_claims")
    )
    op.create_index("ix_batch_claims_claim_id", "batch_claims", ["claim_id"])


def _payments() -> None:
    op.create_table("payments",
        sa.Column("id", Key, nullable=False),
        sa.Column("file_id", Key, nullable=False),
        sa.Column("set_index", sa.Integer(), nullable=False),
        sa.Column("payment_key", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("trace_number", sa.String(length=64), nullable=False),
        sa.Column("originator", sa.String(length=32), nullable=False),
        sa.Column("payer", sa.String(length=80), nullable=False),
        sa.Column("payee_npi", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=3), nullable=False),
        sa.Column("payment_date", sa.Date(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("claim_count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_payments_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("file_id", "set_index", name="uq_payments_file_id_set_index")
    )
    op.create_index("ix_payments_payment_key", "payments", ["payment_key"])
    op.create_table("claim_payments",
        sa.Column("id", Key, nullable=False),
        sa.Column("payment_id", Key, nullable=False),
        sa.Column("claim_id", Key, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("patient_control_number", sa.String(length=38), nullable=False),
        sa.Column("payer_claim_control_number", sa.String(length=50), nullable=False),
        sa.Column("status_code", sa.String(length=2), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("patient_cents", sa.BigInteger(), nullable=False),
        sa.Column("segment_index", sa.Integer(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_payments_claim_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_claim_payments_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claim_payments")
    )
    op.create_index("ix_claim_payments_claim_id", "claim_payments", ["claim_id"])
    op.create_index("ix_claim_payments_payer_claim_control_number", "claim_payments", ["payer_claim_control_number"])
    op.create_index("ix_claim_payments_payment_id", "claim_payments", ["payment_id"])


def _postings() -> None:
    op.create_table("postings",
        sa.Column("id", Key, nullable=False),
        sa.Column("transaction_key", sa.String(length=96), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=48), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", Key, nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("payment_id", Key, nullable=True),
        sa.Column("claim_payment_id", Key, nullable=True),
        sa.Column("adjustment_group", sa.String(length=2), nullable=False),
        sa.Column("adjustment_reason", sa.String(length=5), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("file_id", Key, nullable=True),
        sa.Column("segment_index", sa.Integer(), nullable=True),
        sa.Column("byte_offset", sa.BigInteger(), nullable=True),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_postings_claim_id"),
        sa.ForeignKeyConstraint(["claim_payment_id"], ["claim_payments.id"], name="fk_postings_claim_payment_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_postings_file_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_postings_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_postings"),
        sa.UniqueConstraint("transaction_key", "sequence", name="uq_postings_transaction_key_sequence")
    )
    op.create_index("ix_postings_account", "postings", ["account"])
    op.create_index("ix_postings_claim_id", "postings", ["claim_id"])
    op.create_index("ix_postings_payment_id", "postings", ["payment_id"])


def _deposits() -> None:
    op.create_table("deposits",
        sa.Column("id", Key, nullable=False),
        sa.Column("file_id", Key, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("trace_number", sa.String(length=64), nullable=False),
        sa.Column("originator", sa.String(length=32), nullable=False),
        sa.Column("deposit_date", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", Key, nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_deposits_file_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_deposits_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deposits"),
        sa.UniqueConstraint("file_id", "row", name="uq_deposits_file_id_row")
    )


def _work() -> None:
    op.create_table("work_items",
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("claim_id", Key, nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("file_id", Key, nullable=True),
        sa.Column("payment_id", Key, nullable=True),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("adjustment_group", sa.String(length=2), nullable=False),
        sa.Column("adjustment_reason", sa.String(length=5), nullable=False),
        sa.Column("remarks", sa.String(length=64), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("next_action", sa.String(length=32), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("deadline_basis", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_work_items_claim_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_work_items_file_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_work_items_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work_items"),
        sa.UniqueConstraint("key", name="uq_work_items_key")
    )
    op.create_index("ix_work_items_claim_id", "work_items", ["claim_id"])
    op.create_index("ix_work_items_state_kind", "work_items", ["state", "kind"])
