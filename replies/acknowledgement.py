"""The letter that answers an applicant: what was noted, what is missing, what is asked, what happens next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.call import Call
from parsers.extraction import Extraction
from parsers.message import Message
from replies.application_view import ApplicationView, Change, Happening
from replies.call_words import CallWords, person_text, unbroken
from replies.clean import one_line, unlink
from replies.letter import Letter, child_thread_index, thread_references, thread_subject
from replies.render import Templates, render, say, sentence

_WAS_LIMIT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A label and the lines that belong to it."""

    label: str
    lines: tuple[str, ...]
    long: bool = False
    """An answer: it gets room of its own below its label."""
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What the letter tells of one application."""

    reference: str
    organisation: str
    missing: tuple[str, ...]
    """The lines to fill in: "Functie"."""
    unsure: tuple[Item, ...]
    changes: tuple[Item, ...]
    noted: tuple[Item, ...]
    people: tuple[str, ...]


def acknowledge(
    message: Message,
    extraction: Extraction,
    views: Sequence[ApplicationView],
    call: Call,
    *,
    to: Sequence[str],
    templates: Templates,
) -> Letter:
    """Compose the one letter that answers a mail, in Dutch, or in English when the mail and the call's texts are.

    `views` are the applications that the mail made or touched, one as a rule. `to` comes from `policy.recipients`. All
    that came by mail is cleaned here: the templates get plain lines that hold no links. Raises RenderError for an
    operator's template or wording that is wrong, ValueError without a view.
    """
    if not views:
        raise ValueError("a letter needs an application to tell of")
    language = letter_language(extraction.language, call)
    words = CallWords(call=call, english=language == "en", sectors=say(templates, "sectors", language, {}, call.id))
    values: dict[str, Any] = {
        "call": replace(call, contact_phone=unbroken(call.contact_phone)),
        "count": len(views),
        "references": [view.reference for view in views],
        "name": _name(views, to),
        "language": language,
    }
    sentences = _Sentences(templates=templates, language=language, call=call, values=values)
    values |= {
        "say": sentences.all(),
        "what": str(views[0].happening),
        "state": _state(views),
        "sections": [_section(view, words, sentences) for view in views],
        "next_step": " ".join((call.next_step_en if words.english else call.next_step).split()),
        "privacy": " ".join((call.privacy_en if words.english else call.privacy).split()),
    }
    rendered = render(templates, "acknowledgement", values, call.id)
    return Letter(
        to=tuple(to),
        subject=thread_subject(message.subject, values["references"], values["say"]["no_subject"]),
        text=rendered.text,
        html=rendered.html,
        language=language,
        in_reply_to=message.message_id,
        references=thread_references(message.message_id, message.references, message.in_reply_to),
        thread_topic=message.header("Thread-Topic") or "",
        thread_index=child_thread_index(message.header("Thread-Index") or "", views[0].reference),
    )


def letter_language(language: str, call: Call) -> str:
    """Return the language to write in: English for English mail when the call has its texts in English, else Dutch."""
    return "en" if language == "en" and call.title_en and call.next_step_en and call.privacy_en else "nl"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentences:
    """The wording of the acknowledgement, with what all its sentences may use."""

    templates: Templates
    language: str
    call: Call
    values: Mapping[str, Any]

    def all(self) -> dict[str, str]:
        values = {"ask": "", "value": "", "number": "", "topic": "", **self.values}
        return say(self.templates, "acknowledgement", self.language, values, self.call.id)

    def one(self, name: str, **more: str) -> str:
        return sentence(self.templates, f"acknowledgement.{name}", self.language, {**self.values, **more}, self.call.id)


def _name(views: Sequence[ApplicationView], to: Sequence[str]) -> str:
    """The name to greet: the applicant's when it is sure and the letter goes to them alone."""
    noted, email = views[0].values.get("name"), views[0].values.get("email")
    if noted is None or noted.unsure or email is None or [email.value] != list(to):
        return ""
    return unlink(one_line(noted.value, 80))


def _state(views: Sequence[ApplicationView]) -> str:
    """Which sentence says how it stands; "" for what a withdrawn application no longer needs."""
    if views[0].happening is Happening.WITHDRAWN:
        return ""
    if any(view.missing for view in views):
        return "incomplete"
    if any(view.unsure for view in views):
        return "confirm"
    return "complete_now" if views[0].happening is Happening.CHANGED else "complete"


def _section(view: ApplicationView, words: CallWords, sentences: _Sentences) -> Section:
    organisation = view.values.get("organisation")
    return Section(
        reference=view.reference,
        organisation=unlink(one_line(organisation.value)) if organisation and not organisation.unsure else "",
        missing=tuple(words.blank(name) for name in view.missing),
        unsure=tuple(_unsure(view, words, sentences)),
        changes=tuple(_changes(view, words)),
        noted=tuple(_noted(view, words)),
        people=tuple(person_text(person) for person in view.people),
    )


def _unsure(view: ApplicationView, words: CallWords, sentences: _Sentences) -> Iterator[Item]:
    """Questions to which "ja" or the right value is the answer.

    Answers come first and in quotation marks: in a reply that quotes us without marks, what stands beneath a question
    mark is taken for the applicant's.
    """
    for name in sorted(view.unsure, key=lambda name: not name.startswith("answer:")):
        lines = words.value(name, view.values[name].value)
        if name.startswith("answer:") and lines:
            label = sentences.one("unsure_answer", number=name.partition(":")[2], topic=words.topic(name))
            lines = (sentences.one("quote_open") + lines[0], *lines[1:])
            yield Item(label=label, lines=(*lines[:-1], lines[-1] + sentences.one("quote_close")), long=True)
        elif words.wanted(name) is not None and any(lines):
            yield Item(label=sentences.one("unsure_field", ask=words.ask(name), value=lines[0]), lines=())


def _changes(view: ApplicationView, words: CallWords) -> Iterator[Item]:
    """What changed, but for what is asked about, and for what no call asks and applicants never see: the region."""
    for change in view.changes:
        if change.field not in view.unsure and words.wanted(change.field) is not None:
            yield _change(change, words)


def _change(change: Change, words: CallWords) -> Item:
    before = words.value(change.field, change.before) if change.before else ()
    return Item(
        label=words.topic(change.field),
        lines=words.value(change.field, change.after) if change.after else (),
        long=change.field.startswith("answer:"),
        was=_was(change.field, " ".join(before)),
    )


def _was(field: str, before: str) -> str:
    # Cleaning also takes out what breaks links and holds numbers together.
    text = one_line(before, _WAS_LIMIT)
    return unbroken(text) if field == "phone" else unlink(text)


def _noted(view: ApplicationView, words: CallWords) -> Iterator[Item]:
    """Every sure value, in the call's order."""
    names = [field.id for field in words.call.fields] + [f"answer:{question.id}" for question in words.call.questions]
    for name in names:
        noted = view.values.get(name)
        if noted is not None and not noted.unsure and (lines := words.value(name, noted.value)):
            yield Item(label=words.topic(name), lines=lines, long=name.startswith("answer:"))
