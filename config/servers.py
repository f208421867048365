"""Where mail comes from and goes to: mailboxes on servers and in files, and the SMTP server."""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, SecretStr, Tag, model_validator
from pydantic_core import PydanticCustomError

from config.sections import Address, Count, Moment, Seconds, Section

Security = Literal["tls", "starttls", "plain"]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Server(Section):
    """How a mail server is reached."""

    security: Security = Field(
        default="tls",
        description='How the connection is encrypted: "tls" (from the first byte), "starttls" (before the login) or '
        '"plain" (not at all; only to this machine itself, unless allow_plain is true).',
    )
    allow_plain: bool = Field(default=False, description="Let mail and password go readable over the network.")
    ca_file: Path | None = Field(
        default=None,
        description="A file of certificates to trust in place of the system's.",
        examples=["/etc/ssl/certs/our-own.pem"],
    )
    username: str | None = Field(default=None, description="The name to log in with.")
    password: SecretStr | None = Field(default=None, description="The password, or an app password.")
    connect_seconds: Seconds = Field(default=15, description="How long to wait for a connection.")
    read_seconds: Seconds = Field(default=60, description="How long to wait for an answer.")

    def _check_security(self, host: str) -> None:
        if self.security == "plain" and not self.allow_plain and not _is_loopback(host):
            raise PydanticCustomError(
                "security",
                "security: plain would send mail and password readable over the network: "
                'use "tls" or "starttls", or set allow_plain = true',
            )

    def _check_login(self) -> None:
        if self.password is not None and self.username is None:
            raise PydanticCustomError("login", "username: missing, while there is a password")
        if self.username is not None and self.password is None:
            raise PydanticCustomError("login", "password: missing, while there is a username")


class Watched(Section):
    """What every kind of mailbox has."""

    call: str = Field(default="ontwikkelgroep", description="The call that its mail reacts to.")
    addresses: tuple[Address, ...] = Field(
        default=(),
        description="The addresses that this mailbox receives for: mail from them is never answered.",
        examples=[["intake@example.org"]],
    )
    since: Moment | None = Field(
        default=None,
        description="Mail received before this date is read and listed, but never answered. Left out: the moment at "
        "which the service first opened the folder.",
        examples=[dt.date(2026, 1, 31)],
    )
    authserv_id: str | None = Field(
        default=None,
        description="The name by which your mail server signs its Authentication-Results headers; mail that fails "
        'DMARC there is not answered. "" for Microsoft 365. Left out: such headers are not believed.',
        examples=["mx.example.org"],
    )
    max_size: int = Field(
        default=50_000_000, ge=10_000, description="Mail of more bytes than this is not fetched; a person must look."
    )
    poll_seconds: Seconds = Field(default=60, description="How often to look for new mail.")


class ImapMailbox(Watched, Server):
    """A mailbox on an IMAP server."""

    type: Literal["imap"] = Field(default="imap", description='"imap", "maildir", "mbox" or "folder".')
    host: str = Field(description="The IMAP server's name.", min_length=1, examples=["imap.example.org"])
    port: int = Field(
        default_factory=lambda given: 993 if given.get("security", "tls") == "tls" else 143,
        ge=1,
        le=65_535,
        description="Left out: 993 for tls, else 143.",
        examples=[993],
    )
    folders: tuple[str, ...] = Field(default=("INBOX",), min_length=1, description="The folders to watch.")
    chunk: Count = Field(default=50, description="How many mails to fetch at once.")
    username: str = Field(description="The name to log in with.", min_length=1, examples=["intake@example.org"])
    password: SecretStr = Field(
        description="The password, or an app password. Better kept out of this file: in the environment as "
        "INTAKE_MAILBOX__MAIN__PASSWORD, or in a file named by INTAKE_MAILBOX__MAIN__PASSWORD_FILE.",
        examples=["secret"],
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_security(self.host)
        return self


class FileMailbox(Watched):
    """A mailbox in files: a Maildir, an mbox, or a folder of .eml files."""

    type: Literal["maildir", "mbox", "folder"] = Field(description="What is at the path.", examples=["maildir"])
    path: Path = Field(description="Where it is.", examples=["/var/mail/intake"])
    folders: tuple[str, ...] = Field(
        default=("INBOX",), min_length=1, description='The folders to watch; "INBOX" is the path itself.'
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type == "mbox" and self.folders != ("INBOX",):
            raise PydanticCustomError("folders", "folders: an mbox has no folders but INBOX")
        return self


def _mailbox_type(value: Any) -> str:
    given = value.get("type", "imap") if isinstance(value, dict) else getattr(value, "type", "imap")
    return "files" if given in {"maildir", "mbox", "folder"} else "imap"


MailboxSettings = Annotated[
    Annotated[ImapMailbox, Tag("imap")] | Annotated[FileMailbox, Tag("files")], Discriminator(_mailbox_type)
]


class SmtpSettings(Server):
    """The server that sends our letters."""

    security: Security = Field(default="starttls", description='"tls", "starttls" or "plain", as for a mailbox.')
    host: str | None = Field(
        default=None, min_length=1, description="The SMTP server's name.", examples=["smtp.example.org"]
    )
    port: int = Field(
        default_factory=lambda given: {"tls": 465, "starttls": 587}.get(given.get("security", ""), 25),
        ge=1,
        le=65_535,
        description="Left out: 465 for tls, 587 for starttls, 25 for plain.",
        examples=[587],
    )
    hello: str | None = Field(
        default=None,
        description="The name by which we greet the server. Left out: this machine's.",
        examples=["intake.example.org"],
    )
    from_name: str = Field(default="", description="The sender's name in our letters. Left out: the call's organiser.")
    from_address: Address | None = Field(
        default=None,
        description="The sender's address in our letters, and where reports come back to. It should be read by one of "
        "the mailboxes. Left out: the first of the mailbox's addresses.",
        examples=["intake@example.org"],
    )
    reply_to: Address | None = Field(
        default=None,
        description="Where replies go. Left out: to the sender's address.",
        examples=["intake@example.org"],
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.host is not None:
            self._check_security(self.host)
        self._check_login()
        return self
