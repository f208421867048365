"""Sample letters out of invented values: to try an operator's templates, and to look at."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.call import Call
from parsers.blocks import Mailbox
from parsers.extraction import Extraction, Kind, Person
from parsers.message import Message
from replies.acknowledgement import acknowledge, letter_language
from replies.alarm import alarm, recovery
from replies.application_view import ApplicationView, Change, Happening, Noted
from replies.digest import compose_digest
from replies.digest_content import (
    ChangedApplication,
    DigestContent,
    FailedLetter,
    IncompleteApplication,
    LatePlace,
    MailLine,
    NewApplication,
    Overview,
    UnsureApplication,
    ValueChange,
    WithdrawnApplication,
)
from replies.letter import Letter
from replies.render import RenderError, Templates

_DATA = Path(__file__).parent / "samples.toml"
_NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def template_problems(calls: Mapping[str, Call], templates: Templates) -> list[str]:
    """Write every sample letter and return what is wrong with the templates and wordings, a line each; none is well."""
    problems: dict[str, None] = {}
    for call in calls.values():
        for _, write in _writers(call, templates):
            try:
                write()
            except RenderError as error:
                problems[str(error)] = None
    return list(problems)


def sample_letters(call: Call, templates: Templates) -> Iterator[tuple[str, Letter]]:
    """Yield every sort of letter of a call by name: "incomplete.nl", "digest" … Raises RenderError."""
    for name, write in _writers(call, templates):
        yield name, write()


def _writers(call: Call, templates: Templates) -> Iterator[tuple[str, Callable[[], Letter]]]:
    languages = ["nl", *(["en"] if letter_language("en", call) == "en" else [])]
    for language in languages:
        for name, views in _cases(call).items():
            yield f"{name}.{language}", partial(_answer, call, templates, views, language)
    to = ("staf@example.org",)
    for name, content in (("digest", sample_digest(call)), ("digest-empty", _quiet(call))):
        yield name, partial(compose_digest, content, {call.id: call}, to=to, templates=templates)
    late = [LatePlace(name="mailbox:main", since=_NOW, error="the server refuses the login")]
    yield "alarm", partial(alarm, late, to=to, templates=templates)
    yield "recovery", partial(recovery, late, _NOW + timedelta(hours=1), to=to, templates=templates)


def _cases(call: Call) -> dict[str, list[ApplicationView]]:
    last = f"answer:{call.questions[-1].id}" if call.questions else "phone"
    change = Change(field="phone", before="+31592123456", after=_data()["values"]["phone"])
    incomplete = _view(call, 1, missing=("phone", last), unsure=("role",))
    return {
        "complete": [_view(call, 1)],
        "incomplete": [incomplete],
        "changed": [replace(_view(call, 1), happening=Happening.CHANGED, changes=(change,))],
        "withdrawn": [replace(_view(call, 1), happening=Happening.WITHDRAWN)],
        "restored": [replace(_view(call, 1), happening=Happening.RESTORED)],
        "two": [_view(call, 1), replace(incomplete, reference=f"{call.reference_prefix}-2026-0002")],
    }


def _answer(call: Call, templates: Templates, views: list[ApplicationView], language: str) -> Letter:
    values = _data()["values"]
    message = Message(message_id="<sample@example.org>", subject="Aanmelding", from_=Mailbox(name="", address=""))
    extraction = Extraction(
        kind=Kind.APPLICATION, kind_confidence=1, kind_reason="sample", needs_review=False, language=language
    )
    return acknowledge(message, extraction, views, call, to=(values["email"],), templates=templates)


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads(_DATA.read_text("utf-8"))


def _view(
    call: Call,
    number: int,
    changed: Mapping[str, str] = MappingProxyType({}),
    *,
    missing: tuple[str, ...] = (),
    unsure: tuple[str, ...] = (),
) -> ApplicationView:
    data = _data()
    answers = list(data["answers"].values())
    asked = {field.id for field in call.fields} | {"region"}
    values = {name: value for name, value in (data["values"] | dict(changed)).items() if name in asked}
    for place, question in enumerate(call.questions):
        values[f"answer:{question.id}"] = answers[min(place, len(answers) - 1)]
    return ApplicationView(
        reference=f"{call.reference_prefix}-2026-{number:04}",
        values={name: Noted(value=text, unsure=name in unsure) for name, text in values.items() if name not in missing},
        people=(Person(name=data["mail"]["colleague"]),) if number == 1 else (),
        missing=tuple(name for name in call.required if name in missing or name not in values),
    )


def _mail(number: int, name: str, **more: Any) -> MailLine:
    data = _data()["mail"]
    return MailLine(
        mail_id=number,
        received_at=_NOW - timedelta(hours=number),
        sender=data["sender"],
        subject=data[f"{name}subject"],
        first_words=data[f"{name}words"],
        **more,
    )


def _quiet(call: Call) -> DigestContent:
    regions = [*dict.fromkeys(call.regions.values()), "unknown"]
    counts = (9, 12, 2, 6, 10, 1)
    cells = [(level, region) for level in ("po", "vo") for region in regions]
    weeks = tuple((date(2026, 1, 5) + timedelta(weeks=week), n) for week, n in enumerate((0, 2, 5, 3, 9, 14, 6, 4)))
    filled = dict(zip(cells, counts, strict=False))
    overview = Overview(call=call.id, cells=filled, complete=sum(filled.values()) - 11, incomplete=11, weeks=weeks)
    return DigestContent(day=_NOW.date(), covered_from=_NOW - timedelta(days=3), covered_to=_NOW, overviews=(overview,))


def sample_digest(call: Call) -> DigestContent:
    """Return the facts of an eventful day."""
    data = _data()["mail"]
    other = {
        "organisation": data["other_organisation"], "place": data["other_place"], "province": data["other_province"],
        "region": call.regions.get(data["other_province"], ""), "sector": "vo",
    }  # fmt: skip
    incomplete = _view(call, 2, other, missing=("phone",))
    change = ValueChange(field="phone", before="+31592123456", after="+31612345678", mail_id=21, by="machine")
    return replace(
        _quiet(call),
        covered_from=_NOW - timedelta(days=4),
        missed_days=(date(2026, 2, 27),),
        privacy=(_mail(12, "privacy_", kind=Kind.PRIVACY, deadline=date(2026, 4, 1)),),
        unsure_kinds=(_mail(14, "unsure_", kind=Kind.APPLICATION, reason="kind"),),
        unsure=(UnsureApplication(view=_view(call, 3, unsure=("role",)), reasons=("role",)),),
        quarantined=(replace(_mail(9, ""), sender="", subject="", first_words="", reason="TimeoutError"),),
        failed_letters=(FailedLetter(letter_id=4, reference=incomplete.reference, to="m@example.org", why="5.1.1"),),
        late=(LatePlace(name="mailbox:main", since=_NOW - timedelta(hours=5), error="the server refuses the login"),),
        new=(
            NewApplication(view=_view(call, 1), received_at=_NOW),
            NewApplication(view=incomplete, received_at=_NOW),
        ),
        changed=(ChangedApplication(view=_view(call, 7), changes=(change,)),),
        withdrawn=(WithdrawnApplication(view=_view(call, 5), at=_NOW, mail_id=22),),
        incomplete=(IncompleteApplication(view=incomplete, since=_NOW - timedelta(days=12)),),
        for_people=(_mail(30, "", kind=Kind.QUESTION),),
        waiting_for_people=2,
        withheld=(replace(_mail(33, "unsure_"), reason="dmarc: dmarc=fail", reference=incomplete.reference),),
        received=14,
        counts={"application": 3, "supplement": 1, "withdrawal": 1, "question": 1, "privacy": 1, "unsure": 1,
                "automatic": 4, "spam": 1, "quarantined": 1},
    )  # fmt: skip
