"""The third step: one letter out of the outbox, offered to the SMTP server, and what became of it.

A letter is never sent twice by itself. The attempt is recorded before dialling (state `sending`); a worker that dies
then has sent nothing, and the letter is due again when its claim lapses. Just before the server gets the end of the
text, without which it may send nothing, the letter is recorded as `unsure`; right after the answer as `sent`,
`queued` or `failed`. Only when the worker dies or the connection breaks between those two does the letter stay
`unsure`: perhaps it was sent, and nobody can know. Then it waits for a person, who finds it in the outbox list and
may send it again with the same Message-ID. An answer that comes a day late is better than a machine that repeats
itself at each crash.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from intake.smtp import ClaimLostError, LineBrokeError, NoAnswerError, Offered, Refusal, SmtpConnection, SmtpError
from models.letter import Letter, LetterState, claim_letter, settle_letter

LEASE = timedelta(minutes=30)
"""How long one attempt may take before another worker takes over: longer than all its time limits together."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    LATER = "later"
    """Refused for now, or the connection broke before the server had the whole letter."""
    FAILED = "failed"
    """Refused for good, or for now too often."""
    UNSURE = "unsure"
    """The server has the whole letter and gave no answer: a person decides."""
    TAKEN_OVER = "taken over"
    """Another worker has it."""


def deliver_round(
    sessions: sessionmaker[Session],
    connection: SmtpConnection,
    *,
    worker: str,
    max_attempts: int,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> Counter[Outcome] | None:
    """Deliver until no letter is due; None while the server rests after trouble.

    Raises SmtpError when no letter can be sent now; the server rests then, longer each time.
    """
    if not connection.rest.over(clock()):
        return None
    outcomes: Counter[Outcome] = Counter()
    try:
        while not stop() and (outcome := deliver_one(
            sessions, connection, worker=worker, max_attempts=max_attempts, clock=clock
        )):  # fmt: skip
            outcomes[outcome] += 1
    except SmtpError as error:
        connection.rest.failed(error.pause, now=clock())
        raise
    if outcomes:
        connection.rest.succeeded()
    return outcomes


def deliver_one(
    sessions: sessionmaker[Session],
    connection: SmtpConnection,
    *,
    worker: str,
    max_attempts: int,
    clock: Callable[[], datetime],
) -> Outcome | None:
    """Make one attempt at the letter that is due first; None when none is due.

    1. Claim it and count the attempt; commit.
    2. Offer it; just before the server may send it, note that it is unsure from now on; commit.
    3. Record what the server said; commit.

    Raises SmtpError when the server can't be used for any letter; the attempt is given back then.
    """
    with sessions.begin() as session:
        letter = claim_letter(session, now=clock(), lease=LEASE, worker=worker)
        if letter is None:
            return None
        raw = letter.raw
        if raw is None:
            letter.state, letter.claimed_by, letter.last_error = LetterState.FAILED, None, "its text was erased"
            return Outcome.FAILED
    try:
        offered = connection.offer(
            raw,
            sender=letter.sender,
            recipients=letter.recipients,
            all_or_none=letter.attempts < max_attempts,
            handing_over=lambda: _hand_over(sessions, letter),
        )
    except SmtpError as error:
        # No fault of the letter's: the attempt does not count, and it is due again at once, behind those that are due.
        _record(sessions, letter, _later(str(error), clock()) | {"attempts": letter.attempts - 1})
        raise
    except LineBrokeError as error:
        return _try_later(sessions, letter, str(error), max_attempts=max_attempts, now=clock())
    except NoAnswerError as error:
        _record(sessions, letter, {"last_error": str(error)})
        return Outcome.UNSURE
    except ClaimLostError:
        return Outcome.TAKEN_OVER
    return _settle(sessions, letter, offered, max_attempts=max_attempts, now=clock())


def _hand_over(sessions: sessionmaker[Session], letter: Letter) -> bool:
    """Note that from now on the letter may have been sent; False when another worker has claimed it meanwhile."""
    unsure = {"state": LetterState.UNSURE, "last_error": "handed over to the server; its answer was never recorded"}
    return _record(sessions, letter, unsure)


def _settle(
    sessions: sessionmaker[Session], letter: Letter, offered: Offered, *, max_attempts: int, now: datetime
) -> Outcome:
    """Record what the server said."""
    said = "; ".join(dict.fromkeys(no.text for no in (*offered.refused.values(), *_present(offered.letter))))
    if offered.taken_for:
        left_out = [one for one in letter.recipients if one not in offered.taken_for]
        sent = {"state": LetterState.SENT, "sent_at": now, "last_error": said or None}
        people = {"recipients": list(offered.taken_for), "refused": [*letter.refused, *left_out]}
        _record(sessions, letter, sent | people)
        return Outcome.SENT
    for_good = [one for one, no in offered.refused.items() if no.permanent]
    left = [one for one in letter.recipients if one not in for_good]
    if not left or (offered.letter is not None and offered.letter.permanent):
        _record(sessions, letter, {"state": LetterState.FAILED, "last_error": said})
        return Outcome.FAILED
    people = {"recipients": left, "refused": [*letter.refused, *for_good]}
    return _try_later(sessions, letter, said, max_attempts=max_attempts, now=now, **people)


def _try_later(
    sessions: sessionmaker[Session], letter: Letter, said: str, *, max_attempts: int, now: datetime, **values: Any
) -> Outcome:
    """Record that it is tried again after a pause, which doubles; or that it was tried too often."""
    if letter.attempts >= max_attempts:
        _record(sessions, letter, values | {"state": LetterState.FAILED, "last_error": f"tried too often: {said}"})
        return Outcome.FAILED
    pause = min(FIRST_PAUSE * 2 ** min(letter.attempts - 1, 20), LONGEST_PAUSE)
    _record(sessions, letter, values | _later(said, now + pause))
    return Outcome.LATER


def _later(said: str, at: datetime) -> dict[str, Any]:
    return {"state": LetterState.QUEUED, "last_error": said, "next_attempt_at": at}


def _present(refusal: Refusal | None) -> tuple[Refusal, ...]:
    return () if refusal is None else (refusal,)


def _record(sessions: sessionmaker[Session], letter: Letter, values: dict[str, Any]) -> bool:
    """Change the row of a claimed letter and commit; False, and nothing changes, when the claim is no longer ours."""
    if values.get("state", LetterState.UNSURE) is not LetterState.UNSURE:
        values = values | {"claimed_by": None}
    with sessions.begin() as session:
        return settle_letter(session, letter.id, attempt=letter.attempts, **values)
