import time

import pytest

from parsers.extraction import Kind
from parsers.fields import propose_fields
from parsers.fields.persons import is_sender, owner_cues, person_cues
from parsers.fields.reading import Reading
from parsers.fields.relations import whole_cues
from parsers.fields.situation import Situation, situation_of

FOR_ANOTHER = """Goedemiddag,

Mijn collega Bregje Stuifzand gaat meedoen. Zij leest haar mail op b.stuifzand@deklimop.nl en haar nummer is
06 28 11 73 40. Ze zegt: "Ik wil van anderen leren hoe ik het volhoud, en ik wil mijn vragen kwijt."

Met vriendelijke groet,
Jan de Vries
administratie
"""


def situation(reading: Reading) -> Situation:
    return situation_of(reading, Kind.APPLICATION, propose_fields(reading))


def cues(seen: Situation, name: str) -> set[str]:
    return {cue for c in seen.of("name") if c.value == name for cue in person_cues(c, seen)}


@pytest.fixture
def for_another(reading_of) -> Situation:
    return situation(reading_of(FOR_ANOTHER))


def test_a_written_address_is_said_to_be_whose_name_it_spells(for_another):
    assert "who:address:surname" in cues(for_another, "Bregje Stuifzand")
    assert {"who:address:none", "who:address-of-other"} <= cues(for_another, "Jan de Vries")


def test_a_number_is_said_to_stand_behind_one_persons_name_and_not_anothers(for_another):
    assert "who:data:email:own:mine" in cues(for_another, "Bregje Stuifzand")
    assert "who:data:email:own:other" in cues(for_another, "Jan de Vries")


def test_the_pronoun_before_a_number_says_that_it_is_a_thirds(for_another):
    assert "who:data:phone:third&is-sender" in cues(for_another, "Jan de Vries")


def test_a_letter_that_speaks_of_a_third_says_so_of_its_sender_and_leaves_quoted_speech_out(for_another):
    assert {"who:more:third&is-sender", "who:quotes:True&is-sender"} <= cues(for_another, "Jan de Vries")
    assert "who:more:third&not-sender" in cues(for_another, "Bregje Stuifzand")


def test_a_letter_of_ones_own_speaks_of_its_writer(reading_of):
    seen = situation(reading_of("Ik ben Jan de Vries en ik doe graag mee. Mijn nummer is 06 28 11 73 40."))
    assert {"who:more:first&is-sender", "who:data:phone:first&is-sender"} <= cues(seen, "Jan de Vries")


def test_work_that_is_to_write_for_others_is_named_with_the_sender(for_another):
    assert {"who:work&is-sender", "who:work:administrat&is-sender"} <= cues(for_another, "Jan de Vries")


def test_the_senders_surname_with_other_initials_is_of_the_family(reading_of):
    seen = situation(
        reading_of(
            "Wij doen graag mee.\n\nMet vriendelijke groet,\nC.J. Stuifzand",
            sender="Kees-Jan Stuifzand <kj@deklimop.nl>",
        )
    )
    assert "who:family" in cues(seen, "C.J. Stuifzand")
    assert "who:family" not in cues(seen, "Kees-Jan Stuifzand")


def test_nobody_is_the_sender_of_a_mail_without_a_name(reading_of):
    seen = situation(reading_of("Graag doen we mee.", sender="info@deklimop.nl"))
    assert is_sender("Jan de Vries", seen) == "no-sender"


def test_other_fields_have_no_cues_of_persons(for_another):
    assert [person_cues(c, for_another) for c in for_another.of("email")] == [[] for _ in for_another.of("email")]


def test_hundreds_of_people_with_addresses_do_not_take_long(reading_of):
    names = ("Bregje", "Tjalling", "Jan", "Marit")
    people = "\n".join(
        f"{names[n % 4]} Stuif{chr(97 + n % 26)}{chr(97 + n // 26)}, n{n}@deklimop.nl, '“" for n in range(400)
    )
    seen = situation(reading_of(people))
    start = time.process_time()
    for candidate in seen.of("name"):
        person_cues(candidate, seen)
    assert time.process_time() - start < 5


def test_a_number_knows_whether_the_person_chosen_sent_the_mail(for_another):
    [person, *_] = [c for c in for_another.of("name") if c.value == "Bregje Stuifzand"]
    chosen = for_another.having("name", person)
    [number] = {cue for c in chosen.of("phone") for cue in owner_cues(c, chosen) if cue.startswith("pronoun:third:")}
    assert number == "pronoun:third:not-sender"


def test_the_words_beside_a_school_are_cues(reading_of):
    seen = situation(reading_of("Graag meld ik obs De Klimop aan."))
    [school, *_] = [c for c in seen.of("organisation") if c.value == "obs De Klimop"]
    assert {"around&-1:ik", "around&-2:meld", "around&+1:aan"} <= set(whole_cues(school, seen))
