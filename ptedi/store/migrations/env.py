"""Run by Alembic, never imported: applies the revisions on the connection that `store.migrate` hands over."""

from alembic import context

from ptedi.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
