"""Mail on an IMAP server (RFC 3501), read without leaving a trace: EXAMINE, BODY.PEEK, no flag changed."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError, ProtocolError

from intake.mailboxes import (
    BusyError,
    ConnectionLostError,
    FolderMissingError,
    FolderState,
    GarbledError,
    Listed,
    MailboxError,
    ServerRefusedError,
)
from intake.mailboxes.imap_account import NONSENSE, ImapAccount, connect, log_in, login_error, momentary, words
from intake.patience import Rest, time_limit

# At debug level the library logs what the server sends, mail text included: not even a verbose log may hold that.
logging.getLogger("imapclient").setLevel(logging.WARNING)

LISTED_AT_ONCE = 50_000
"""How many UIDs one SEARCH may answer: imaplib gives up on a line over 1,000,000 bytes, and a UID takes up to 11."""

# Seconds for a whole command, however steadily its answer drips in; each single read has its own, shorter limit.
_SHORT, _LONG = 120, 600


class ImapMailbox:
    """An account on an IMAP server, with at most one connection, kept between rounds."""

    numbered = True

    def __init__(self, name: str, account: ImapAccount, folders: Sequence[str] = ("INBOX",)) -> None:
        self.name = name
        self.folders = folders
        self.rest = Rest()
        self._account = account
        self._client: IMAPClient | None = None
        self._selected: tuple[str, FolderState] | None = None

    def open(self) -> None:
        """Log in, unless the connection of the last time still answers. Raises MailboxError."""
        if self._client is not None:
            with suppress(MailboxError), self._command() as client:
                client.noop()
                return
        self.close()
        self._client = connect(self._account)
        self._selected = None
        try:
            with self._command() as client:
                log_in(client, self._account)
        except MailboxError:
            self.close()
            raise

    def state(self, folder: str) -> FolderState:
        """Open the folder read-only and return its state. Raises FolderMissingError or another MailboxError."""
        self._selected = None
        try:
            with self._command() as client:
                answer = client.select_folder(folder, readonly=True)
                state = FolderState(
                    # QUIRK: RFC 3501 section 6.3.1 wants both; a server without UIDVALIDITY promises nothing at all.
                    uidvalidity=answer.get(b"UIDVALIDITY", 0),
                    uidnext=answer.get(b"UIDNEXT"),
                    count=answer[b"EXISTS"],
                )
        except ServerRefusedError as error:
            raise FolderMissingError(f"the folder {folder!r} can't be opened: {error}") from error
        self._selected = (folder, state)
        return state

    def uids(self, folder: str, *, after: int = 0) -> list[int]:
        """Return the UIDs above `after` in ascending order. Raises MailboxError."""
        state = self._state(folder)
        # Not told by UIDNEXT: a search costs one answer, and a server whose UIDNEXT is wrong would hide mail from us.
        found: set[int] = set()
        # From the newest down: what is expunged meanwhile moves sequence numbers towards the windows still to come.
        for last in range(state.count, 0, -LISTED_AT_ONCE):
            window = f"{max(1, last - LISTED_AT_ONCE + 1)}:{'*' if last == state.count else last}"
            with self._command(_LONG) as client:
                found.update(client.search(["UID", f"{after + 1}:*", window]))
        # QUIRK: a range may run backwards, so 101:* always names the last mail, whatever its UID (RFC 3501 section 9).
        return sorted(uid for uid in found if uid > after)

    def look(self, folder: str, uids: Sequence[int]) -> dict[int, Listed]:
        """Return sizes and dates of these mails; those that were expunged are left out. Raises MailboxError."""
        found = {}
        for uid, answer in self._fetch(folder, uids, "RFC822.SIZE", "INTERNALDATE").items():
            size, date = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE")
            if isinstance(size, int):
                received_at = date if isinstance(date, datetime) and date.tzinfo is not None else None
                found[uid] = Listed(uid=uid, size=size, received_at=received_at)
        return found

    def fetch(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the bytes of these mails; those expunged, or answered without a body, are left out."""
        return _texts(self._fetch(folder, uids, "BODY.PEEK[]"), b"BODY[]")

    def head(self, folder: str, uid: int, *, limit: int) -> bytes:
        """Return at most `limit` bytes of a mail's header; empty when there is none. Raises MailboxError."""
        answer = self._fetch(folder, [uid], f"BODY.PEEK[HEADER]<0.{limit}>")
        return _texts(answer, b"BODY[HEADER]<0>").get(uid, b"")[:limit]

    def folder_names(self) -> list[str]:
        """Return the names of all folders of the account: to show what could be watched. Raises MailboxError."""
        with self._command(_LONG) as client:
            return [str(name) for _, _, name in client.list_folders()]

    def keep(self, folder: str, raw: bytes, *, message_id: str, at: datetime) -> None:
        """Put a letter of ours into a folder, as read, unless one of its Message-ID is there. Raises MailboxError.

        The only command that writes: the settings must ask for it.
        """
        self.state(folder)
        with self._command(_LONG) as client:
            if not client.search(["HEADER", "Message-ID", message_id]):
                client.append(folder, raw, (SEEN,), at)

    def close(self) -> None:
        """End the connection; a server that does not answer the farewell is left without."""
        client, self._client, self._selected = self._client, None, None
        if client is None:
            return
        # Whatever goes wrong with a farewell, the connection is gone afterwards.
        with suppress(OSError, IMAPClientError, *NONSENSE):
            client.socket().settimeout(2)
            client.logout()
        with suppress(OSError, *NONSENSE):
            client.shutdown()

    def _state(self, folder: str) -> FolderState:
        """Return the state of the folder when it was opened; open it when another one is, or none."""
        return self._selected[1] if self._selected is not None and self._selected[0] == folder else self.state(folder)

    def _fetch(self, folder: str, uids: Sequence[int], *items: str) -> dict[int, dict[bytes, Any]]:
        self._state(folder)
        with self._command(_LONG) as client:
            answer: dict[int, dict[bytes, Any]] = client.fetch(list(uids), list(items))
            return answer

    @contextmanager
    def _command(self, seconds: float = _SHORT) -> Iterator[IMAPClient]:
        """Give the connection for one command within a time limit; drop it, and raise MailboxError, when it fails."""
        client = self._client
        if client is None:
            raise ConnectionLostError("the connection is closed")
        with time_limit(client.socket(), seconds) as limit:
            try:
                yield client
            except (OSError, IMAPClientError, *NONSENSE) as error:
                plain = self._error(error)
                if limit.passed:
                    plain = ConnectionLostError(f"the server took more than {seconds:.0f} seconds for one command")
                if not isinstance(plain, ServerRefusedError):
                    self._drop()
                raise plain from error

    def _drop(self) -> None:
        """Forget a connection that broke, without a farewell."""
        client, self._client, self._selected = self._client, None, None
        if client is not None:
            with suppress(OSError, *NONSENSE):
                client.shutdown()

    def _error(self, error: Exception) -> MailboxError:  # noqa: PLR0911 (a table)
        """Return what went wrong, in our words."""
        match error:
            case LoginError():
                return login_error(error)
            case TimeoutError():
                return ConnectionLostError(f"the server said nothing for {self._account.read_seconds:g} seconds")
            case IMAPClientAbortError() | OSError():
                return ConnectionLostError(f"the connection broke: {words(error)}")
            case CapabilityError() | ProtocolError():
                return GarbledError(f"the server's answer can't be understood: {words(error)}")
            case IMAPClientError() if momentary(error):
                return BusyError(f"the server asks to come back later: {words(error)}")
            case IMAPClientError() if "got more than" in str(error):
                return GarbledError("the server's answer is a line without end")
            case IMAPClientError():
                return ServerRefusedError(f"the server refused: {words(error)}")
            case _:
                return GarbledError(f"the server's answer can't be understood: {type(error).__name__}")


def _texts(answers: dict[int, dict[bytes, Any]], item: bytes) -> dict[int, bytes]:
    """Return the item of each mail that has it; a server may leave it out or say NIL."""
    return {uid: answer[item] for uid, answer in answers.items() if isinstance(answer.get(item), bytes)}
