"""What most commands begin with: the settings, the log, the database; and the one way they fail."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import ArgumentError, DBAPIError

from config.log import set_up_log
from config.settings import Settings, SettingsError, load_settings
from intake.installation import Installation, database_trouble, open_installation
from models.migrations import SchemaError, schema_state, upgrade

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The settings' file; else INTAKE_CONFIG, else ./intake.toml.", show_default=False),
]


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error, a line for each mistake, and end with status 2."""
    for line in message.splitlines():
        print(f"intake: {line}", file=sys.stderr)
    raise typer.Exit(2)


def read_settings(config: Path | None) -> Settings:
    """Load the settings and set up the log, or end with status 2 and a line for each mistake."""
    try:
        settings = load_settings(config)
    except SettingsError as error:
        fail(str(error))
    set_up_log(settings.log.format, settings.log.level)
    return settings


@contextmanager
def opened(config: Path | None, *, make: bool = False) -> Iterator[Installation]:
    """Open the installation for a command, or end with status 2 and one clear line.

    With `make` an empty or older database is brought to today's schema; without it, it must be there.
    """
    settings = read_settings(config)
    try:
        installation = open_installation(settings)
        if make:
            upgrade(installation.engine)
        elif (state := schema_state(installation.engine)) != "current":
            fail(f"database.url: the database is {state}: run `intake db upgrade`")
    except SettingsError as error:
        fail(str(error))
    except SchemaError as error:
        fail(str(error))
    except (DBAPIError, ArgumentError, OSError) as error:
        fail(f"database.url: {database_trouble(error)}")
    try:
        yield installation
    finally:
        installation.engine.dispose()
