"""A small stage for tests of registering: mails by hand, understood as the test says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from config.call import Call, load_calls
from intake.register import register
from intake.registration import Registration
from models.application import Application, ApplicationEvent, ApplicationMail, Relation
from models.letter import Letter, LetterKind, LetterState, enqueue
from models.mail import Mail, MailState
from parsers.blocks import Block, BlockKind, Mailbox, Part
from parsers.extraction import Evidence, ExtractedApplication, Extraction, Kind, Person, Value
from parsers.message import Message
from replies.policy import Rules

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL = load_calls()["ontwikkelgroep"]
RULES = Rules(own_addresses=frozenset({"steunpunt@steunpunt.example"}))
STRICT = Rules(own_addresses=RULES.own_addresses, authserv_id="mx.steunpunt.example")
JAN = {
    "organisation": "OBS De Klimop",
    "role": "intern begeleider",
    "name": "Jan de Vries",
    "email": "jan@klimop.example",
    "phone": "+31612345678",
}
ANSWERS = {"1": "Wij willen leren.", "2": "Hoe organiseren we het?", "3": "Ouders en personeel."}


def vouched(verdict: str) -> tuple[tuple[str, str], ...]:
    """The header in which the operator's server says what it found."""
    return (("Authentication-Results", f"mx.steunpunt.example; dmarc={verdict}"),)


def extracted(
    fields: dict[str, str] | None = None,
    *,
    answers: dict[str, str] | None = None,
    sector: Sequence[str] = (),
    also: Sequence[Person] = (),
    part: str = "body",
    confidence: float = 0.95,
) -> ExtractedApplication:
    """An application as a mail states it; evidence lies at the start of the part."""
    place = (Evidence(part=part, start=0, end=1, extractor="test"),)
    return ExtractedApplication(
        fields={
            name: Value(value=value, confidence=confidence, evidence=place) for name, value in (fields or {}).items()
        },
        sector=Value(value=tuple(sector), confidence=confidence, evidence=place) if sector else None,
        answers={
            name: Value(value=value, confidence=confidence, evidence=place) for name, value in (answers or {}).items()
        },
        also=tuple(also),
    )


def understood(
    kind: Kind, *applications: ExtractedApplication, unsure: Sequence[str] = (), confidence: float = 0.97
) -> Extraction:
    return Extraction(
        kind=kind,
        kind_confidence=confidence,
        kind_reason="test",
        needs_review=bool(unsure),
        review_reasons=tuple(unsure),
        applications=applications,
    )


@dataclass
class Scene:
    """One call's list, to which mails come one after the other."""

    sessions: sessionmaker[Session]
    rules: Rules = RULES
    call: Call = CALL
    numbers: Any = field(default_factory=lambda: count(1))
    now: datetime = NOW

    def mail(
        self,
        extraction: Extraction,
        *,
        sender: str = "jan@klimop.example",
        text: str = "Wij doen mee.",
        subject: str = "Aanmelding",
        replies_to: Sequence[str] = (),
        headers: tuple[tuple[str, str], ...] = (),
        raw: bytes = b"x",
        content_types: tuple[str, ...] = (),
        signature: bool = False,
        **values: Any,
    ) -> tuple[Mail, Registration]:
        """Store a mail, register it as understood, and return both as they are after the commit."""
        number = next(self.numbers)
        self.now += timedelta(hours=1)
        kind = BlockKind.SIGNATURE if signature else BlockKind.OWN
        message = Message(
            message_id=f"<{number}@sender.example>",
            subject=subject,
            from_=Mailbox(name="", address=sender),
            references=tuple(replies_to),
            in_reply_to=tuple(replies_to[-1:]),
            headers=(("From", sender), *headers),
            content_types=content_types,
            parts=(Part(name="body", text=text),),
            blocks=(Block(kind=kind, part="body", start=0, end=len(text), text=text),),
        )
        mail = Mail(
            mailbox="main",
            folder="INBOX",
            uidvalidity=1,
            uid=number,
            size=1,
            received_at=self.now,
            fetched_at=self.now,
            next_attempt_at=self.now,
            raw=raw,
            message_id=message.message_id,
            content_hash=str(number),
            sender_address=sender,
            state=MailState.READ,
            **values,
        )
        with self.sessions.begin() as session:
            session.add(mail)
            session.flush()
            done = register(session, mail, message, extraction, self.call, rules=self.rules, now=self.now)
        return mail, done

    def again(self, mail: Mail, extraction: Extraction) -> Registration:
        """Register a stored mail once more, as it is understood now."""
        message = Message(message_id=mail.message_id, from_=Mailbox(name="", address=mail.sender_address or ""))
        with self.sessions.begin() as session:
            stored = session.get_one(Mail, mail.id)
            return register(session, stored, message, extraction, self.call, rules=self.rules, now=self.now)

    def letter(self, mail: Mail, application: str = "OG-2026-0001", to: str = "jan@klimop.example") -> str:
        """Put the letter that answers the mail into the outbox as sent, and return its Message-ID."""
        message_id = f"<intake.{mail.id:032x}@steunpunt.example>"
        with self.sessions.begin() as session:
            about = session.scalars(select(Application).where(Application.reference == application)).one()
            letter = Letter(
                kind=LetterKind.ACKNOWLEDGEMENT,
                mail_id=mail.id,
                application_id=about.id,
                message_id=message_id,
                sender="steunpunt@steunpunt.example",
                recipients=[to],
                subject="Re: Aanmelding",
                raw=b"x",
                thread=mail.message_id,
                state=LetterState.SENT,
                sent_at=self.now,
                next_attempt_at=self.now,
                created_at=self.now,
            )
            enqueue(session, letter)
        return message_id

    def list(self) -> dict[str, dict[str, str]]:
        """The list: each application's values that hold, by reference."""
        with self.sessions() as session:
            applications = session.scalars(select(Application).order_by(Application.id))
            return {
                one.reference: {field: value.value for field, value in one.current().items()} for one in applications
            }

    def application(self, reference: str = "OG-2026-0001") -> "Shown":
        with self.sessions() as session:
            one = session.scalars(select(Application).where(Application.reference == reference)).one()
            ties = session.scalars(
                select(ApplicationMail).where(ApplicationMail.application_id == one.id).order_by(ApplicationMail.id)
            )
            events = session.scalars(
                select(ApplicationEvent).where(ApplicationEvent.application_id == one.id).order_by(ApplicationEvent.id)
            )
            return Shown(
                status=str(one.status),
                reasons=list(one.review_reasons),
                needs_review=one.needs_review,
                relations=[tie.relation for tie in ties],
                events=[str(event.kind) for event in events],
                history=[(value.field, value.value, str(value.state)) for value in one.values],
                people=[(person.name, person.email) for person in one.people],
            )


@dataclass(frozen=True)
class Shown:
    """An application as a test looks at it."""

    status: str
    reasons: list[str]
    needs_review: bool
    relations: list[Relation]
    events: list[str]
    history: list[tuple[str, str, str]]
    people: list[tuple[str, str]]
