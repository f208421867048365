"""Alembic's way in: it runs on the connection and metadata that `models.migrations` gives it."""

from alembic import context

attributes = context.config.attributes

context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    # SQLite can change little of a table in place: Alembic makes a new one and copies.
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
