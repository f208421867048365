"""Who wrote about an application without belonging to it: what a person must see before they let a mail count."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, ApplicationMail
from models.mail import Mail
from replies.digest_content import Stranger
from replies.policy import Reason

_SENDER = "sender"
"""The reason for which a mail or application waits when the sender does not belong."""
_SHOWN = 3


def stranger_of(mail: Mail) -> Stranger | None:
    """Return a mail's sender when they do not belong to the application that it is about; None for all others."""
    if _SENDER not in mail.review_reasons:
        return None
    return Stranger(
        name=mail.sender_name or "",
        address=mail.sender_address or "",
        forged=(mail.withheld_reason or "").partition(":")[0] == Reason.DMARC,
    )


def strangers_of(session: Session, applications: Sequence[Application]) -> dict[int, tuple[Stranger, ...]]:
    """Return the last strangers who wrote about each application that waits for that reason, the newest first."""
    ids = [one.id for one in applications if _SENDER in one.review_reasons or one.suggested()]
    query = select(ApplicationMail.application_id, Mail).join(Mail, Mail.id == ApplicationMail.mail_id)
    query = query.where(ApplicationMail.application_id.in_(ids), Mail.needs_review.is_(True))
    found: dict[int, list[Stranger]] = {}
    for application_id, mail in session.execute(query.order_by(Mail.id.desc())):
        stranger, known = stranger_of(mail), found.setdefault(application_id, [])
        if stranger is not None and stranger not in known and len(known) < _SHOWN:
            known.append(stranger)
    return {key: tuple(strangers) for key, strangers in found.items()}
