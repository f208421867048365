"""The doctor: tries everything that the settings name, and says of each what is right, or wrong and how to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.exc import ArgumentError, DBAPIError

from config.settings import Settings, SettingsError
from intake.installation import Installation, Watch, database_trouble, open_installation
from intake.mailboxes import MailboxError
from intake.smtp import SmtpConnection, SmtpError
from models.migrations import schema_state
from replies.render import open_templates
from replies.samples import template_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was tried."""

    name: str
    """What was tried, as the settings call it: "database", "mailbox.main", "smtp" …"""
    good: bool
    words: str
    """What was found, in one line; when it is wrong, also how to mend it."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Try the calls, the database, each folder of each mailbox, the SMTP server and the templates; really log in."""
    try:
        installation = open_installation(settings)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield Finding(name="settings", good=False, words=line)
        return
    yield Finding(name="settings", good=True, words=f"all keys are known; calls: {', '.join(installation.calls)}")
    yield _database(installation)
    if not installation.watches:
        yield Finding(name="mailbox", good=False, words="none is configured: add a section [mailbox.main]")
    for watch in installation.watches:
        yield _mailbox(watch)
    yield _smtp(settings)
    yield _recipients(settings)
    yield from _templates(installation)


def _database(installation: Installation) -> Finding:
    kind = installation.engine.dialect.name
    try:
        state = schema_state(installation.engine)
    except (DBAPIError, ArgumentError, OSError) as error:
        return Finding(name="database", good=False, words=f"{kind}: {database_trouble(error)}; look at database.url")
    match state:
        case "current":
            return Finding(name="database", good=True, words=f"{kind}, schema as it should be")
        case "newer":
            return Finding(name="database", good=False, words=f"{kind}, made by a newer version: install that one")
        case _:
            return Finding(name="database", good=True, words=f"{kind}, {state}: the next start brings it up to date")


def _mailbox(watch: Watch) -> Finding:
    mailbox, name = watch.mailbox, f"mailbox.{watch.mailbox.name}"
    try:
        mailbox.open()
        found = [f"{folder or 'files'} holds {mailbox.state(folder).count} mail(s)" for folder in mailbox.folders]
    except MailboxError as error:
        return Finding(name=name, good=False, words=str(error))
    finally:
        mailbox.close()
    return Finding(name=name, good=True, words="opened read-only; " + ", ".join(found))


def _smtp(settings: Settings) -> Finding:
    if settings.smtp.host is None:
        wanted = settings.letters.enabled or bool(settings.digest.recipients)
        words = "no server is named: letters wait in the outbox; set smtp.host" if wanted else "not needed"
        return Finding(name="smtp", good=not wanted, words=words)
    connection = SmtpConnection(settings.smtp)
    try:
        connection.open()
    except SmtpError as error:
        return Finding(name="smtp", good=False, words=str(error))
    finally:
        connection.close()
    login = f"logged in as {settings.smtp.username}" if settings.smtp.username else "without a login"
    return Finding(name="smtp", good=True, words=f"{settings.smtp.host}:{settings.smtp.port} answers, {login}")


def _recipients(settings: Settings) -> Finding:
    if settings.digest.recipients:
        times = f"{settings.digest.time:%H:%M} on {', '.join(settings.digest.days)}"
        return Finding(name="digest", good=True, words=f"to {len(settings.digest.recipients)} address(es), {times}")
    return Finding(name="digest", good=True, words="nobody gets one: digest.recipients is empty")


def _templates(installation: Installation) -> Iterator[Finding]:
    """Write every letter with invented values."""
    folder = installation.settings.letters.template_folder
    if folder and not folder.is_dir():
        yield Finding(name="letters", good=False, words="letters.template_folder: no such folder")
        return
    problems = template_problems(installation.calls, open_templates([folder] if folder else []))
    for problem in problems:
        yield Finding(name="letters", good=False, words=f"{problem}; look into letters.template_folder")
    if not problems:
        yield Finding(name="letters", good=True, words="every template and wording can be used")
