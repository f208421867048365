"""Sentences of introduction are found token by token; they are data, and another one is a few words more."""

import subprocess
import sys

import pytest

from config.call import load_calls
from parsers.dutch import knowledge
from parsers.fields import EXTRACTORS
from parsers.fields.patterns import load_patterns, propose_by_pattern
from parsers.fields.reading import read
from parsers.message import parse_message


def found(text: str) -> set[tuple[str, str]]:
    raw = b"From: a@example.nl\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode()
    reading = read(parse_message(raw), load_calls()["ontwikkelgroep"])
    proposed = list(propose_by_pattern(reading))
    whole = {part.name: part.text for part in reading.message.parts}
    for one in proposed:
        evidence = one.evidence
        assert " ".join(whole[evidence.part][evidence.start : evidence.end].split()) == one.value
    return {(one.field, one.value) for one in proposed}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ik schrijf u als kwartiermaker bij De Klimop.", {("role", "kwartiermaker")}),
        (
            "Ik ben hier leerkracht op obs De Klimop in Assen.",
            {("role", "leerkracht"), ("place", "Assen")},
        ),
        ("Mijn naam is Hanna van der Meer en ik bel morgen.", {("name", "Hanna van der Meer")}),
        ("Hanna Wiersum, zij-instromer op De Lantaarn", {("name", "Hanna Wiersum"), ("role", "zij-instromer")}),
        ("Wij doen mee vanuit Stichting Quo te Ede.", {("place", "Ede")}),
        ("Myn namme is Jelle Postma.", {("name", "Jelle Postma")}),
    ],
)
def test_what_stands_in_an_open_place_is_proposed_with_its_place_in_the_mail(text, expected):
    assert expected <= found(text)


def test_a_sentence_goes_on_over_a_wrapped_line_and_not_over_an_empty_one():
    begin = "Met veel plezier stuur ik u dit bericht en ik ben daar leerkracht op"
    end = "De Klimop en daar gaan wij volgend jaar met een paar collega's heel graag mee aan de slag."
    assert ("role", "leerkracht") in found(f"{begin}\n{end}\nWij horen graag van u.")
    assert ("role", "leerkracht") not in found(f"{begin}\n\n{end}\nWij horen graag van u.")


def test_a_mail_of_nothing_but_open_places_gives_a_bounded_number_of_values():
    assert len(found("als leerkracht op De Klimop in Assen " * 20_000)) < 20


def test_words_never_seen_before_do_not_make_the_vocabulary_grow():
    def size() -> tuple[int, int]:
        vocab = load_patterns().vocab
        return len(vocab), len(vocab.strings)

    found("Ik ben Hanna Wiersum, leerkracht op De Klimop in Assen.")
    before = size()
    for number in range(50):
        name = "Q" + "abcdefghij"[number // 10] + "abcdefghij"[number % 10]
        assert ("name", f"{name} Wiersum") in found(f"Ik ben {name} Wiersum, {name.lower()} op De {name} in {name}.")
    assert size() == before


def test_every_sentence_has_a_name_of_its_own_and_knows_its_words():
    sentences, lists = knowledge("patterns")["sentence"], knowledge("patterns")["words"]
    assert len({sentence["name"] for sentence in sentences}) == len(sentences)
    used = {item.rstrip("?") for sentence in sentences for item in sentence["words"].split() if item.startswith("<")}
    assert {name.strip("<>") for name in used} == set(lists)


def test_they_are_one_of_the_extractors():
    assert propose_by_pattern in EXTRACTORS


def test_a_command_that_understands_no_mail_does_not_wait_for_spacy():
    code = "import intake.cli.app, sys; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
