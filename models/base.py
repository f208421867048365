"""What every table and query stands on: column types, the declarative base, engines, sessions and locks."""

import enum
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Enum,
    LargeBinary,
    MetaData,
    Text,
    Update,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 30
"""How long a SQLite writer waits for another one, and a PostgreSQL one for a lock."""


def storable(text_: str) -> str:
    """Return the text without what no database keeps: NUL (PostgreSQL) and lone surrogates (not UTF-8)."""
    return text_.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


class SafeText(TypeDecorator[str]):
    """Text out of hostile mail: what a database refuses is taken out on the way in, what is too long is cut.

    Texts that are looked up by are cut at 500 characters (`Key`): PostgreSQL refuses to index a longer one.
    """

    impl = Text
    cache_ok = True

    def __init__(self, longest: int | None = None) -> None:
        super().__init__()
        self.longest = longest

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Take out what can't be kept."""
        return None if value is None else storable(value)[: self.longest]


Key = Annotated[str, mapped_column(SafeText(500))]
"""The type of a column that is looked up by."""


class SafeJson(TypeDecorator[Any]):
    """JSON with the same care for its texts as `SafeText`; None is the database's NULL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use JSONB where there is one."""
        kind = JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Take out what can't be kept."""
        return _storable(value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC. A time without a zone is refused: nobody could say later what it meant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring it to UTC; ValueError without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give it its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: SafeText,
        bytes: LargeBinary,
        datetime: UtcTime,
        # Text, not a type of the database: a new member needs no migration.
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            create_constraint=False,
            length=30,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


WideInteger = BigInteger()
"""For numbers that a mail server gives: UIDs and UIDVALIDITY fill 32 bits without a sign."""


def database_url(url: str) -> URL:
    """Return the URL with the driver we use. Raises sqlalchemy.exc.ArgumentError when it is none."""
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def open_engine(url: str) -> Engine:
    """Make the engine for a database URL: SQLite durable and strict, PostgreSQL with limits on waiting.

    A SQLite file that does not exist is made, readable by its owner alone. Nothing is connected yet. Raises OSError
    when the file's folder can't be written and sqlalchemy.exc.ArgumentError when the URL is none.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).touch(mode=0o600)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        parsed,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 10,
            "tcp_user_timeout": 30_000,
            "options": f"-c timezone=UTC -c lock_timeout={BUSY_SECONDS}s -c statement_timeout=300s",
        },
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set what SQLite keeps per connection, and take the begin of transactions away from the driver."""
    connection.isolation_level = None
    # QUIRK: SQLite's own lower() knows the letters of ASCII only: "Één" would not be found by "één".
    connection.create_function("lower", 1, _lower, deterministic=True)
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # What is erased is overwritten: retention and the right to be forgotten ask for more than a free page.
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes later fails when another one wrote."""
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def open_sessions(engine: Engine) -> sessionmaker[Session]:
    """Make the factory of sessions that write; rows stay readable after their commit."""
    return sessionmaker(engine, expire_on_commit=False)


def open_readers(engine: Engine) -> sessionmaker[Session]:
    """Make the factory of sessions that only read: one unchanging view, and no writer waits for them."""
    if engine.dialect.name == "sqlite":
        return sessionmaker(engine.execution_options(sqlite_begin="DEFERRED"), expire_on_commit=False)
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return sessionmaker(engine.execution_options(**options), expire_on_commit=False)


def lock(session: Session, name: str) -> None:
    """Hold the named lock until the transaction ends, so that only one worker does that work at a time.

    SQLite needs none: a transaction that writes is the only one.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def changed(session: Session, statement: Update | Delete) -> int:
    """Run the statement and return how many rows it changed: the answer to "was it me who got it?"."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
