import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.blocks import Mailbox
from parsers.confirmation import Saying, confirmation_in, value_instead, wants_back
from parsers.message import parse_message
from parsers.repeated import without_letters

ASKED = """Wij willen alleen nog iets bij u nagaan. Uw aanmeldnummer is OG-2026-0001.

EVEN CONTROLEREN

Wij weten niet zeker of wij dit goed hebben begrepen. Laat ons
alstublieft weten of het klopt.

- Klopt het dat uw functie ‘intern begeleider’ is?

- Klopt het dat de naam van uw organisatie ‘OBS De Klimop’ is?

DIT HEBBEN WIJ GENOTEERD

Naam: Jan de Vries
"""


def said(body: str):
    raw = f"From: Jan de Vries <jan@klimop.example>\r\nSubject: Re: x\r\nIn-Reply-To: <a@b>\r\n\r\n{body}".encode()
    return confirmation_in(without_letters(parse_message(raw), [ASKED], Mailbox(name="", address="s@vo-raad.nl")))


YES = [
    "ja", "Ja.", "Ja!", "ja, klopt", "Ja, dat klopt.", "Ja dat klopt helemaal", "Klopt!", "Dat klopt", "Alles klopt.", "Jazeker",
    "Ja, beide kloppen.", "inderdaad", "Correct.", "Yes, that's right.", "Ja hoor, dat is juist.", "Beste mensen,\n\nJa, dat klopt.",
    "Ja, klopt. Bedankt!\n\nMet vriendelijke groet,\nJan de Vries", "Ja.\n\nGroet, Jan", "Hallo,\nJa dat klopt.\nJan de Vries",
    "Ja, dat klopt.\n\nDank voor uw bericht.\n\nMvg Jan",
]  # fmt: skip
NO = [
    "nee",
    "Nee.",
    "Nee, dat klopt niet.",
    "Dat klopt niet",
    "niet juist",
    "Nee hoor",
    "Helaas, dat is niet juist.",
    "No.",
]


@pytest.mark.parametrize("words", YES)
def test_a_plain_yes_is_a_yes_whatever_manners_stand_around_it(words):
    found = said(words)
    assert (found.saying, found.alone, found.pieces) == (Saying.YES, True, 1)


@pytest.mark.parametrize("words", NO)
def test_a_plain_no_is_a_no(words):
    found = said(words)
    assert (found.saying, found.alone) == (Saying.NO, True)


@pytest.mark.parametrize(
    "words",
    ["Ja, klopt, behalve de functie.", "Ja en nee.", "De eerste klopt, de tweede niet.", "Klopt, maar wij heten anders.",
     "Ja.\nNee.", "Ja, alleen de functie niet", "Het eerste klopt, het tweede niet."],
)  # fmt: skip
def test_a_yes_with_a_reservation_is_no_yes(words):
    assert said(words).saying is not Saying.YES


@pytest.mark.parametrize(
    "words",
    [
        "Ja, dat klopt. Mijn nummer is 06 - 12 34 56 78.",
        "Ja, klopt.\n\nWanneer is de eerste keer?",
        "Ja.\nTelefoon: 06 - 12 34 56 78",
    ],
)
def test_a_yes_may_be_followed_by_something_else(words):
    found = said(words)
    assert (found.saying, found.alone) == (Saying.YES, False)


@pytest.mark.parametrize(
    "words",
    ["", "Dank u wel!", "Ja, ik wil graag ook mijn collega aanmelden.", "Wij zijn een basisschool, ja.", "Wanneer is het?",
     "Mijn nummer is 06 - 12 34 56 78.", "ok, bedankt", "ja " * 3000],
)  # fmt: skip
def test_what_is_about_something_else_says_nothing(words):
    assert said(words).saying is Saying.NOTHING


def test_a_yes_above_the_quoted_letter_is_one_and_stands_where_it_says():
    body = "Ja, klopt.\n\nOp ma 2 mrt 2026 om 10:00 schreef Steunpunt <s@vo-raad.nl>:\n\n" + "\n".join(
        f"> {line}" for line in ASKED.splitlines()
    )
    found = said(body)
    assert (found.saying, found.pieces, found.inserted) == (Saying.YES, 1, False)
    assert body[found.start : found.end] == "Ja, klopt"


@pytest.mark.parametrize("mark", ["", "> "])
def test_a_yes_beneath_each_question_is_one_for_each(mark):
    letter = ASKED.replace("is?\n", "is?\nja\n")
    body = "Op ma 2 mrt 2026 om 10:00 schreef Steunpunt <s@vo-raad.nl>:\n\n" + "\n".join(
        mark + line if line != "ja" else line for line in letter.splitlines()
    )
    found = said(body)
    assert (found.saying, found.alone, found.pieces) == (Saying.YES, True, 2)


def test_a_yes_beneath_one_and_a_no_beneath_another_is_unclear():
    letter = ASKED.replace("begeleider’ is?", "begeleider’ is? Ja").replace("Klimop’ is?", "Klimop’ is? Nee")
    assert said(letter).saying is Saying.UNCLEAR


@pytest.mark.parametrize(
    ("rest", "value"),
    [
        (", het is teamleider.", "teamleider"),
        (". Het moet zijn: teamleider", "teamleider"),
        (", mijn functie is ‘teamleider’. Groet, Jan", "teamleider"),
        (", ik ben zorgcoördinator", "zorgcoördinator"),
        (". Mijn nummer is 06 12345678", ""),
        (", sorry", ""),
        (", het is " + "x" * 500, ""),
        (", het is niet teamleider maar directeur", ""),
        ("", ""),
    ],
)
def test_the_right_value_after_a_no(rest, value):
    assert value_instead(rest, ["functie", "role"]) == value


@pytest.mark.parametrize(
    ("words", "back"),
    [
        ("Ik wil toch meedoen", True),
        ("‘Ik wil toch meedoen’", True),
        ("Beste Marloes,\n\nWij doen toch graag mee!\nGroet, Jan", True),
        ("I want to take part after all.", True),
        ("Wij kunnen toch niet meedoen.", False),
        ("Kan ik later toch meedoen?", False),
        ("Als er plaats is, wil ik toch meedoen", False),
        ("Dank u wel", False),
    ],
)
def test_who_wants_to_come_back_says_so_without_conditions(words, back):
    assert wants_back(parse_message(f"From: a@b.nl\r\n\r\n{words}".encode())) is back


@given(st.text(max_size=200))
def test_any_words_are_read(words):
    found = said(words)
    assert 0 <= found.start <= found.end
    value_instead(words, ["functie"])
