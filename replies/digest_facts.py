"""A digest's facts out of the database: what needs a person, what happened in the period, how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, and_, cast, func, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from config.call import Call
from models.application import (
    Application,
    ApplicationEvent,
    ApplicationLink,
    ApplicationMail,
    ApplicationStatus,
    EventKind,
    Relation,
)
from models.heartbeat import heartbeats
from models.letter import Letter, LetterState
from models.mail import NOTHING_TAKEN, Mail, MailState
from parsers.extraction import Kind
from replies.application_view import ApplicationView, view_of
from replies.digest_changes import changed_applications
from replies.digest_content import (
    DigestContent,
    FailedLetter,
    LatePlace,
    MailLine,
    NewApplication,
    UnsureApplication,
    WithdrawnApplication,
)
from replies.digest_overview import incomplete_applications, overviews, standings_of
from replies.digest_strangers import stranger_of, strangers_of
from replies.dutch_time import AMSTERDAM
from replies.policy import ANSWERED, Reason

LISTED = 200
"""So many of a sort are listed at most; the rest is counted."""
_DONE = (Relation.CREATED, Relation.SUPPLEMENT, Relation.REPEATED, Relation.WITHDRAWAL, Relation.REAPPLIED)
"""What a mail can be to an application when what it asked for was done."""
_FAILURE_DAYS = 30
"""How long a letter that failed is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a digest covers."""

    day: date
    """The Dutch day it is for."""
    start: datetime
    end: datetime
    missed_days: tuple[date, ...] = ()
    incomplete_after_days: int = 7
    late_after: timedelta = timedelta(minutes=60)
    watched: frozenset[str] | None = None
    """The heartbeats whose silence is told; None for all that there are."""

    def covers(self, column: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        """The condition that a time lies in the period: its start belongs to it, its end to the next."""
        return and_(column >= self.start, column < self.end)


def gather(session: Session, calls: Mapping[str, Call], period: Period) -> DigestContent:
    """Read everything that the digest of this period tells. Changes nothing."""
    more: dict[str, int] = {}
    people, waiting = _for_people(session, period, more)
    changed = changed_applications(session, calls, period.start, period.end)
    standings = list(standings_of(session, calls))
    before = period.end - timedelta(days=period.incomplete_after_days)
    incomplete, rest = incomplete_applications(session, calls, standings, before, LISTED)
    if rest:
        more["incomplete"] = rest
    if len(changed) > LISTED:
        more["changed"] = len(changed) - LISTED
    return DigestContent(
        day=period.day,
        covered_from=period.start,
        covered_to=period.end,
        missed_days=period.missed_days,
        privacy=_mails(session, "privacy", _waits(Kind.PRIVACY), more),
        unsure_kinds=_unsure_mails(session, more),
        unsure=_unsure_applications(session, calls, more),
        quarantined=_mails(session, "quarantined", Mail.state == MailState.QUARANTINED, more),
        failed_letters=_failed_letters(session, period, more),
        late=_late(session, period),
        new=_new(session, calls, period, more),
        changed=changed[:LISTED],
        withdrawn=_withdrawn(session, calls, period, more),
        incomplete=incomplete,
        incomplete_after_days=period.incomplete_after_days,
        for_people=people,
        waiting_for_people=waiting,
        withheld=_withheld(session, period, more),
        received=session.scalar(select(func.count(Mail.id)).where(period.covers(Mail.fetched_at))) or 0,
        counts=_counts(session, period),
        overviews=overviews(session, calls, standings, period.end),
        more=more,
    )


def _kind(*kinds: Kind) -> ColumnElement[bool]:
    """The mail is one of these kinds: by a person's word, else by ours."""
    return func.coalesce(Mail.confirmed_kind, Mail.kind).in_(kinds)


def _waits(*kinds: Kind) -> ColumnElement[bool]:
    return and_(Mail.state == MailState.READ, _kind(*kinds), Mail.settled_at.is_(None), Mail.silent.is_(False))


def _doubtful() -> ColumnElement[bool]:
    """A person must say what it is, or what to do with it: nothing was done with it and nobody has looked."""
    done = select(ApplicationMail.mail_id).where(ApplicationMail.relation.in_(_DONE))
    return and_(
        Mail.state == MailState.READ,
        Mail.needs_review.is_(True),
        Mail.confirmed_kind.is_(None),
        Mail.settled_at.is_(None),
        Mail.silent.is_(False),
        func.coalesce(Mail.kind, Kind.OTHER) != Kind.PRIVACY,
        Mail.id.not_in(done),
    )


def _mails(
    session: Session, name: str, condition: ColumnElement[bool], more: dict[str, int], *, newest_first: bool = False
) -> tuple[MailLine, ...]:
    total = session.scalar(select(func.count(Mail.id)).where(condition)) or 0
    order = Mail.id.desc() if newest_first else Mail.id
    mails = session.scalars(select(Mail).where(condition).order_by(order).limit(LISTED)).all()
    if total > len(mails):
        more[name] = total - len(mails)
    references = _references(session, [mail.id for mail in mails])
    return tuple(_line(mail, references.get(mail.id, "")) for mail in mails)


def _line(mail: Mail, reference: str = "") -> MailLine:
    kind = mail.confirmed_kind or mail.kind
    quarantined = mail.state == MailState.QUARANTINED
    return MailLine(
        mail_id=mail.id,
        received_at=mail.received_at,
        sender=mail.sender_name or mail.sender_address or "",
        subject=mail.subject or "",
        first_words=mail.first_words or "",
        kind=kind,
        deadline=a_month_after(mail.received_at.astimezone(AMSTERDAM).date()) if kind == Kind.PRIVACY else None,
        reason=(_last_line(mail.error) if quarantined else mail.withheld_reason) or "",
        reference=reference,
        stranger=stranger_of(mail),
    )


def _last_line(error: str | None) -> str:
    """Of a traceback the line that says what it was."""
    lines = (error or "").strip().splitlines()
    return lines[-1].strip() if lines else ""


def a_month_after(day: date) -> date:
    """Return the same day of the next month, or its last day (AVG article 12, third paragraph)."""
    first = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _references(session: Session, mail_ids: Sequence[int]) -> dict[int, str]:
    query = (
        select(ApplicationMail.mail_id, Application.reference)
        .join(Application, Application.id == ApplicationMail.application_id)
        .where(ApplicationMail.mail_id.in_(mail_ids))
        .order_by(ApplicationMail.id.desc())
    )
    return {row.mail_id: row.reference for row in session.execute(query)}


def _unsure_mails(session: Session, more: dict[str, int]) -> tuple[MailLine, ...]:
    lines = _mails(session, "unsure_kinds", _doubtful(), more)
    query = select(Mail.id, Mail.review_reasons).where(Mail.id.in_([line.mail_id for line in lines]))
    reasons = {mail_id: ",".join(names) for mail_id, names in session.execute(query)}
    return tuple(replace(line, reason=reasons.get(line.mail_id, "")) for line in lines)


def _applications(session: Session, condition: ColumnElement[bool]) -> Sequence[Application]:
    options = (selectinload(Application.values), selectinload(Application.people))
    query = select(Application).where(condition).order_by(Application.id).limit(LISTED).options(*options)
    return session.scalars(query).all()


def _view(application: Application, calls: Mapping[str, Call]) -> ApplicationView:
    return view_of(application, calls[application.call])


def _counted(
    session: Session, name: str, condition: ColumnElement[bool], more: dict[str, int]
) -> Sequence[Application]:
    found = _applications(session, condition)
    if len(found) == LISTED:
        total = session.scalar(select(func.count(Application.id)).where(condition)) or 0
        more[name] = total - len(found)
    return found


def _unsure_applications(
    session: Session, calls: Mapping[str, Call], more: dict[str, int]
) -> tuple[UnsureApplication, ...]:
    condition = and_(
        Application.needs_review.is_(True), Application.status == ApplicationStatus.OPEN, Application.call.in_(calls)
    )
    found = _counted(session, "unsure", condition, more)
    strangers = strangers_of(session, found)
    return tuple(
        UnsureApplication(
            view=_view(application, calls),
            reasons=tuple(application.review_reasons),
            suggestions=tuple(
                (name, value.value) for name, values in application.suggested().items() for value in values
            ),
            strangers=strangers.get(application.id, ()),
        )
        for application in found
    )


def _failed_letters(session: Session, period: Period, more: dict[str, int]) -> tuple[FailedLetter, ...]:
    since = period.end - timedelta(days=_FAILURE_DAYS)
    undecided = and_(Letter.state.in_([LetterState.FAILED, LetterState.UNSURE]), Letter.created_at >= since)
    condition = or_(undecided, and_(Letter.bounced_at.is_not(None), period.covers(Letter.bounced_at)))
    query = select(Letter, Application.reference).outerjoin(Application, Application.id == Letter.application_id)
    rows = session.execute(query.where(condition).order_by(Letter.id).limit(LISTED)).all()
    total = session.scalar(select(func.count(Letter.id)).where(condition)) or 0
    if total > len(rows):
        more["failed_letters"] = total - len(rows)
    return tuple(
        FailedLetter(
            letter_id=letter.id,
            reference=reference or "",
            to=", ".join([*letter.recipients, *letter.refused]),
            why=letter.bounce_status or letter.last_error or str(letter.state),
        )
        for letter, reference in rows
    )


def _late(session: Session, period: Period) -> tuple[LatePlace, ...]:
    return tuple(
        LatePlace(name=beat.name, since=beat.last_good_at or beat.started_at, error=beat.last_error or "")
        for beat in heartbeats(session)
        if (period.watched is None or beat.name in period.watched)
        and (beat.last_good_at or beat.started_at) < period.end - period.late_after
    )


def _happened(kind: EventKind, period: Period) -> ColumnElement[bool]:
    events = select(ApplicationEvent.application_id)
    return Application.id.in_(events.where(ApplicationEvent.kind == kind, period.covers(ApplicationEvent.at)))


def _new(
    session: Session, calls: Mapping[str, Call], period: Period, more: dict[str, int]
) -> tuple[NewApplication, ...]:
    condition = and_(
        _happened(EventKind.CREATED, period),
        Application.status != ApplicationStatus.MERGED,
        Application.call.in_(calls),
    )
    found = _counted(session, "new", condition, more)
    linked = _links(session, [application.id for application in found])
    return tuple(
        NewApplication(
            view=_view(application, calls),
            received_at=application.created_at,
            linked=tuple(linked.get(application.id, ())),
        )
        for application in found
    )


def _links(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """The references of the applications that these are linked with."""
    linked: dict[int, list[str]] = {}
    mine, other = ApplicationLink.application_id, ApplicationLink.other_id
    for one, two in ((mine, other), (other, mine)):
        query = select(one, Application.reference).join(Application, Application.id == two).where(one.in_(ids))
        for application_id, reference in session.execute(query):
            linked.setdefault(application_id, []).append(reference)
    return linked


def _withdrawn(
    session: Session, calls: Mapping[str, Call], period: Period, more: dict[str, int]
) -> tuple[WithdrawnApplication, ...]:
    condition = and_(
        _happened(EventKind.WITHDRAWN, period),
        Application.status == ApplicationStatus.WITHDRAWN,
        Application.call.in_(calls),
    )
    told = []
    for application in _counted(session, "withdrawn", condition, more):
        last = [event for event in application.events if event.kind == EventKind.WITHDRAWN][-1]
        told.append(WithdrawnApplication(view=_view(application, calls), at=last.at, mail_id=last.mail_id))
    return tuple(told)


def _for_people(session: Session, period: Period, more: dict[str, int]) -> tuple[tuple[MailLine, ...], int]:
    """Mail that nothing was done with, read in the period, and how much of it waits from before.

    Questions and other mail, and what adds to an application and of which nothing could be taken.
    """
    unread = and_(_waits(Kind.SUPPLEMENT), _nothing_taken())
    waits = and_(or_(_waits(Kind.QUESTION, Kind.OTHER), unread), Mail.id.not_in(select(Mail.id).where(_doubtful())))
    lines = _mails(session, "for_people", and_(waits, period.covers(Mail.read_at)), more)
    before = select(func.count(Mail.id)).where(waits, Mail.read_at < period.start)
    return lines, session.scalar(before) or 0


def _nothing_taken() -> ColumnElement[bool]:
    return func.coalesce(cast(Mail.review_reasons, String), "").contains(f'"{NOTHING_TAKEN}"')


def _withheld(session: Session, period: Period, more: dict[str, int]) -> tuple[MailLine, ...]:
    condition = and_(
        _kind(*ANSWERED),
        Mail.state == MailState.READ,
        period.covers(Mail.read_at),
        Mail.withheld_reason.is_not(None),
        Mail.silent.is_(False),
        not_(_nothing_taken()),
        *(Mail.withheld_reason.not_like(f"{reason}%") for reason in _TOLD_OTHERWISE),
    )
    return _mails(session, "withheld", condition, more)


# What needs a person stands there; who was answered is not unanswered; and when nobody is, nobody needs to be told.
_TOLD_OTHERWISE = (Reason.KIND_UNSURE, Reason.ANSWERED_BEFORE, Reason.LETTERS_OFF)


def _counts(session: Session, period: Period) -> dict[str, int]:
    """Every mail that came in within the period, under one name each."""
    counts: dict[str, int] = {}
    within = period.covers(Mail.fetched_at)
    doubtful = session.scalar(select(func.count(Mail.id)).where(within, _doubtful())) or 0
    kind = func.coalesce(Mail.confirmed_kind, Mail.kind)
    sure = and_(within, Mail.id.not_in(select(Mail.id).where(_doubtful())))
    query = select(Mail.state, kind, func.count(Mail.id)).where(sure).group_by(Mail.state, kind)
    for state, name, count in session.execute(query):
        counted = _counted_as(state, name)
        counts[counted] = counts.get(counted, 0) + count
    return counts | ({"unsure": doubtful} if doubtful else {})


def _counted_as(state: MailState, kind: str | None) -> str:
    match state:
        case MailState.READ:
            return str(kind or Kind.OTHER)
        case MailState.RECEIVED:
            return "unread"
        case _:
            return str(state)
