"""The first step: what is new in a mailbox, stored with the new position in one transaction."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session, sessionmaker

from intake.fetching import Fetched, fetch_alone, fetch_chunk
from intake.mailboxes import FolderState, Mailbox, MailboxError, ServerRefusedError
from intake.recording import FETCH_ATTEMPTS, FETCH_LEASE, Terms, fill, record, settle_copies
from models.base import lock
from models.mail import Mail, MailState, known_uids
from models.position import Position, position_of

# Of how many UIDs it is asked at once whether they are recorded: a database takes only so many parameters.
_ASKED = 500
# One mail that can't be fetched is the mail's trouble; so many in a row are the server's.
_FRUITLESS = 3
_UNFETCHED = and_(Mail.state == MailState.QUARANTINED, Mail.content_hash == "", Mail.erased_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What one unit of work, or a round of them, came to."""

    stored: int = 0
    """New mails, to be read."""
    duplicates: int = 0
    too_large: int = 0
    """Only the header was fetched; in quarantine."""
    unfetched: int = 0
    """Not to be fetched in several tries; in quarantine, and tried again now and then."""
    gone: int = 0
    """Deleted or moved by other hands before they could be fetched."""
    renumbered: bool = False
    """The server gave its UIDs out anew, and all its mail is compared with ours."""
    more: bool = False
    """There is more to do: call again."""

    def __add__(self, other: "Received") -> "Received":
        return Received(
            stored=self.stored + other.stored,
            duplicates=self.duplicates + other.duplicates,
            too_large=self.too_large + other.too_large,
            unfetched=self.unfetched + other.unfetched,
            gone=self.gone + other.gone,
            renumbered=self.renumbered or other.renumbered,
            more=other.more,
        )


def receive_round(
    sessions: sessionmaker[Session],
    mailbox: Mailbox,
    *,
    terms: Terms,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> Received | None:
    """Receive until there is nothing new in any folder; None while the mailbox rests after trouble.

    A folder that gives trouble does not keep the others from their turn. Raises the last MailboxError after all had
    theirs; the mailbox rests then, longer each time.
    """
    if not mailbox.rest.over(clock()):
        return None
    total, trouble = Received(), None
    for folder in mailbox.folders:
        try:
            for got in _receive_folder(sessions, mailbox, folder, terms=terms, clock=clock, stop=stop):
                total += got
        except MailboxError as error:
            trouble = error
    if trouble is not None:
        # Some servers refuse everything on a connection that went wrong, and nothing on the next one.
        mailbox.close()
        mailbox.rest.failed(trouble.pause, now=clock())
        raise trouble
    mailbox.rest.succeeded()
    return total


def _receive_folder(
    sessions: sessionmaker[Session],
    mailbox: Mailbox,
    folder: str,
    *,
    terms: Terms,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
) -> Iterator[Received]:
    """Do one unit of work after the other until there is none, or the server gives no mail any more."""
    got, fruitless = Received(more=True), 0
    while got.more and not stop():
        got = receive_one(sessions, mailbox, folder, terms=terms, now=clock())
        yield got
        fruitless = fruitless + 1 if got.unfetched and not got.stored else 0
        if fruitless == _FRUITLESS:
            raise ServerRefusedError(f"{_FRUITLESS} mails after one another could not be fetched; is the server well?")
    while not stop() and refetch_one(sessions, mailbox, folder, terms=terms, now=clock()):
        pass


def receive_one(
    sessions: sessionmaker[Session], mailbox: Mailbox, folder: str, *, terms: Terms, now: datetime
) -> Received:
    """Receive one chunk of a folder.

    1. Open the folder and look where we are; when the server numbered anew, begin with its first mail again.
    2. List what lies beyond, ask sizes, fetch the bytes.
    3. Store the mails and the new position in one transaction.

    Every UID that the position passes is recorded, whatever became of it. Raises MailboxError when the mailbox can't be
    used; what was fetched until then is stored.
    """
    mailbox.open()
    state = mailbox.state(folder)
    with sessions.begin() as session:
        last_uid, renumbered = _begin_at(session, mailbox.name, folder, state, now=now)
    uids = mailbox.uids(folder, after=last_uid)
    if not uids:
        return Received(renumbered=renumbered)
    asked = uids[:_ASKED] if mailbox.numbered else uids
    with sessions() as session:
        known = _known(session, mailbox.name, folder, state, asked)
    new = [uid for uid in asked if uid not in known]
    if not new and not mailbox.numbered:
        return Received()
    # Files are listed anew for each chunk: many at once.
    chunk = new[: terms.chunk] if mailbox.numbered else new[:_ASKED]
    fetched, trouble = fetch_chunk(mailbox, folder, state, chunk, max_bytes=terms.max_bytes)
    with sessions.begin() as session:
        got = _store(session, mailbox.name, folder, state, fetched, terms=terms, now=now)
        if mailbox.numbered:
            passed = [one.uid for one in fetched] if new else asked
            _move_on(session, mailbox.name, folder, state, max(passed, default=0), now=now)
    if trouble is not None:
        raise trouble
    more = len(fetched) < len(new) or len(asked) < len(uids)
    return replace(got, more=more, renumbered=renumbered)


def refetch_one(sessions: sessionmaker[Session], mailbox: Mailbox, folder: str, *, terms: Terms, now: datetime) -> bool:
    """Ask again for one mail that could not be fetched, or that a person wants tried; False when none is due.

    Raises MailboxError when the mailbox can't be used.
    """
    with sessions.begin() as session:
        mail = _claim_unfetched(session, mailbox.name, folder, now=now)
        if mail is None:
            return False
    mailbox.open()
    state = mailbox.state(folder)
    if mail.uidvalidity == state.uidvalidity:
        one, trouble = fetch_alone(mailbox, folder, state, mail.uid, max_bytes=terms.max_bytes)
    else:
        # Its number is void; under its new one it was, or will be, received like any other.
        one, trouble = Fetched(uid=mail.uid, listed=None), None
    if one is None:
        assert trouble is not None
        raise trouble
    with sessions.begin() as session:
        lock(session, "receive")
        again = session.scalar(select(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts, _UNFETCHED))
        if again is not None:
            again.attempts -= 1
            fill(again, one, now=now)
            settle_copies(session, [again], terms=terms)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a folder lists, compared with what is recorded of it."""

    listed: int
    """Mails in the folder."""
    recorded: int
    """Those of them that are recorded."""
    waiting: tuple[int, ...]
    """UIDs that the next round receives: they came since the last one."""
    missing: tuple[int, ...]
    """UIDs that should be recorded and are not. The position went back to before the first of them."""


def reconcile(sessions: sessionmaker[Session], mailbox: Mailbox, folder: str, *, now: datetime) -> Reconciled:
    """Compare every UID of a folder with what is recorded, note the counts, and have receive fetch what is missing.

    Raises MailboxError when the mailbox can't be used.
    """
    mailbox.open()
    state = mailbox.state(folder)
    uids = mailbox.uids(folder)
    with sessions.begin() as session:
        last_uid, _ = _begin_at(session, mailbox.name, folder, state, now=now)
        known = known_uids(session, mailbox=mailbox.name, folder=folder, uidvalidity=state.uidvalidity)
        unknown = [uid for uid in uids if uid not in known]
        missing = tuple(uid for uid in unknown if mailbox.numbered and uid <= last_uid)
        result = Reconciled(
            listed=len(uids),
            recorded=len(uids) - len(unknown),
            waiting=tuple(uid for uid in unknown if uid not in missing),
            missing=missing,
        )
        position = position_of(session, mailbox=mailbox.name, folder=folder)
        assert position is not None
        position.reconciled_at, position.listed, position.recorded = now, result.listed, result.recorded
        if missing:
            position.last_uid, position.changed_at = missing[0] - 1, now
    return result


def _claim_unfetched(session: Session, mailbox: str, folder: str, *, now: datetime) -> Mail | None:
    """Return a mail that is due to be asked for again, with the attempt counted."""
    lock(session, "receive")
    query = select(Mail).where(
        _UNFETCHED,
        Mail.mailbox == mailbox,
        Mail.folder == folder,
        Mail.attempts < FETCH_ATTEMPTS,
        Mail.next_attempt_at <= now,
    )
    mail = session.scalar(query.order_by(Mail.next_attempt_at, Mail.id).limit(1))
    if mail is not None:
        mail.attempts += 1
        mail.next_attempt_at = now + FETCH_LEASE
    return mail


def _begin_at(session: Session, mailbox: str, folder: str, state: FolderState, *, now: datetime) -> tuple[int, bool]:
    """Return the UID to go on from, and whether the server numbered anew: then it is 0, as for a new folder."""
    lock(session, "receive")
    position = position_of(session, mailbox=mailbox, folder=folder)
    if position is None:
        position = Position(
            mailbox=mailbox,
            folder=folder,
            uidvalidity=state.uidvalidity,
            last_uid=0,
            first_seen_at=now,
            changed_at=now,
        )
        session.add(position)
    renumbered = position.uidvalidity != state.uidvalidity
    if renumbered:
        position.uidvalidity, position.last_uid, position.changed_at = state.uidvalidity, 0, now
    return position.last_uid, renumbered


def _known(session: Session, mailbox: str, folder: str, state: FolderState, uids: Sequence[int]) -> Collection[int]:
    """Return which of the UIDs are recorded: beyond the position, when a numbering came back; of files, most."""
    if len(uids) > _ASKED:
        return known_uids(session, mailbox=mailbox, folder=folder, uidvalidity=state.uidvalidity)
    query = select(Mail.uid).where(
        Mail.mailbox == mailbox, Mail.folder == folder, Mail.uidvalidity == state.uidvalidity, Mail.uid.in_(uids)
    )
    return set(session.scalars(query))


def _store(
    session: Session,
    mailbox: str,
    folder: str,
    state: FolderState,
    fetched: Sequence[Fetched],
    *,
    terms: Terms,
    now: datetime,
) -> Received:
    """Record what was fetched, but for what another worker recorded meanwhile."""
    # Two workers that store the same mail, or copies of it out of two mailboxes, must see one another.
    lock(session, "receive")
    position = position_of(session, mailbox=mailbox, folder=folder)
    assert position is not None
    if position.uidvalidity != state.uidvalidity:
        return Received()
    known = _known(session, mailbox, folder, state, [one.uid for one in fetched])
    rows = record(session, position, (one for one in fetched if one.uid not in known), terms=terms, now=now)
    states = Counter(row.state for row in rows)
    return Received(
        stored=states[MailState.RECEIVED],
        duplicates=states[MailState.DUPLICATE],
        too_large=sum(row.state is MailState.QUARANTINED and row.raw is not None for row in rows),
        unfetched=sum(row.state is MailState.QUARANTINED and row.raw is None for row in rows),
        gone=states[MailState.GONE],
    )


def _move_on(session: Session, mailbox: str, folder: str, state: FolderState, uid: int, *, now: datetime) -> None:
    """Move the position to a UID: forward only, and only in the numbering that the UID belongs to."""
    query = update(Position).where(
        Position.mailbox == mailbox,
        Position.folder == folder,
        Position.uidvalidity == state.uidvalidity,
        Position.last_uid < uid,
    )
    session.execute(query.values(last_uid=uid, changed_at=now))
