"""The schema's history, from the first table on, and the way to today's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from models.base import Base

_HERE = Path(__file__).parent
_LOCK = 0x494E54414B45
"""The advisory lock that lets one process upgrade at a time on PostgreSQL: "INTAKE" in ASCII."""


class SchemaError(RuntimeError):
    """The database's schema is not one that this version knows; the message is one line that says what to do."""


def upgrade(engine: Engine) -> None:
    """Bring the database to today's schema, all or nothing; does nothing when it is there. Safe to run at once twice.

    Raises SchemaError when a newer version of the service made the database.
    """
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # Tables are rebuilt to change them; outside a transaction, or SQLite does not listen.
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                _refuse_newer(connection)
                command.upgrade(_config(connection), "head")
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise SchemaError(
                        "database: the upgrade would leave rows without their parents; nothing was changed"
                    )
        finally:
            if sqlite:
                _pragma(connection, "foreign_keys=ON")


def schema_state(engine: Engine) -> str:
    """Return "empty", "current", "behind" or "newer": whether the database has today's schema."""
    with engine.connect() as connection:
        revision = _revision(connection)
    script = ScriptDirectory(str(_HERE))
    if revision is None:
        return "empty"
    if revision not in {step.revision for step in script.walk_revisions()}:
        return "newer"
    return "current" if revision == script.get_current_head() else "behind"


def _refuse_newer(connection: Connection) -> None:
    revision = _revision(connection)
    known = {step.revision for step in ScriptDirectory(str(_HERE)).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaError(f"database: made by a newer version (schema {revision}); install that version or newer")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = Base.metadata
    return config


def _pragma(connection: Connection, pragma: str) -> None:
    """Set a pragma outside any transaction."""
    driver_connection = connection.connection.driver_connection
    assert driver_connection is not None
    driver_connection.execute(f"PRAGMA {pragma}")
