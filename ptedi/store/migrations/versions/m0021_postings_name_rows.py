"""On PostgreSQL the rows that postings name are looked up once for all that a statement wrote, not once for each.

Four foreign keys of eleven postings a claim were a third of what the server did when it posted remittances.  Triggers
stand in their place with the same law: what is named must be there and is held until the end of the transaction, and
what is named cannot be deleted or given another number.  SQLite, where they cost little, keeps its foreign keys.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NAMED = {"claim_id": "claims", "payment_id": "payments", "claim_payment_id": "claim_payments", "file_id": "files"}

_LOOK = """
    named := ARRAY(SELECT DISTINCT {column} FROM written WHERE {column} IS NOT NULL);
    IF (SELECT count(*) FROM (SELECT FROM {table} WHERE id = ANY(named) ORDER BY id FOR KEY SHARE) found)
            <> cardinality(named) THEN
        RAISE foreign_key_violation USING TABLE = 'postings', COLUMN = '{column}',
            MESSAGE = 'postings name a row of {table} that is not there';
    END IF;"""

_NAME = f"""
CREATE FUNCTION postings_name_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named bigint[];
BEGIN{"".join(_LOOK.format(column=column, table=table) for column, table in _NAMED.items())}
    RETURN NULL;
END $$"""

_KEEP = """
CREATE FUNCTION named_by_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_named boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM postings WHERE %I = $1)', TG_ARGV[0]) INTO is_named USING OLD.id;
    IF is_named THEN
        RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME,
            MESSAGE = format('postings name this row of %s', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$"""


def upgrade() -> None:
    """No row changes: what is there was looked up by the foreign keys."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_NAME)
    op.execute(_KEEP)
    for what in ("insert", "update"):
        op.execute(f"CREATE TRIGGER name_rows_{what} AFTER {what} ON postings REFERENCING NEW TABLE AS written "
                   "FOR EACH STATEMENT EXECUTE FUNCTION postings_name_rows()")  # fmt: skip
    for column, table in _NAMED.items():
        op.execute(f"CREATE TRIGGER named_by_postings AFTER DELETE OR UPDATE OF id ON {table} "
                   f"FOR EACH ROW EXECUTE FUNCTION named_by_postings('{column}')")  # fmt: skip
        op.drop_constraint(f"fk_postings_{column}", "postings", type_="foreignkey")


def downgrade() -> None:
    """The foreign keys as they were; making them looks every posting up again."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for column, table in _NAMED.items():
        op.create_foreign_key(f"fk_postings_{column}", "postings", table, [column], ["id"])
        op.execute(f"DROP TRIGGER named_by_postings ON {table}")
    for what in ("insert", "update"):
        op.execute(f"DROP TRIGGER name_rows_{what} ON postings")
    op.execute("DROP FUNCTION named_by_postings()")
    op.execute("DROP FUNCTION postings_name_rows()")
