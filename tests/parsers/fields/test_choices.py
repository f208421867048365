import pytest

from parsers.extraction import Kind
from parsers.fields import propose_fields
from parsers.fields.choices import choice_cues
from parsers.fields.situation import Situation, situation_of


@pytest.fixture
def situation(reading_of):
    def make(text: str) -> Situation:
        reading = reading_of(text)
        return situation_of(reading, Kind.APPLICATION, propose_fields(reading))

    return make


def cues(seen: Situation, number: str) -> set[str]:
    return {cue for c in seen.of("phone") if c.value == number for cue in choice_cues(c, seen)}


def test_the_last_of_two_numbers_is_asked_for(situation):
    seen = situation("Op school 0251 67 40 09, 's avonds op 06 53 92 10 48, doe maar het laatste.")
    assert {"row:2:1", "choice:last:this"} <= cues(seen, "+31653921048")
    assert {"row:2:0", "choice:last:other"} <= cues(seen, "+31251674009")


def test_the_first_of_two_numbers_is_asked_for(situation):
    seen = situation("Bel 030-659 33 18 of 06-20 41 87 36 (de eerste heeft mijn voorkeur).")
    assert "choice:first:this" in cues(seen, "+31306593318")


def test_one_number_is_no_row(situation):
    assert cues(situation("Bel 030-659 33 18, dat is het laatste."), "+31306593318") == set()


def test_numbers_far_apart_are_no_row(situation):
    seen = situation(f"Bel 030-659 33 18. {'En dan nog iets. ' * 10} Of 06-20 41 87 36, liefst de laatste.")
    assert cues(seen, "+31306593318") == set()
