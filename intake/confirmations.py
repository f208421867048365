"""What our letters asked ("Klopt het dat …?"), and what becomes of it when the applicant says yes or no.

What a letter asked is not stored: it asked for every value that was unsure when it was written, and a value that is
unsure still and no younger than the letter is one of those.
"""

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.call import Call
from intake.changes import set_value
from intake.staff import StaffError, normalised
from intake.understanding import Conversation
from models.application import (
    MACHINE,
    Application,
    ApplicationStatus,
    EventKind,
    Relation,
    application_by_reference,
    applications_of_mails,
    record,
    surviving,
)
from models.letter import Letter, LetterKind, find_letters
from models.mail import Mail
from models.value import ApplicationValue, ValueState
from parsers.confirmation import Confirmation, Saying, value_instead
from parsers.message import Message
from replies.application_view import Change
from replies.letter import MESSAGE_ID_MARK

DENIED = "denied"
"""The applicant says that what we asked about is wrong, and not plainly what is right."""
UNCLEAR_ANSWER = "answer unclear"
"""The applicant answered our question, and a person must say what they mean."""

CONFIDENCE = 0.98
"""Of a value that its applicant confirmed: not a person of ours, but the one who should know."""

_HEADER = 100_000
_LETTERS = 3
_OUR_IDS = re.compile(rf"<{re.escape(MESSAGE_ID_MARK)}[0-9a-f]{{32}}@[^<>\s]{{1,255}}>")


def conversation_of(session: Session, raw: bytes, call: Call) -> Conversation:
    """Return what is known of a mail's conversation by its bytes alone; whatever they are, without an exception."""
    header = re.split(rb"\r?\n\r?\n", raw[:_HEADER], maxsplit=1)[0].decode("latin-1")
    letters = letters_named(session, header, call)
    applications = [application for letter in letters for application in _about(session, letter, call)]
    return Conversation(
        letters=tuple(text for letter in letters if (text := text_of(letter.raw or b""))),
        asks=any(asked_of(session, application, letters, call) for application in applications),
        withdrawn=any(application.status is ApplicationStatus.WITHDRAWN for application in applications),
    )


def letters_named(session: Session, header: str, call: Call) -> Sequence[Letter]:
    """Return our letters whose Message-IDs stand in a text, else the last ones about a number in it; newest first."""
    found = [*find_letters(session, list(dict.fromkeys(_OUR_IDS.findall(header)))[:50])]
    if not found:
        numbers = re.findall(rf"(?<![A-Za-z]){re.escape(call.reference_prefix)}-[0-9]{{4}}-[0-9]{{4,8}}", header)
        for number in list(dict.fromkeys(numbers))[:_LETTERS]:
            application = application_by_reference(session, number)
            if application is not None:
                query = select(Letter).where(Letter.application_id == application.id)
                found += session.scalars(query.order_by(Letter.id.desc()).limit(_LETTERS))
    ours = {letter.id: letter for letter in found if letter.kind is LetterKind.ACKNOWLEDGEMENT}
    return [ours[key] for key in sorted(ours, reverse=True)][:_LETTERS]


def text_of(raw: bytes) -> str:
    """Return the plain text of a letter of ours; "" for bytes that are none."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    part = mail.get_body(("plain",)) if isinstance(mail, EmailMessage) else None
    return str(part.get_content()) if part is not None else ""


def asked_of(
    session: Session, application: Application, letters: Sequence[Letter], call: Call
) -> list[ApplicationValue]:
    """Return the values of an application that one of these letters asked about and nobody has answered for yet."""
    if application.status is not ApplicationStatus.OPEN:
        return []
    wanted = {field.id for field in call.fields} | {f"answer:{question.id}" for question in call.questions}
    withdrawals = {tie.mail_id for tie in application.mails if tie.relation is Relation.WITHDRAWAL}
    asking = [
        letter.created_at
        for letter in letters
        if letter.mail_id not in withdrawals and application in _about(session, letter, call)
    ]
    if not asking:
        return []
    held = application.current().values()
    return [value for value in held if value.unsure and value.field in wanted and value.set_at <= max(asking)]


def _about(session: Session, letter: Letter, call: Call) -> list[Application]:
    """The applications that a letter tells of."""
    found = [session.get(Application, letter.application_id)] if letter.application_id else []
    found += applications_of_mails(session, [letter.mail_id]) if letter.mail_id else []
    lasting = (surviving(session, application) for application in found if application is not None)
    return list({one.id: one for one in lasting if one.call == call.id}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reply's answer did to one application."""

    application: Application
    changes: tuple[Change, ...] = ()
    reason: str = ""
    """Why a person must look; "" when the answer was plain."""


Asked = tuple[Application, Sequence[ApplicationValue]]
"""An application, and its values that were asked about."""


def asked_by(session: Session, message: Message, call: Call) -> list[Asked]:
    """Return what the letters that a message answers asked, by application."""
    text = " ".join([*message.in_reply_to, *message.references, message.subject])
    letters = letters_named(session, text, call)
    found = {one.id: one for letter in letters for one in _about(session, letter, call)}
    return [(one, asked) for one in found.values() if (asked := asked_of(session, one, letters, call))]


def take_answers(
    session: Session,
    mail: Mail,
    asked: Sequence[Asked],
    said: Confirmation,
    call: Call,
    *,
    now: datetime,
) -> Iterator[Answer]:
    """Bring a yes or no into the applications that were asked about before the mail's own values were taken over.

    1. A plain yes confirms everything that was asked; beneath one of several questions it is unclear which it answers.
    2. A no with the right value behind it, to the one thing that was asked, gives that value.
    3. Another no, and what is both, changes nothing; the values stay unsure and a person looks.
    """
    count = sum(len(values) for _, values in asked)
    saying = said.saying
    if saying is Saying.YES and said.inserted and said.pieces < count:
        saying = Saying.UNCLEAR
    for application, values in asked:
        left = [value for value in values if value.state is ValueState.CURRENT]
        given = {value.field: value.value for value in left} if saying is Saying.YES else {}
        if saying is Saying.NO and count == 1:
            given = _instead(values[0].field, said, call)
        if given:
            rows = [_row(field, text, mail, said, now=now) for field, text in given.items()]
            changes = tuple(_give(session, application, row) for row in rows)
            kind = EventKind.CONFIRMED if saying is Saying.YES else EventKind.CHANGED
            record(application, kind, at=now, mail_id=mail.id, note=", ".join(given))
            yield Answer(application=application, changes=changes)
        elif left:
            yield Answer(application=application, reason=DENIED if saying is Saying.NO else UNCLEAR_ANSWER)


def _give(session: Session, application: Application, row: ApplicationValue) -> Change:
    """Make the value hold, and tell it as a change; what was only confirmed was nothing else before."""
    held = application.text(row.field)
    set_value(session, application, row)
    return Change(field=row.field, before="" if held == row.value else held, after=row.value)


def _instead(field: str, said: Confirmation, call: Call) -> dict[str, str]:
    """The value given in place of the one that was asked about; empty when there is none, or it may be another's."""
    names = [field, *(f"{one.label} {one.label_en} {' '.join(one.labels)}" for one in call.fields if one.id == field)]
    try:
        text = normalised(field, value_instead(said.rest, names), call)
    except StaffError:
        return {}
    return {field: text} if text else {}


def _row(field: str, text: str, mail: Mail, said: Confirmation, *, now: datetime) -> ApplicationValue:
    place = {"part": "body", "start": said.start, "end": said.end, "extractor": "confirmation"}
    return ApplicationValue(
        field=field,
        value=text,
        state=ValueState.CURRENT,
        confidence=CONFIDENCE,
        unsure=False,
        evidence=[place],
        mail_id=mail.id,
        set_by=MACHINE,
        set_at=now,
    )
