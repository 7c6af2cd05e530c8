"""Where each compared line was decided: claim payment and SVC; of what was compared before the CLP."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_COLUMNS = {"claim_payment_id": sa.BigInteger, "segment_index": sa.Integer, "byte_offset": sa.BigInteger}


def upgrade() -> None:
    """The next comparison of a claim finds the SVC."""
    for name, kind in _COLUMNS.items():
        op.add_column("line_prices", sa.Column(name, kind(), nullable=True))
    op.execute("update line_prices set claim_payment_id = (select max(c.id) from claim_payments c "
               "where c.claim_id = line_prices.claim_id and c.state = 'posted') where replaced_at is null")
    for name in ("segment_index", "byte_offset"):
        op.execute(f"update line_prices set {name} = (select c.{name} from claim_payments c "
                   "where c.id = line_prices.claim_payment_id) where claim_payment_id is not null")


def downgrade() -> None:
    """Loses the places."""
    for name in reversed(list(_COLUMNS)):
        op.drop_column("line_prices", name)
