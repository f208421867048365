"""Getting the bytes of listed mail out of a mailbox, so that no mail can keep back those behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.mailboxes import BusyError, FolderState, Listed, Mailbox, MailboxError

BYTES_AT_ONCE = 8 * 1024 * 1024
HEADER_BYTES = 64 * 1024
TRIES = 3
"""How often a mail that breaks the connection is asked for before the mail gets the blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of one listed mail."""

    uid: int
    listed: Listed | None
    """Null when it was gone before it could be looked at."""
    raw: bytes | None = None
    """All its bytes, or of a mail that is too large its header; null when they could not be had."""
    error: str | None = None
    """Why `raw` is not the whole mail; null when it is, and when the mail is gone."""

    @property
    def gone(self) -> bool:
        """It was deleted or moved after it was listed."""
        return self.raw is None and self.error is None


def fetch_chunk(
    mailbox: Mailbox, folder: str, state: FolderState, uids: Sequence[int], *, max_bytes: int
) -> tuple[list[Fetched], MailboxError | None]:
    """Fetch the first of these mails, in their order, without gaps; and the trouble that ended it, if any.

    They are fetched in one go; when that fails, one by one. A mail that fails several times although the server is well
    gets the blame and ends the chunk; trouble with the server itself is returned.
    """
    try:
        listed = mailbox.look(folder, uids)
        uids = _first_bytes(uids, listed, max_bytes)
        small = [uid for uid in uids if uid in listed and listed[uid].size <= max_bytes]
        raws = mailbox.fetch(folder, small)
    except MailboxError as error:
        return _fetch_each(mailbox, folder, state, uids, max_bytes=max_bytes, first=error)
    done = []
    for uid in uids:
        one = listed.get(uid)
        if one is None or (uid in raws and _plausible(raws[uid], one)):
            done.append(_limited(uid, one, raws.get(uid), max_bytes))
            continue
        alone, trouble = fetch_alone(mailbox, folder, state, uid, max_bytes=max_bytes)
        if alone is None:
            return done, trouble
        done.append(alone)
    return done, None


def fetch_alone(
    mailbox: Mailbox, folder: str, state: FolderState, uid: int, *, max_bytes: int
) -> tuple[Fetched | None, MailboxError | None]:
    """Fetch one mail, several times if need be; None with the trouble when it is the server that can't.

    After a try that failed the mailbox is opened again: when that works the mail is to blame, and not the server.
    """
    one, said = None, "the server lists it and does not give its bytes"
    for _ in range(TRIES):
        try:
            _open_again(mailbox, folder, state)
        except MailboxError as error:
            return None, error
        try:
            one = mailbox.look(folder, [uid]).get(uid)
            if one is None:
                return Fetched(uid=uid, listed=None), None
            if one.size > max_bytes:
                head = mailbox.head(folder, uid, limit=HEADER_BYTES)
                return Fetched(uid=uid, listed=one, raw=head, error=_too_large(one.size, max_bytes)), None
            raw = mailbox.fetch(folder, [uid]).get(uid)
        except BusyError as error:
            return None, error
        except MailboxError as error:
            said = str(error)
            continue
        if raw is not None and _plausible(raw, one):
            return _limited(uid, one, raw, max_bytes), None
    return Fetched(uid=uid, listed=one, error=f"not fetched in {TRIES} tries: {said}"), None


def _fetch_each(
    mailbox: Mailbox, folder: str, state: FolderState, uids: Sequence[int], *, max_bytes: int, first: MailboxError
) -> tuple[list[Fetched], MailboxError | None]:
    """Fetch mails one by one up to the first that gets the blame, so that what was fetched is stored soon."""
    if isinstance(first, BusyError):
        return [], first
    done: list[Fetched] = []
    total = 0
    for uid in uids:
        one, trouble = fetch_alone(mailbox, folder, state, uid, max_bytes=max_bytes)
        if one is None:
            return done, trouble
        done.append(one)
        total += len(one.raw or b"")
        if one.error is not None or total > BYTES_AT_ONCE:
            break
    return done, None


def _open_again(mailbox: Mailbox, folder: str, state: FolderState) -> None:
    """Make sure of the connection and of the numbering. Raises MailboxError."""
    mailbox.open()
    if mailbox.state(folder).uidvalidity != state.uidvalidity:
        raise BusyError(f"the folder {folder!r} was numbered anew during the round")


def _first_bytes(uids: Sequence[int], listed: dict[int, Listed], max_bytes: int) -> Sequence[int]:
    """Return as many of the first mails as may be fetched at once, at least one."""
    total = 0
    for number, uid in enumerate(uids):
        size = listed[uid].size if uid in listed else 0
        total += size if size <= max_bytes else HEADER_BYTES
        if number and total > BYTES_AT_ONCE:
            return uids[:number]
    return uids


def _plausible(raw: bytes, listed: Listed) -> bool:
    """Say whether a server that gives these bytes gave the mail: some give nothing in place of an error."""
    return bool(raw) or not listed.size


def _limited(uid: int, listed: Listed | None, raw: bytes | None, max_bytes: int) -> Fetched:
    """Return a fetched mail; of one that is larger than its server said, the header."""
    if raw is not None and len(raw) > max_bytes:
        head = raw[:HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
        return Fetched(uid=uid, listed=listed, raw=head, error=_too_large(len(raw), max_bytes))
    return Fetched(uid=uid, listed=listed, raw=raw)


def _too_large(size: int, max_bytes: int) -> str:
    return f"too large: {size:,} bytes, and at most {max_bytes:,} are fetched; only its header is here"
