"""`intake db`: the database's schema and a copy of it."""

import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from intake.cli.start import ConfigOption, fail, opened

database = typer.Typer(no_args_is_help=True, help="The database.")


@database.command("upgrade")
def upgrade_database(config: ConfigOption = None) -> None:
    """Bring the database to this version's schema; `intake run` and `intake poll` do so by themselves.

    Example: intake db upgrade
    """
    with opened(config, make=True):
        print("The database has today's schema.")


@database.command("backup")
def back_up(
    path: Annotated[Path, typer.Argument(help="Where to write the copy; it must not exist.")],
    config: ConfigOption = None,
) -> None:
    """Copy an SQLite database while the worker runs; for PostgreSQL use pg_dump.

    Example: intake db backup backup.db
    """
    with opened(config) as installation:
        if installation.engine.dialect.name != "sqlite":
            fail("database.url: not SQLite; use pg_dump to copy a PostgreSQL database")
        if path.exists():
            fail(f"{path} is there already")
        path.touch(mode=0o600)
        source = sqlite3.connect(f"file:{installation.engine.url.database}?mode=ro", uri=True)
        target = sqlite3.connect(path)
        try:
            source.backup(target)
        finally:
            target.close()
            source.close()
    print(f"Wrote {path}.")
