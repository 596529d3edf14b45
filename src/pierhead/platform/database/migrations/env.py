"""Alembic's entry: it is given the connection, and the transaction is the caller's."""

from alembic import context

from pierhead.platform.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
