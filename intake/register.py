"""What was understood of a mail, into the list: new applications, what changes earlier ones, and what waits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from config.call import Call
from intake.changes import Saying, add_people, stated_values, take_over
from intake.confirmations import DENIED, UNCLEAR_ANSWER, Asked, asked_by, take_answers
from intake.likeness import same_applicant
from intake.registration import KIND, SENDER, UNCLEAR, UNKNOWN, WITHDRAWN, Registration, Touched
from intake.reports import take_report
from intake.standing import Standing, standing_of
from intake.threads import Found, Way, find, find_conversation, same_school
from models.application import (
    MACHINE,
    Application,
    ApplicationLink,
    ApplicationMail,
    ApplicationStatus,
    EventKind,
    Relation,
    record,
    refresh_review,
)
from models.mail import NOTHING_TAKEN, Mail
from models.reference import next_reference
from parsers.confirmation import Confirmation, confirmation_in
from parsers.confirmation import Saying as Said
from parsers.extraction import ExtractedApplication, Extraction, Kind
from parsers.message import Message
from replies.application_view import Happening
from replies.policy import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One mail and everything that registering it takes."""

    session: Session
    mail: Mail
    message: Message
    extraction: Extraction
    call: Call
    rules: Rules
    now: datetime

    @property
    def kind(self) -> Kind:
        return self.mail.confirmed_kind or self.extraction.kind

    def find(self, stated: ExtractedApplication | None = None) -> Iterator[Found]:
        return find(self.session, self.mail, self.message, self.call, stated=stated)

    def standing(self, application: Application) -> Standing:
        if self.mail.confirmed_kind is not None:
            # A person read it and said that it counts.
            return Standing.OWNER
        return standing_of(self.session, self.mail, self.message, application, self.rules)

    def saying(self, *, whole: bool, allowed: bool) -> Saying:
        return Saying(
            mail=self.mail,
            message=self.message,
            unsure=frozenset(self.extraction.review_reasons),
            whole=whole,
            allowed=allowed,
        )


def register(
    session: Session, mail: Mail, message: Message, extraction: Extraction, call: Call, *, rules: Rules, now: datetime
) -> Registration:
    """Bring what was understood into the list. Registering the same mail again changes nothing but what is read anew.

    The caller holds the lock "register", so that two mails of one applicant can't become two applications.

    1. Reports about our letters are tied to those; questions and the like to the conversation they are in.
    2. A mail whose kind is unsure waits for a person, unless it belongs to a conversation with its sender.
    3. An application that is here already, from the same person and organisation, is updated; a colleague's is linked.
    4. Supplements and withdrawals change the application they are about, when their sender may change it.
    5. A yes or no to what our letter asked is brought into the application, whatever else the mail says.
    """
    case = _Case(session=session, mail=mail, message=message, extraction=extraction, call=call, rules=rules, now=now)
    if case.kind in _NO_ANSWERS or (said := confirmation_in(message)).saying is Said.NOTHING:
        return _by_kind(case)
    asked = asked_by(session, message, call)
    # Before the mail is registered: what it changes makes its sender belong.
    standings = {one.id: case.standing(one) for one, _ in asked}
    return _with_answers(case, said, asked, standings, _by_kind(case))


_NO_ANSWERS = frozenset({Kind.AUTOMATIC, Kind.SPAM, Kind.PRIVACY, Kind.WITHDRAWAL})


def _by_kind(case: _Case) -> Registration:
    session, mail, message = case.session, case.mail, case.message
    match case.kind:
        case Kind.AUTOMATIC:
            take_report(session, mail, message, case.call, now=case.now)
            return Registration()
        case Kind.APPLICATION | Kind.SUPPLEMENT | Kind.WITHDRAWAL:
            vouched = mail.confirmed_kind is not None or _goes_on(case)
            if not vouched and _kind_unsure(case.extraction, case.rules):
                _relate(case)
                return Registration(reasons=(KIND,))
            return replace(_register(case), vouched=vouched)
        case Kind.SPAM:
            return Registration()
        case _:
            _relate(case)
            return Registration()


def _register(case: _Case) -> Registration:
    if case.kind is Kind.WITHDRAWAL:
        return _withdraw(case)
    if case.kind is Kind.SUPPLEMENT:
        return _supplement(case)
    applications = case.extraction.applications
    if not applications and _in_own_thread(case):
        # "Ik wil toch meedoen" says all by its conversation.
        applications = (ExtractedApplication(),)
    results = [_apply(case, extracted, position) for position, extracted in enumerate(applications)]
    if not results:
        return Registration(reasons=(UNKNOWN,))
    reasons = dict.fromkeys(reason for result in results for reason in result.reasons)
    return Registration(touched=tuple(one for result in results for one in result.touched), reasons=tuple(reasons))


def _with_answers(
    case: _Case,
    said: Confirmation,
    asked: Sequence[Asked],
    standings: Mapping[int, Standing],
    registration: Registration,
) -> Registration:
    """Bring in what the mail answers to our letters' questions, when its sender may."""
    allowed = [(one, values) for one, values in asked if standings[one.id] is not Standing.STRANGER]
    touched = {one.application.id: one for one in registration.touched}
    reasons = list(registration.reasons)
    for answer in take_answers(case.session, case.mail, allowed, said, case.call, now=case.now):
        one = answer.application
        before = touched.get(one.id, Touched(application=one, happening=Happening.CHANGED))
        touched[one.id] = replace(before, changes=(*before.changes, *answer.changes))
        flags = [answer.reason] if answer.reason else []
        reasons = [reason for reason in reasons if reason != NOTHING_TAKEN]
        if answer.changes:
            _tie(case, one, Relation.SUPPLEMENT)
            one.review_reasons = [reason for reason in one.review_reasons if reason not in {DENIED, UNCLEAR_ANSWER}]
            flags += [SENDER] if standings[one.id] is Standing.COLLEAGUE else []
        refresh_review(one, flags)
        reasons += flags
    return replace(registration, touched=tuple(touched.values()), reasons=tuple(dict.fromkeys(reasons)))


def _kind_unsure(extraction: Extraction, rules: Rules) -> bool:
    return KIND in extraction.review_reasons or extraction.kind_confidence < rules.kind_threshold


VOUCHED = 0.5
"""So sure of its kind a mail must be at least for its conversation to vouch for it."""


def _goes_on(case: _Case) -> bool:
    """Whether a mail's conversation tells what its words leave unsure; never for a withdrawal, which undoes it all."""
    said = case.kind is not Kind.WITHDRAWAL and case.extraction.kind_confidence >= VOUCHED
    return said and _in_own_thread(case)


def _in_own_thread(case: _Case) -> bool:
    """Whether the mail goes on with a conversation about an application of its own sender."""
    applications = find_conversation(case.session, case.mail, case.message, case.call)
    return any(case.standing(application) is Standing.OWNER for application in applications)


def _apply(case: _Case, extracted: ExtractedApplication, position: int) -> Registration:
    """Register one whole application of a mail."""
    known, way = _earlier(case, extracted, position)
    if known is None:
        return Registration(touched=(_create(case, extracted, position),))
    standing = case.standing(known)
    # In a conversation people say what is new; only a mail of its own is meant as a whole.
    whole = way is not Way.THREAD
    if standing is Standing.STRANGER:
        return _refuse(case, known, extracted, whole=whole)
    return _update(case, known, extracted, standing, whole=whole)


def _earlier(case: _Case, extracted: ExtractedApplication, position: int) -> tuple[Application | None, Way | None]:
    """Return the application that this one repeats (same person, same organisation), and how it is known."""
    for found in case.find(extracted):
        for application in found.applications:
            place = _position(application, case.mail)
            if place is None and same_applicant(application, extracted):
                return application, found.way
            if place == position and found.way is Way.ITSELF:
                return application, found.way
    return None, None


def _position(application: Application, mail: Mail) -> int | None:
    return next((tie.position for tie in application.mails if tie.mail_id == mail.id), None)


def _create(case: _Case, extracted: ExtractedApplication, position: int) -> Touched:
    """Make a new application, and link it with those of colleagues."""
    organisation = extracted.fields["organisation"].value if "organisation" in extracted.fields else ""
    colleagues = same_school(case.session, case.call, organisation) if organisation else []
    application = Application(
        reference=next_reference(case.session, case.call.reference_prefix, now=case.now),
        call=case.call.id,
        language=case.extraction.language,
        created_at=case.mail.received_at,
        updated_at=case.now,
    )
    take_over(case.session, application, extracted, case.saying(whole=True, allowed=True), now=case.now)
    people = add_people(application, extracted.also, case.mail, now=case.now)
    _tie(case, application, Relation.CREATED, position)
    record(application, EventKind.CREATED, at=case.now, mail_id=case.mail.id)
    refresh_review(application)
    # Whole and at once: what is added to a stored row makes the session look up first what it has.
    case.session.add(application)
    case.session.flush()
    for colleague in colleagues:
        _link(case, colleague, application)
    return Touched(application=application, happening=Happening.REGISTERED, people=people)


def _link(case: _Case, earlier: Application, later: Application) -> None:
    case.session.add(
        ApplicationLink(
            application_id=earlier.id,
            other_id=later.id,
            reason="same organisation",
            linked_by=MACHINE,
            linked_at=case.now,
        )
    )
    for one, other in ((earlier, later), (later, earlier)):
        record(one, EventKind.LINKED, at=case.now, mail_id=case.mail.id, note=other.reference)


def _update(
    case: _Case, application: Application, extracted: ExtractedApplication, standing: Standing, *, whole: bool
) -> Registration:
    """Bring into an earlier application what its own people, or their colleagues, say now."""
    changes = take_over(case.session, application, extracted, case.saying(whole=whole, allowed=True), now=case.now)
    people = add_people(application, extracted.also, case.mail, now=case.now)
    happening, relation, reasons = Happening.CHANGED, Relation.REPEATED, []
    if changes or people:
        relation = Relation.SUPPLEMENT
        fields = ", ".join(change.field for change in changes)
        record(application, EventKind.CHANGED, at=case.now, mail_id=case.mail.id, note=fields)
    if application.status is ApplicationStatus.WITHDRAWN and case.kind is Kind.APPLICATION:
        application.status, application.withdrawn_at = ApplicationStatus.OPEN, None
        happening, relation = Happening.RESTORED, Relation.REAPPLIED
        record(application, EventKind.RESTORED, at=case.now, mail_id=case.mail.id)
    elif application.status is ApplicationStatus.WITHDRAWN and (changes or people):
        reasons.append(WITHDRAWN)
    if standing is Standing.COLLEAGUE and relation is not Relation.REPEATED:
        reasons.append(SENDER)
    _tie(case, application, relation)
    refresh_review(application, reasons)
    touched = Touched(application=application, happening=happening, changes=tuple(changes), people=people)
    return Registration(touched=(touched,), reasons=tuple(reasons))


def _supplement(case: _Case) -> Registration:
    """Bring what a mail adds or corrects into the application it is about."""
    extracted = case.extraction.applications[0] if case.extraction.applications else ExtractedApplication()
    application, reason = _meant(case, extracted)
    if application is None:
        return Registration(reasons=(reason,))
    standing = case.standing(application)
    if standing is Standing.STRANGER:
        return _refuse(case, application, extracted, whole=False)
    done = _update(case, application, extracted, standing, whole=False)
    saying = case.saying(whole=False, allowed=True)
    # What its signature gives was not what it wanted to say.
    if extracted.also or any(stated.spoken for stated in stated_values(extracted, saying)):
        return done
    return replace(done, reasons=(*done.reasons, NOTHING_TAKEN))


def _withdraw(case: _Case) -> Registration:
    application, reason = _meant(case, None)
    if application is None:
        return Registration(reasons=(reason,))
    standing = case.standing(application)
    if standing is Standing.STRANGER:
        return _refuse(case, application, None, whole=False)
    if application.status is ApplicationStatus.WITHDRAWN:
        if _position(application, case.mail) is None:
            _tie(case, application, Relation.REPEATED)
        return Registration(touched=(Touched(application=application, happening=Happening.CHANGED),))
    application.status, application.withdrawn_at = ApplicationStatus.WITHDRAWN, case.now
    _tie(case, application, Relation.WITHDRAWAL)
    record(application, EventKind.WITHDRAWN, at=case.now, mail_id=case.mail.id)
    reasons = (SENDER,) if standing is Standing.COLLEAGUE else ()
    refresh_review(application, reasons)
    return Registration(touched=(Touched(application=application, happening=Happening.WITHDRAWN),), reasons=reasons)


def _meant(case: _Case, extracted: ExtractedApplication | None) -> tuple[Application | None, str]:
    """Return the one application that a supplement or withdrawal is about, or why there is none.

    The surest way that finds any decides; of several, the one that fits what the mail says, then the one that counts.
    """
    for found in case.find(extracted):
        fitting = list(found.applications)
        for narrower in (
            [one for one in fitting if extracted is not None and same_applicant(one, extracted)],
            [one for one in fitting if one.status is ApplicationStatus.OPEN],
        ):
            if len(fitting) > 1 and narrower:
                fitting = [one for one in fitting if one in narrower]
        return (fitting[0], "") if len(fitting) == 1 else (None, UNCLEAR)
    return None, UNKNOWN


def _refuse(
    case: _Case, application: Application, extracted: ExtractedApplication | None, *, whole: bool
) -> Registration:
    """Change nothing; keep what the stranger says as proposals that wait for a person."""
    if extracted is not None:
        take_over(case.session, application, extracted, case.saying(whole=whole, allowed=False), now=case.now)
    if _position(application, case.mail) is None:
        record(
            application,
            EventKind.REFUSED,
            at=case.now,
            mail_id=case.mail.id,
            note=str(case.kind),
        )
        _tie(case, application, Relation.REFUSED)
    refresh_review(application, [SENDER])
    return Registration(reasons=(SENDER,))


def _relate(case: _Case) -> None:
    """Show other mail of a conversation with the applications it is about."""
    for found in case.find():
        if found.way in {Way.THREAD, Way.SENDER}:
            for application in found.applications:
                if _position(application, case.mail) is None:
                    _tie(case, application, Relation.RELATED)
            return


def _tie(case: _Case, application: Application, relation: Relation, position: int = 0) -> None:
    """Record what the mail was to the application; what it was before is kept when it only says it again."""
    tie = next((tie for tie in application.mails if tie.mail_id == case.mail.id), None)
    if tie is None:
        application.mails.append(
            ApplicationMail(mail_id=case.mail.id, relation=relation, position=position, at=case.now)
        )
    elif relation is not Relation.REPEATED and tie.relation is not Relation.CREATED:
        tie.relation = relation
