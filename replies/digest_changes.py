"""What changed in applications within a period: values, colleagues, and coming back; what made them is no change."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from config.call import Call
from models.application import Application, ApplicationEvent, ApplicationPerson, ApplicationStatus, EventKind
from models.value import ApplicationValue, ValueState
from replies.application_view import view_of
from replies.digest_content import ChangedApplication, ValueChange

PEOPLE = "people"
STATUS = "status"
_EVER = datetime.min.replace(tzinfo=UTC)
_HELD = (ValueState.CURRENT, ValueState.SUPERSEDED)


def changed_applications(
    session: Session, calls: Mapping[str, Call], start: datetime, end: datetime
) -> tuple[ChangedApplication, ...]:
    """Return the applications of which something changed, oldest first, each with its changes in their order."""
    values = select(ApplicationValue.application_id).where(
        ApplicationValue.set_at >= start, ApplicationValue.set_at < end, ApplicationValue.state.in_(_HELD)
    )
    people = select(ApplicationPerson.application_id).where(
        ApplicationPerson.added_at >= start, ApplicationPerson.added_at < end
    )
    restored = select(ApplicationEvent.application_id).where(
        ApplicationEvent.at >= start, ApplicationEvent.at < end, ApplicationEvent.kind == EventKind.RESTORED
    )
    touched = or_(*(Application.id.in_(query) for query in (values, people, restored)))
    query = (
        select(Application)
        .where(and_(touched, Application.call.in_(calls), Application.status == ApplicationStatus.OPEN))
        .order_by(Application.id)
        .options(selectinload(Application.values), selectinload(Application.people), selectinload(Application.events))
        .execution_options(yield_per=100)
    )
    told = []
    for application in session.scalars(query):
        changes = tuple(_changes(application, start, end))
        if changes:
            told.append(ChangedApplication(view=view_of(application, calls[application.call]), changes=changes))
    return tuple(told)


def _changes(application: Application, start: datetime, end: datetime) -> list[ValueChange]:
    made_at = max((event.at for event in application.events if event.kind == EventKind.CREATED), default=_EVER)
    before = {value.superseded_by: value.value for value in application.values if value.superseded_by is not None}
    changes = [
        ValueChange(
            field=value.field,
            before=before.get(value.id, ""),
            after=value.value,
            mail_id=value.mail_id,
            by=value.set_by,
        )
        for value in application.values
        if value.state in _HELD and start <= value.set_at < end and value.set_at > made_at
    ]
    changes += [
        ValueChange(
            field=PEOPLE, before="", after=person.name or person.email, mail_id=person.mail_id, by=person.added_by
        )
        for person in application.people
        if start <= person.added_at < end and person.added_at > made_at
    ]
    changes += [
        ValueChange(
            field=STATUS,
            before=ApplicationStatus.WITHDRAWN,
            after=ApplicationStatus.OPEN,
            mail_id=event.mail_id,
            by=event.by,
        )
        for event in application.events
        if event.kind == EventKind.RESTORED and start <= event.at < end
    ]
    return [change for change in changes if change.before != change.after]
