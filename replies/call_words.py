"""How the fields and values of a call are written for people, in Dutch or English, and harmless."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers

from config.call import Call, Question, WantedField
from parsers.extraction import Person
from replies.addresses import deliverable
from replies.clean import one_line, paragraphs, unlink

ANSWER_LIMIT = 6_000
"""Characters of one answer that a letter repeats; the whole of it is kept in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWords:
    """How a call's fields and values are written in one language."""

    call: Call
    english: bool
    sectors: Mapping[str, str]

    def label(self, name: str) -> str:
        """What a field or question is called; what the call does not ask for keeps its name."""
        match self.wanted(name):
            case WantedField() as field:
                return (self.english and field.label_en) or field.label
            case Question() as question:
                return self.question(question)
        return unlink(one_line(name, 60))

    def topic(self, name: str) -> str:
        """A field's label, or the word or two that stand for a question."""
        match self.wanted(name):
            case Question() as question:
                topic = (self.english and question.topic_en) or question.topic
                return topic[:1].upper() + topic[1:]
        return self.label(name)

    def question(self, question: Question) -> str:
        """The published text of a question, or its topic where the letter is in another language."""
        return self.topic(f"answer:{question.id}") if self.english and question.topic_en else question.text

    def ask(self, name: str) -> str:
        """The noun phrase without its examples: "de sector waarin u werkt"."""
        wanted = self.wanted(name)
        if wanted is None:
            return name
        ask = (self.english and wanted.ask_en) or wanted.ask
        return re.sub(r"\s*\([^()]{0,200}\)", "", ask)

    def blank(self, name: str) -> str:
        """The line that an applicant fills in; a question keeps its number, which the call's readers know."""
        number = f"{name.removeprefix('answer:')}. " if name.startswith("answer:") else ""
        return f"{number}{self.label(name)}"

    def wanted(self, name: str) -> WantedField | Question | None:
        """What the call asks under this name, or None."""
        fields = (field for field in self.call.fields if field.id == name)
        questions = (question for question in self.call.questions if f"answer:{question.id}" == name)
        return next(fields, None) or next(questions, None)

    def value(self, name: str, value: str) -> tuple[str, ...]:
        """The lines of a value as people write it, harmless."""
        if name == "sector":
            return (", ".join(self.sectors.get(code) or unlink(one_line(code)) for code in value.split(",")),)
        if name == "phone":
            return (unbroken(phone_text(value)),)
        if name == "province":
            return (re.sub(r"(^|-)([a-z])", lambda start: start[1] + start[2].upper(), unlink(one_line(value))),)
        if name == "email":
            # The one thing that may become a link, when it is an address and nothing else.
            return (deliverable(value) or unlink(one_line(value)),)
        if name.startswith("answer:"):
            return tuple(unlink(line) for line in paragraphs(value, ANSWER_LIMIT))
        return (unlink(one_line(value)),)


def phone_text(number: str) -> str:
    """Return a number as it is dialled from the Netherlands ("06 12345678"); what is no number is only cleaned."""
    try:
        parsed = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return unlink(one_line(number, 40))
    national = parsed.country_code == 31
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def unbroken(number: str) -> str:
    """A number that no line break divides."""
    return number.replace(" ", "\u00a0").replace("-", "-\u2060")


def person_text(person: Person) -> str:
    """Return a colleague on one line: name, role, address, as far as given."""
    email = deliverable(person.email) or unlink(one_line(person.email))
    return ", ".join(filter(None, [unlink(one_line(person.name)), unlink(one_line(person.role)), email]))
