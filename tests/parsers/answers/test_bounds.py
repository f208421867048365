"""However long a mail is, reading it for answers takes little memory."""

import tracemalloc

import pytest

from config.call import load_calls
from parsers.answers import propose_answers
from parsers.answers.clauses import MAX_CLAUSES, split_clauses
from parsers.answers.rows import read_rows
from parsers.message import parse_message

CALL = load_calls()["ontwikkelgroep"]
HEAD = b"From: a@school.example\r\nTo: b@vo-raad.nl\r\nSubject: aanmelding\r\nContent-Type: text/plain\r\n\r\n"
MEBIBYTE = 1 << 20


def _mail(sentence: str, size: int) -> bytes:
    return HEAD + (sentence * (size // len(sentence))).encode()


@pytest.mark.parametrize("sentence", ["ja, en ", "Wij willen leren, want dat is nodig. ", "Vraag: nee\n", "woord "])
def test_a_long_mail_is_read_in_little_memory(sentence: str):
    propose_answers(parse_message(_mail(sentence, 500)), CALL)  # what is learned is loaded once for all mails
    message = parse_message(_mail(sentence, 300_000))
    tracemalloc.start()
    try:
        propose_answers(message, CALL)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * MEBIBYTE


def test_a_row_without_end_gives_no_more_clauses_than_many_rows():
    message = parse_message(_mail("ja, en ", 300_000))
    assert len(split_clauses(read_rows(message, CALL))) == MAX_CLAUSES


def test_a_long_mail_still_gives_the_answers_at_its_top():
    answers = (
        "1. Wij willen leren van andere scholen.\r\n2. Hoe betrekken we ouders?\r\n3. Overgang en toetsing.\r\n\r\n"
    )
    filler = "Dit schreef de gemeente ons over het nieuwe gebouw, de fietsen en het rooster. " * 400
    found = propose_answers(parse_message(HEAD + (answers + filler).encode()), CALL)
    assert {candidate.field for candidate in found} == {"answer:1", "answer:2", "answer:3"}
    assert next(c for c in found if c.field == "answer:2").value == "Hoe betrekken we ouders?"
