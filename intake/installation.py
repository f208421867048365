"""One installation of the service: its settings made into what the steps work with."""

from dataclasses import dataclass, field
from pathlib import Path
from socket import gethostname

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from config.call import CALLS, Call, CallError, load_calls
from config.servers import FileMailbox, ImapMailbox
from config.settings import Settings, SettingsError
from intake.mailboxes import Mailbox
from intake.mailboxes.folder import eml_folder
from intake.mailboxes.imap import ImapMailbox as ImapSource
from intake.mailboxes.imap_account import ImapAccount, Security
from intake.mailboxes.maildir import maildir
from intake.mailboxes.mbox import mbox
from intake.recording import Terms
from models.base import open_engine, open_readers, open_sessions

IMPORTED = "import"
"""The mailbox's name that imported archives are listed under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A mailbox that is watched, and on what terms."""

    mailbox: Mailbox
    terms: Terms
    poll_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What every step and command works with."""

    settings: Settings
    calls: dict[str, Call]
    engine: Engine
    sessions: sessionmaker[Session]
    """Sessions that write."""
    readers: sessionmaker[Session]
    """Sessions that only read, and make no writer wait."""
    worker: str
    """Which worker this is, when several share a database."""
    watches: list[Watch] = field(default_factory=list)


def open_installation(settings: Settings) -> Installation:
    """Make an installation; nothing is connected yet. Raises SettingsError with a line for each mistake."""
    calls = _load_calls(settings)
    engine = open_engine(settings.database.url.get_secret_value())
    return Installation(
        settings=settings,
        calls=calls,
        engine=engine,
        sessions=open_sessions(engine),
        readers=open_readers(engine),
        worker=settings.worker.name or gethostname(),
        watches=[_watch(settings, name) for name in settings.mailbox],
    )


def watched_jobs(settings: Settings) -> frozenset[str]:
    """Return the names of the jobs that these settings ask for: those whose heartbeats must not stop.

    Other rows of heartbeats are of what was taken out of the settings, or of rounds that are not due so often.
    """
    names = {f"mailbox:{name}" for name in settings.mailbox} | {"read", "retention"}
    if settings.digest.recipients:
        names.add("digest")
    if settings.smtp.host is not None:
        names.add("deliver")
    return frozenset(names)


def _load_calls(settings: Settings) -> dict[str, Call]:
    folders = [CALLS, *([settings.calls.folder] if settings.calls.folder else [])]
    try:
        calls = load_calls(folders)
    except CallError as error:
        raise SettingsError(str(error)) from None
    unknown = [name for name, mailbox in settings.mailbox.items() if mailbox.call not in calls]
    if unknown:
        known = ", ".join(sorted(calls))
        raise SettingsError("\n".join(f"mailbox.{name}.call: no such call (known: {known})" for name in unknown))
    return calls


def _watch(settings: Settings, name: str) -> Watch:
    mine = settings.mailbox[name]
    siblings = [other for other, mailbox in settings.mailbox.items() if mailbox.call == mine.call]
    return Watch(
        mailbox=open_mailbox(name, mine),
        terms=Terms(
            max_bytes=mine.max_size,
            chunk=mine.chunk if isinstance(mine, ImapMailbox) else Terms().chunk,
            since=mine.since,
            siblings=[*siblings, IMPORTED],
        ),
        poll_seconds=mine.poll_seconds,
    )


def open_mailbox(name: str, settings: ImapMailbox | FileMailbox) -> Mailbox:
    """Make the mailbox that the settings describe; nothing is connected or read yet."""
    if isinstance(settings, ImapMailbox):
        account = ImapAccount(
            host=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password.get_secret_value(),
            security=Security(settings.security),
            ca_file=str(settings.ca_file) if settings.ca_file else None,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
        )
        return ImapSource(name, account, settings.folders)
    path = Path(settings.path)
    match settings.type:
        case "maildir":
            return maildir(name, path, settings.folders)
        case "mbox":
            return mbox(name, path)
        case "folder":
            return eml_folder(name, path)


def database_trouble(error: Exception) -> str:
    """Return what is wrong with the database in one line, without its URL and password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(cause).split())[:300] or type(cause).__name__
