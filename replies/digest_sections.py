"""A digest's facts as sections of entries, for text and HTML alike. All words of mail are cleaned here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.call import Call
from parsers.extraction import Kind
from replies.addresses import deliverable
from replies.application_view import ApplicationView
from replies.call_words import CallWords
from replies.clean import one_line, paragraphs, unlink
from replies.digest_changes import PEOPLE, STATUS
from replies.digest_content import (
    ChangedApplication,
    DigestContent,
    FailedLetter,
    IncompleteApplication,
    LatePlace,
    MailLine,
    NewApplication,
    Stranger,
    UnsureApplication,
    ValueChange,
    WithdrawnApplication,
)
from replies.dutch_time import AMSTERDAM, dutch_day, dutch_moment
from replies.policy import ANSWERED

_BULLET = re.compile(r"[-–—•*·]\s+|\d{1,2}[.)]\s+")
FIRST_WORDS = 140
"""Characters of an answer or mail that an entry shows."""
FULL_ENTRIES = 20
"""Of new applications so many are told in full; the others in a line each, so that Gmail shows the letter whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to know or to do."""

    head: str
    facts: tuple[tuple[str, str], ...] = ()
    """Label and text."""
    address: str = ""
    """The applicant's, checked: the one thing that becomes a link."""
    phone: str = ""
    reference: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the digest."""

    name: str
    title: str
    count: int
    entries: tuple[Entry, ...]
    intro: str = ""
    lines: tuple[Entry, ...] = ()
    """Entries that are told in one line each."""
    more: int = 0
    """How many are not even that …"""
    more_command: str = ""
    """… and how to see them."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """The words that entries are made of."""

    calls: Mapping[str, Call]
    say: Mapping[str, str]
    """Sentences of [digest] by name."""
    commands: Callable[..., tuple[str, ...]]
    """The commands of [commands] by name, about a number or reference, and about a kind or field when they name one."""
    with_number: Callable[[str, str | int], str]
    """A sentence of [digest] about a number or name."""
    place: Callable[[str], str]
    """What a heartbeat's name stands for."""
    sectors: Mapping[str, str]
    kinds: Mapping[str, str]
    reasons: Mapping[str, str]
    review: Mapping[str, str]
    regions: Mapping[str, str] = field(default_factory=dict)
    bounces: Mapping[str, str] = field(default_factory=dict)
    """Why a letter came back, by the beginning of its status."""

    def words(self, view: ApplicationView) -> CallWords:
        """The words of the call that an application is for, known by its reference."""
        prefix = view.reference.partition("-")[0]
        call = next((call for call in self.calls.values() if call.reference_prefix == prefix), None)
        return CallWords(call=call or next(iter(self.calls.values())), english=False, sectors=self.sectors)


def urgent_parts(content: DigestContent, writing: Writing) -> list[Part]:
    """What needs a person now, the law first."""
    parts = [
        _part("privacy", content, writing, (_mail(item, writing, "privacy") for item in content.privacy)),
        _part(
            "unsure_kinds", content, writing, (_mail(item, writing, "unsure_kinds") for item in content.unsure_kinds)
        ),
        _part("unsure", content, writing, (_unsure(item, writing) for item in content.unsure)),
        _part("quarantined", content, writing, (_mail(item, writing, "quarantined") for item in content.quarantined)),
        _part("failed_letters", content, writing, (_letter(item, writing) for item in content.failed_letters)),
        _part("late", content, writing, (_late(item, writing) for item in content.late)),
    ]
    return [part for part in parts if part.count]


def other_parts(content: DigestContent, writing: Writing) -> list[Part]:
    """What happened, and what waits without haste."""
    new = [_new(item, writing) for item in content.new[:FULL_ENTRIES]]
    lines = [_new_line(item, writing) for item in content.new[FULL_ENTRIES:]]
    note = writing.with_number("waiting_people", content.waiting_for_people) if content.waiting_for_people else ""
    parts = [
        _part("new", content, writing, new, lines=lines),
        _part("changed", content, writing, (_changed(item, writing) for item in content.changed)),
        _part("withdrawn", content, writing, (_withdrawn(item, writing) for item in content.withdrawn)),
        _part("incomplete", content, writing, (), lines=[_incomplete(item, writing) for item in content.incomplete]),
        _part(
            "for_people", content, writing, (_mail(item, writing, "for_people") for item in content.for_people), note
        ),
        _part("withheld", content, writing, (_mail(item, writing, "withheld") for item in content.withheld)),
    ]
    return [part for part in parts if part.count or part.note]


_REST = {
    **dict.fromkeys(("privacy", "unsure_kinds", "for_people", "withheld"), "more_mails"),
    "quarantined": "more_quarantined",
    "failed_letters": "more_letters",
}
"""Where the rest of a part stands that is not about applications."""


def _part(
    name: str,
    content: DigestContent,
    writing: Writing,
    entries: Iterable[Entry],
    note: str = "",
    *,
    lines: Sequence[Entry] = (),
) -> Part:
    told = tuple(entries)
    more = content.more.get(name, 0)
    hint = ""
    if lines:
        command = writing.commands("application", writing.say["number"])
        hint = writing.with_number("lines_hint", " ".join(command))
    return Part(
        name=name,
        title=writing.say[name],
        count=len(told) + len(lines) + more,
        entries=told,
        intro=writing.say.get(f"{name}_intro", ""),
        lines=tuple(lines),
        more=more,
        more_command=" ".join(writing.commands(_REST.get(name, "more_applications"), 0)) if more else "",
        note=" ".join(filter(None, [hint, note])),
    )


def _facts(*facts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Those that say something."""
    return tuple((label, text) for label, text in facts if text)


def _short(text: str, limit: int = FIRST_WORDS) -> str:
    return unlink(one_line(text, limit))


def _text(words: CallWords, name: str, value: str) -> str:
    """A value on one line: an answer's first words, anything else whole."""
    return _answer(value) if name.startswith("answer:") else " ".join(words.value(name, value))


def _answer(value: str) -> str:
    """The first words of an answer; the items of a list stand behind each other with semicolons."""
    lines = paragraphs(value, FIRST_WORDS * 4)
    if any(_BULLET.match(line) for line in lines[1:]):
        value = "; ".join(_BULLET.sub("", line).rstrip(";,.") for line in lines)
    return _short(value)


def _value(view: ApplicationView, name: str, writing: Writing) -> str:
    """A value on one line; "" when there is none; with a mark when it is unsure."""
    noted = view.values.get(name)
    if noted is None:
        return ""
    text = _text(writing.words(view), name, noted.value)
    return f"{text} {writing.say['unsure_mark']}" if noted.unsure and text else text


def _head(view: ApplicationView, writing: Writing) -> str:
    return f"{view.reference}: {_value(view, 'organisation', writing) or writing.say['no_name']}"


def _address(view: ApplicationView) -> str:
    noted = view.values.get("email")
    return deliverable(noted.value) if noted else ""


def _labels(names: Iterable[str], view: ApplicationView, writing: Writing) -> str:
    """Fields and other reasons in words, one after the other."""
    words = writing.words(view)
    said = (
        writing.review.get(name) or (words.topic(name) if words.wanted(name) else _short(name, 60)) for name in names
    )
    return ", ".join(dict.fromkeys(text.lower() for text in said))


def _application(view: ApplicationView, facts: tuple[tuple[str, str], ...], writing: Writing) -> Entry:
    return Entry(
        head=_head(view, writing),
        facts=facts,
        address=_address(view),
        phone=_value(view, "phone", writing),
        reference=view.reference,
        commands=writing.commands("application", view.reference),
    )


def _new(item: NewApplication, writing: Writing) -> Entry:
    view = item.view
    words = writing.words(view)
    place = ", ".join(filter(None, [_value(view, "place", writing), _value(view, "province", writing)]))
    region = view.values.get("region")
    if region:
        place = f"{place} ({writing.regions.get(region.value, _short(region.value, 30))})" if place else ""
    person = ", ".join(filter(None, [_value(view, "name", writing), _value(view, "role", writing)]))
    answers = [
        (question.topic.capitalize(), _value(view, f"answer:{question.id}", writing))
        for question in words.call.questions
    ]
    facts = _facts(
        (words.label("place"), place),
        (words.label("sector"), _value(view, "sector", writing)),
        (words.label("name"), person),
        (writing.say["missing"], _labels(view.missing, view, writing)),
        *answers,
        (writing.say["linked"], ", ".join(_short(reference, 30) for reference in item.linked)),
    )
    return _application(view, facts, writing)


def _new_line(item: NewApplication, writing: Writing) -> Entry:
    view = item.view
    sector = view.values.get("sector")
    said = [_value(view, "place", writing), _short(sector.value.replace(",", ", "), 40) if sector else ""]
    if view.missing:
        said.append(f"{writing.say['missing'].lower()}: {_labels(view.missing, view, writing)}")
    return Entry(head=_head(view, writing), facts=_facts(("", "; ".join(filter(None, said)))), reference=view.reference)


def _incomplete(item: IncompleteApplication, writing: Writing) -> Entry:
    view = item.view
    since = f"{writing.say['since'].lower()} {dutch_day(item.since.astimezone(AMSTERDAM).date())}"
    said = f"{writing.say['missing'].lower()}: {_labels(view.missing, view, writing)}; {since}"
    return Entry(head=_head(view, writing), facts=(("", said),), address=_address(view), reference=view.reference)


def _unsure(item: UnsureApplication, writing: Writing) -> Entry:
    view = item.view
    words = writing.words(view)
    reasons = [name for name in item.reasons if not name.startswith("suggested:")]
    # Beside a suggestion stands what holds now, so that one can choose.
    named = [name for name in dict.fromkeys([*reasons, *(name for name, _ in item.suggestions)]) if name in view.values]
    values = [(words.topic(name), _value(view, name, writing)) for name in named]
    suggested = [
        (f"{writing.say['suggestion']}: {words.topic(name)}", _text(words, name, value))
        for name, value in item.suggestions
    ]
    senders = [(writing.say["sender"], _stranger(one, writing)) for one in item.strangers]
    facts = _facts((writing.say["to_check"], _labels(reasons, view, writing)), *values, *suggested, *senders)
    commands = (
        *writing.commands("unsure", view.reference),
        *(line for name, _ in item.suggestions for line in writing.commands("suggestion", view.reference, name)),
    )
    return replace(_application(view, facts, writing), commands=commands)


def _changed(item: ChangedApplication, writing: Writing) -> Entry:
    entry = _application(item.view, tuple(_change(change, item.view, writing) for change in item.changes), writing)
    sources = dict.fromkeys(change.mail_id for change in item.changes if change.mail_id is not None)
    commands = (line for mail in sources for line in writing.commands("mail", mail))
    return replace(entry, commands=(*entry.commands, *commands))


def _change(change: ValueChange, view: ApplicationView, writing: Writing) -> tuple[str, str]:
    words = writing.words(view)
    before, after = (_text(words, change.field, text) if text else "" for text in (change.before, change.after))
    if change.field == STATUS:
        before, after = (writing.say[f"status_{text}"] for text in (change.before, change.after))
    source = (
        writing.with_number("from_mail", change.mail_id)
        if change.mail_id is not None
        else writing.with_number("by_person", _short(change.by, 40))
    )
    say = writing.say
    label = say[change.field] if change.field in {PEOPLE, STATUS} else words.topic(change.field)
    return (
        label,
        f"{after or say['removed']} ({say['was']}: {before or say['nothing_before']}; {source})",
    )


def _withdrawn(item: WithdrawnApplication, writing: Writing) -> Entry:
    source = f", {writing.with_number('from_mail', item.mail_id)}" if item.mail_id is not None else ""
    facts = ((writing.say["withdrawn"], f"{dutch_moment(item.at)}{source}"),)
    return _application(item.view, facts, writing)


def _mail(item: MailLine, writing: Writing, name: str) -> Entry:
    say = writing.say
    kind = writing.kinds.get(str(item.kind), "") if item.kind and name in {"for_people", "unsure_kinds"} else ""
    subject = _short(item.subject, 100) or say["no_subject"]
    facts = _facts(
        (say["deadline"], dutch_day(item.deadline) if item.deadline else ""),
        (say["sender"], _sender(item, writing)),
        (say["received_at"], dutch_moment(item.received_at)),
        (say["words"], _short(item.first_words)),
        (say["error" if name == "quarantined" else "reason"], _reason(item, name, writing)),
        (say["application"], _short(item.reference, 30)),
    )
    head = f"{kind.capitalize()}: {subject}" if kind else subject
    what = item.kind if item.kind in ANSWERED else Kind.APPLICATION
    commands = writing.commands(name, item.mail_id, str(what))
    if item.reference and name == "withheld":
        commands = (*writing.commands("application", item.reference), *commands)
    return Entry(head=head, facts=facts, commands=commands)


def _sender(item: MailLine, writing: Writing) -> str:
    if item.stranger is not None:
        return _stranger(item.stranger, writing)
    return _short(item.sender, 80) or writing.say["no_sender"]


def _stranger(stranger: Stranger, writing: Writing) -> str:
    """The address first, for a name may be anybody's and look like an address."""
    address, name = _short(stranger.address, 100), _short(stranger.name, 80)
    said = f"{address} ({name})" if address and name else address or name or writing.say["no_sender"]
    return f"{said}, {writing.say['maybe_forged']}" if stranger.forged else said


def _reason(item: MailLine, name: str, writing: Writing) -> str:
    if name == "unsure_kinds":
        known = [writing.review.get(reason, "") for reason in item.reason.split(",") if reason != "kind"]
        return ", ".join(filter(None, known))
    return writing.reasons.get(item.reason.partition(":")[0]) or _short(item.reason)


def _letter(item: FailedLetter, writing: Writing) -> Entry:
    facts = _facts((writing.say["to"], _short(item.to, 100)), (writing.say["reason"], _bounce(item.why, writing)))
    return Entry(
        head=item.reference or _short(item.to, 100),
        facts=facts,
        reference=item.reference,
        commands=tuple(_commands_of_letter(item, writing)),
    )


def _bounce(why: str, writing: Writing) -> str:
    """A report's status in words; what is none as it is."""
    classes = sorted((code for code in writing.bounces if why.startswith(f"{code}.") or why == code), key=len)
    return f"{writing.bounces[classes[-1]]} ({_short(why, 60)})" if classes else _short(why)


def _commands_of_letter(item: FailedLetter, writing: Writing) -> Iterator[str]:
    yield from writing.commands("failed_letters", item.letter_id)
    if item.reference:
        yield from writing.commands("application", item.reference)


def _late(item: LatePlace, writing: Writing) -> Entry:
    facts = _facts((writing.say["late_since"], dutch_moment(item.since)), (writing.say["error"], _short(item.error)))
    return Entry(head=writing.place(item.name), facts=facts, commands=writing.commands("late", 0))
