"""An application whole, as JSON: for programs, and for whoever wants to know where each value came from."""

import json
from collections.abc import Iterable
from typing import Any, TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.application import Application, ApplicationEvent, ApplicationMail, ApplicationPerson, linked_with
from models.letter import Letter
from models.value import ApplicationValue, ValueState


def write_jsonl(session: Session, rows: Iterable[Application], out: TextIO) -> int:
    """Write each application whole on a line; returns how many."""
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        out.write(json.dumps(as_json(session, row), ensure_ascii=False) + "\n")
    return count


def as_json(session: Session, row: Application) -> dict[str, Any]:
    """Return an application whole: values with evidence and history, people, mails, letters, relatives, events.

    Times are ISO 8601 in UTC; null where something did not happen.
    """
    survivor = session.get(Application, row.merged_into) if row.merged_into is not None else None
    letters = session.scalars(select(Letter).where(Letter.application_id == row.id).order_by(Letter.id))
    return {
        "reference": row.reference,
        "call": row.call,
        "status": str(row.status),
        "language": row.language,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        "merged_into": survivor.reference if survivor else None,
        "needs_review": row.needs_review,
        "review_reasons": row.review_reasons,
        "values": {value.field: _value(value) for value in row.current().values()},
        "history": [_value(value) for value in row.values if value.state is not ValueState.CURRENT],
        "people": [_person(one) for one in row.people],
        "mails": [_mail(one) for one in row.mails],
        "letters": [_letter(one) for one in letters],
        "linked": [one.reference for one in linked_with(session, row.id)],
        "events": [_event(one) for one in row.events],
    }


def _value(value: ApplicationValue) -> dict[str, Any]:
    return {
        "field": value.field,
        "value": value.value,
        "state": str(value.state),
        "confidence": value.confidence,
        "unsure": value.unsure,
        "evidence": value.evidence,
        "mail": value.mail_id,
        "set_by": value.set_by,
        "set_at": value.set_at.isoformat(),
        "confirmed_by": value.confirmed_by,
        "superseded_at": value.superseded_at.isoformat() if value.superseded_at else None,
    }


def _person(one: ApplicationPerson) -> dict[str, Any]:
    return {
        "name": one.name,
        "email": one.email,
        "role": one.role,
        "phone": one.phone,
        "mail": one.mail_id,
        "added_by": one.added_by,
        "removed_at": one.removed_at.isoformat() if one.removed_at else None,
    }


def _mail(one: ApplicationMail) -> dict[str, Any]:
    return {"mail": one.mail_id, "relation": str(one.relation), "at": one.at.isoformat()}


def _letter(one: Letter) -> dict[str, Any]:
    return {
        "letter": one.id,
        "kind": str(one.kind),
        "answers_mail": one.mail_id,
        "state": str(one.state),
        "created_at": one.created_at.isoformat(),
        "sent_at": one.sent_at.isoformat() if one.sent_at else None,
        "bounced_at": one.bounced_at.isoformat() if one.bounced_at else None,
    }


def _event(one: ApplicationEvent) -> dict[str, Any]:
    return {"at": one.at.isoformat(), "kind": str(one.kind), "by": one.by, "mail": one.mail_id, "note": one.note}
