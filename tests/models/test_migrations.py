import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from models.base import Base, open_engine
from models.migrations import SchemaError, _config, schema_state, upgrade


@pytest.fixture
def empty(empty_database_url):
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_upgrading_an_empty_database_makes_the_tables_of_the_models(empty: Engine):
    assert schema_state(empty) == "empty"
    upgrade(empty)
    assert schema_state(empty) == "current"
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_again_changes_nothing_and_keeps_the_rows(empty: Engine):
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO reference_numbers (prefix, year, last) VALUES ('OG', 2026, 7)"))
    upgrade(empty)
    with empty.connect() as connection:
        assert connection.scalar(text("SELECT last FROM reference_numbers")) == 7


def test_a_database_of_a_newer_version_is_refused_in_one_line(empty: Engine):
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema_state(empty) == "newer"
    with pytest.raises(SchemaError, match=r"^database: made by a newer version \(schema 9999\)[^\n]*$"):
        upgrade(empty)


def test_foreign_keys_are_enforced_after_an_upgrade(empty: Engine):
    upgrade(empty)
    with pytest.raises(Exception, match=r"(?i)foreign key"), empty.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO application_people (application_id, name, email, role, phone, added_by, added_at)"
                " VALUES (1, '', '', '', '', 'x', '2026-01-01 00:00:00')"
            )
        )


def test_the_first_migration_can_be_taken_back(empty: Engine):
    upgrade(empty)
    with empty.begin() as connection:
        command.downgrade(_config(connection), "base")
    assert inspect(empty).get_table_names() == ["alembic_version"]
