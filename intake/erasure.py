"""Forgetting: what is taken out of a mail, a letter, an application, and what stays so that none comes back."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, ApplicationMail
from models.identity import erased_message_id
from models.letter import Letter, LetterState
from models.mail import Mail


def erase_mail(mail: Mail, *, now: datetime) -> None:
    """Take everything personal out of a mail's row.

    What stays says where it lay, what kind it was and what became of it, and lets the same mail be known again, so that
    a mailbox whose numbers change does not bring it back. Applications keep what was read from it.
    """
    mail.raw = mail.extraction = mail.error = None
    mail.subject = mail.sender_name = mail.sender_address = mail.first_words = mail.kind_reason = None
    mail.source = mail.claimed_by = None
    mail.refers_to = []
    mail.needs_review, mail.review_reasons = False, []
    if mail.erased_at is None:
        mail.message_id = erased_message_id(mail.message_id)
        mail.erased_at = now


def erase_letter(letter: Letter) -> None:
    """Take everything personal out of a letter's row; one that still waits is not sent any more."""
    letter.raw = None
    letter.subject = letter.to_address = letter.to_domain = ""
    letter.recipients, letter.refused = [], []
    letter.thread = letter.last_error = ""
    if letter.state in {LetterState.QUEUED, LetterState.SENDING, LetterState.UNSURE}:
        letter.state, letter.claimed_by = LetterState.FAILED, None


def erase_application(session: Session, application: Application, *, now: datetime) -> None:
    """Delete an application with its history; erase its letters, and its mails unless another one has them, too."""
    mail_ids: set[int | None] = {tie.mail_id for tie in application.mails}
    mail_ids |= {value.mail_id for value in application.values} | {event.mail_id for event in application.events}
    letters = session.scalars(select(Letter).where(Letter.application_id == application.id)).all()
    for letter in letters:
        erase_letter(letter)
    session.delete(application)
    session.flush()
    for mail in _without_application(session, mail_ids - {None}):
        erase_mail(mail, now=now)
    session.flush()


def _without_application(session: Session, mail_ids: Iterable[int | None]) -> Iterable[Mail]:
    tied = select(ApplicationMail.id).where(ApplicationMail.mail_id == Mail.id).exists()
    return session.scalars(select(Mail).where(Mail.id.in_(list(mail_ids)), ~tied)).all()
