"""Whose words a text holds: own, quoted, forwarded, signed."""

import pytest

from parsers.blocks import Block, BlockKind
from parsers.message import parse_message
from tests.raw_mail import html_mail, mail

OURS = "Steunpunt <steunpunt@vo-raad.nl>"


def blocks(text: str, subject: str = "Re: oproep", *headers: str) -> tuple[Block, ...]:
    return parse_message(mail(text, *headers, subject=subject)).blocks


def shape(found: tuple[Block, ...]) -> list[tuple[str, int, str]]:
    """Kind, level and author's address of each block that is no heading; neighbours alike are one."""
    shapes = [
        (block.kind.value, block.level, block.author.address if block.author else "")
        for block in found
        if not block.heading
    ]
    return [shape for number, shape in enumerate(shapes) if not number or shapes[number - 1] != shape]


def own(found: tuple[Block, ...]) -> str:
    return "\n".join(block.text.strip() for block in found if block.kind is BlockKind.OWN)


@pytest.mark.parametrize(
    "attribution",
    [
        f"Op 14 jan. 2019 om 15:53 schreef {OURS}:",
        "Op ma 7 jan. 2019 om 10:11 schreef Steunpunt <\nsteunpunt@vo-raad.nl>:",
        f"Op 14 januari 2019 om 15:53 heeft {OURS} het volgende geschreven:",
        f"{OURS} heeft op 14-01-2019 15:53 het volgende geschreven:",
        f"{OURS} schreef op 14 januari 2019 om 15:53:",
        f"On Mon, Jan 14, 2019 at 3:53 PM {OURS} wrote:",
        "On 2019-01-14 15:53, Steunpunt wrote:",
        f"Am 14.01.2019 um 15:53 schrieb {OURS}:",
        f"Op 14-01-19 skreau {OURS}:",
        f"Op maandag 14 januari 2019 om 15:53, {OURS} schreef:",
        f"------- Original Message -------\nOn Monday, January 14, 2019 3:53 PM, {OURS} wrote:",
        f"Citeren {OURS}:",
        "Steunpunt/VO schreef op 14-01-2019 15:53:32:",
        f"--- {OURS} schreef op ma 14/1/19:",
    ],
)
def test_marked_lines_beneath_an_attribution_are_quoted(attribution):
    found = blocks(f"Zie onder.\n\n{attribution}\n> Beste Jan,\n> Wilt u de vragen beantwoorden?\n\nDat wil ik wel.\n")
    assert [kind for kind, _, _ in shape(found)] == ["own", "quoted", "own"]
    assert "Dat wil ik wel." in own(found)
    assert found[1].heading


@pytest.mark.parametrize(
    "attribution",
    [
        "Op wo 16 jan. 2019 om 16:45 schreef Ans van 't Bos <\na.bos@vo-raad.nl>:",
        "Op wo 16 jan. 2019 om 16:45 heeft Ans van 't Bos <a.bos@vo-raad.nl> het volgende geschreven:",
        "On Wed, Jan 16, 2019 at 4:45 PM Ans van 't Bos <a.bos@vo-raad.nl> wrote:",
        "Ans van 't Bos <a.bos@vo-raad.nl> schreef op 16 januari 2019 om 16:45:",
        "Op woensdag 16 januari 2019 om 16:45, Ans van 't Bos <a.bos@vo-raad.nl> schreef:",
        "Citeren Ans van 't Bos <a.bos@vo-raad.nl>:",
        "Op wo 16 jan. 2019 om 16:45 schreef 'Ans van 't Bos' via Lijst <a.bos@vo-raad.nl>:",
    ],
)
def test_the_author_of_a_quotation_is_read_from_its_attribution(attribution):
    found = blocks(f"Ja.\n\n{attribution}\n\n> Doet u mee?\n")
    assert found[1].author is not None
    assert (found[1].author.name, found[1].author.address) == ("Ans van 't Bos", "a.bos@vo-raad.nl")


@pytest.mark.parametrize(
    "sentence",
    [
        "Op 9 januari schreef ik jullie, bij onze opgave, het volgende:",
        "Deelnemer: Rik ten Have (r.tenhave@swvreggezoom.nl). Hij leest mee in de cc en heeft zijn stukje zelf geschreven:",
        "Van: De Lichtbron, onderwijs aan slechtziende leerlingen, Leusden\nDeelnemer: Wouter van Es\nSector: so",
        "Aan: het Steunpunt\nVan: Jan de Vries, obs De Klimop\nBetreft: aanmelding\nDatum: 12 maart 2019",
    ],
)
def test_a_sentence_of_the_authors_own_is_no_introduction(sentence):
    found = blocks(f"{sentence}\n\nWij doen graag mee met de groep.\n", "Aanmelding")
    assert "Wij doen graag mee met de groep." in own(found)
    assert not any(block.kind in {BlockKind.QUOTED, BlockKind.FORWARDED} for block in found)


def test_answers_between_marked_lines_are_the_authors_own():
    found = blocks(
        "Zie tussen de regels.\n\n> 1. Ik wil graag deelnemen, omdat….\n\nwij samengaan met het sbo\n\n"
        "> 2. Ik heb de volgende ontwikkelvraag:…\n\nhoe begin je?\n\n> Vragen? Bel 030 - 123 45 67\n"
    )
    assert [kind for kind, _, _ in shape(found)] == ["own", "quoted", "own", "quoted", "own", "quoted"]
    assert own(found) == "Zie tussen de regels.\nwij samengaan met het sbo\nhoe begin je?"


def test_what_stands_beneath_a_header_block_belongs_to_its_author():
    found = blocks(
        "Dank, dan doen wij mee.\n\nGroet,\nJan\n\n________________________________\nVan: Steunpunt <steunpunt@vo-raad.nl>\n"
        "Verzonden: maandag 14 januari 2019 9:30\nAan: Jan de Vries\nOnderwerp: oproep\n\nBeste Jan,\n\nDoet u mee?\n"
    )
    assert shape(found) == [("own", 0, ""), ("signature", 0, ""), ("quoted", 1, "steunpunt@vo-raad.nl")]


FORWARDED = (
    "Van: Piet Prins <p.prins@debrug.nl>\nVerzonden: donderdag 17 januari 2019 15:44\nAan: Jan de Vries\nOnderwerp: opgave\n\n"
    "Graag meld ik mij aan.\n\nMet vriendelijke groet,\nPiet Prins\n"
)


@pytest.mark.parametrize(
    ("subject", "marker"),
    [
        ("FW: opgave", "-----Oorspronkelijk bericht-----\n"),
        ("Fwd: opgave", "---------- Forwarded message ---------\n"),
        ("Fwd: opgave", "Begin doorgestuurd bericht:\n\n"),
        ("Doorgestuurd: opgave", ""),
        ("opgave van een collega", ""),
        ("WG: opgave", "-------- Doorgestuurd bericht --------\n"),
        ("Dr.: opgave", "----- Doorgestuurd door Jan de Vries op 28-02-2019 09:12 -----\n\n"),
    ],
)
def test_a_mail_of_another_person_is_forwarded_with_its_name_block(subject, marker):
    found = blocks("Zie onder.\n\n" + marker + FORWARDED, subject)
    assert shape(found) == [
        ("own", 0, ""),
        ("forwarded", 1, "p.prins@debrug.nl"),
        ("signature", 1, "p.prins@debrug.nl"),
    ]


def test_a_mail_of_ours_is_quoted_even_when_it_is_passed_on():
    found = blocks(
        "Wij doen mee!\n\n-----Oorspronkelijk bericht-----\nVan: Nieuwsbrief <nieuwsbrief@vo-raad.nl>\nVerzonden: 1 januari 2019\n"
        "Onderwerp: oproep\n\nDoe mee.\n",
        "FW: oproep",
    )
    assert shape(found)[-1] == ("quoted", 1, "nieuwsbrief@vo-raad.nl")


def test_the_senders_own_earlier_mail_to_us_is_quoted():
    found = blocks(
        "Mijn nummer moet erbij.\n\n-----Oorspronkelijk bericht-----\nVan: Jan de Vries <j.devries@obsdeklimop.nl>\n"
        "Verzonden: 1 januari 2019\nAan: steunpunt@vo-raad.nl\nOnderwerp: opgave\n\nIk doe mee.\n",
        "FW: opgave",
    )
    assert shape(found)[-1] == ("quoted", 1, "j.devries@obsdeklimop.nl")


def test_a_mail_that_went_astray_is_forwarded_though_its_author_sends_it():
    found = blocks(
        "Dit kreeg ik terug.\n\n---------- Forwarded message ---------\nVan: Jan de Vries <j.devries@obsdeklimop.nl>\n"
        "Date: za 2 feb. 2019 om 11:20\nSubject: opgave\nTo: <steunpunt@voraad.nl>\n\nIk doe mee.\n",
        "Fwd: opgave",
    )
    assert shape(found)[-1] == ("forwarded", 1, "j.devries@obsdeklimop.nl")


def test_mails_within_mails_have_levels_of_their_own():
    found = blocks(
        "Graag verwerken.\n\nVan: Els Bos <e.bos@debrug.nl>\nVerzonden: donderdag 17 januari 2019 15:22\nAan: Jan\nOnderwerp: FW: groep\n\n"
        "Wil jij dit sturen?\n\nVan: Piet Prins <p.prins@debrug.nl>\nVerzonden: maandag 14 januari 2019 20:03\nAan: Els\nOnderwerp: groep\n\n"
        "Ik doe mee.\n",
        "FW: FW: groep",
    )
    assert shape(found) == [("own", 0, ""), ("forwarded", 1, "e.bos@debrug.nl"), ("forwarded", 2, "p.prins@debrug.nl")]


def test_two_mails_pasted_beneath_each_other_stand_side_by_side():
    found = blocks(
        "Twee opgaven.\n\n==========\n\nVan: Els Bos <e.bos@debrug.nl>\nDatum: vrijdag 1 februari 2019 13:11\nAan: Jan\nOnderwerp: PO\n\nIk po.\n\n"
        "==========\n\nVan: Piet Prins <p.prins@debrug.nl>\nDatum: maandag 4 februari 2019 11:50\nAan: Jan\nOnderwerp: VO\n\nIk vo.\n",
        "twee opgaven",
    )
    assert shape(found)[1:] == [("forwarded", 1, "e.bos@debrug.nl"), ("forwarded", 1, "p.prins@debrug.nl")]


def test_bold_labels_and_other_languages_make_a_header_block_too():
    for labels in (
        ("*Van:*", "*Verzonden:*", "*Aan:*", "*Onderwerp:*"),
        ("Von:", "Gesendet:", "An:", "Betreff:"),
        ("Fan:", "Ferstjoerd:", "Oan:", "Underwerp:"),
    ):
        values = ("Piet Prins <p.prins@debrug.nl>", "4 maart 2019 14:51", "Jan", "opgave")
        block = "\n".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))
        assert shape(blocks(f"Zie onder.\n\n{block}\n\nIk doe mee.\n", "FW: opgave"))[-1] == (
            "forwarded",
            1,
            "p.prins@debrug.nl",
        )


def test_a_quotation_in_html_is_told_by_its_element():
    raw = html_mail(
        "<div>Ik heb het ertussen gezet.</div><div class=gmail_quote><div class=gmail_attr>Op di 15 jan. 2019 om 16:20 schreef Ans Bos "
        "&lt;<a href='mailto:a.bos@vo-raad.nl'>a.bos@vo-raad.nl</a>&gt;:<br></div><blockquote class=gmail_quote>Uw functie?</blockquote></div>"
        "<div>Ik ben ib'er.</div><blockquote class=gmail_quote>Uw telefoon?</blockquote><div>06-12345678</div>",
        subject="Re: oproep",
    )
    found = parse_message(raw).blocks
    assert [kind for kind, _, _ in shape(found)] == ["own", "quoted", "own", "quoted", "own"]
    assert own(found) == "Ik heb het ertussen gezet.\nIk ben ib'er.\n06-12345678"


def test_an_indented_paragraph_in_html_stays_the_authors_own():
    found = parse_message(
        html_mail("<p>Onze vraag:</p><blockquote style='margin-left:40px'>Hoe begin je?</blockquote><p>Groet</p>")
    ).blocks
    assert "Hoe begin je?" in own(found)


CALL = "Wilt u daarin uw functie vermelden en daarnaast onderstaande vragen beantwoorden?\n1. Ik wil graag deelnemen, omdat….\n2. Ik heb de volgende ontwikkelvraag:…"
OUR_HEAD = "Van: Steunpunt <steunpunt@vo-raad.nl>\nVerzonden: 14 januari 2019 9:30\nAan: Jan\nOnderwerp: oproep\n\n"


def test_answers_typed_beneath_the_questions_of_a_quoted_form_are_own_words_with_doubt():
    found = blocks(
        "Zie in rood hieronder.\n\n"
        + OUR_HEAD
        + "Beste Jan,\n\n1. Ik wil graag deelnemen, omdat….\nwij samengaan met het sbo\n\n"
        "2. Ik heb de volgende ontwikkelvraag:…\nhoe begin je?\n\nMet vriendelijke groet,\nAns Bos\n030 - 123 45 67\n"
    )
    assert own(found) == "Zie in rood hieronder.\nwij samengaan met het sbo\nhoe begin je?"
    assert [block.doubtful for block in found if block.kind is BlockKind.OWN] == [False, True, True]
    assert shape(found)[-1] == ("signature", 1, "steunpunt@vo-raad.nl")


def test_data_typed_above_the_questions_of_a_quoted_form_are_own_words():
    found = blocks(
        "Zie in rood hieronder.\n\n"
        + OUR_HEAD
        + "Wilt u daarin uw functie vermelden?\n\nDe Kiem in Axel, gewone basisschool\n\n"
        "1. Ik wil graag deelnemen, omdat….\nwij samengaan met het sbo\n\n2. Ik heb de volgende ontwikkelvraag:…\nhoe begin je?\n"
    )
    assert "De Kiem in Axel, gewone basisschool" in own(found)
    assert "Wilt u" not in own(found)


def test_a_line_with_a_number_in_our_quoted_text_is_own_when_the_author_says_so():
    found = blocks(
        "Mijn antwoorden staan in rood in jullie tekst.\n\n" + OUR_HEAD + "Wilt u uw functie vermelden\n"
        "Stichting De Wal (po), beleidsadviseur, 06-53119042\nen onderstaande vragen beantwoorden?\n"
    )
    assert "Stichting De Wal (po), beleidsadviseur, 06-53119042" in own(found)


def test_an_untouched_form_is_quoted_whole():
    found = blocks("Wij doen mee.\n\n" + OUR_HEAD + CALL + "\n\nVragen? Bel Ans Bos, 030 - 123 45 67.\n")
    assert own(found) == "Wij doen mee."


def test_what_follows_an_arrow_in_our_letter_is_own():
    found = blocks(
        "Achter de pijltjes.\n\n"
        + OUR_HEAD
        + "Wij noteerden:\n\nOrganisatie: De Klimop\nFunctie: niet gevonden --> directeur\nSector: po\n"
    )
    assert own(found) == "Achter de pijltjes.\nFunctie: niet gevonden --> directeur"


def test_answers_beneath_the_labels_of_our_letter_are_own_when_the_author_says_so():
    letter = (
        OUR_HEAD
        + "Wij missen:\n\nReden van deelname\nwij werken al samen\n\nOnderwerpen die u wilt bespreken\nrooster en geld\n\nMet vriendelijke groet,\nSteunpunt\n"
    )
    assert (
        own(blocks("In blauw mijn antwoorden.\n\n" + letter))
        == "In blauw mijn antwoorden.\nwij werken al samen\nrooster en geld"
    )
    assert own(blocks("Dank voor uw bericht.\n\n" + letter)) == "Dank voor uw bericht."


def test_lines_marked_within_an_unmarked_letter_of_ours_are_own_when_the_author_says_so():
    letter = (
        OUR_HEAD
        + "Deze punten missen wij:\n\nUw functie\n>> directeur\n\nUw telefoonnummer\n>> 06-12345678\n\nSteunpunt\n"
    )
    assert (
        own(blocks("Mijn antwoorden tussen uw regels.\n\n" + letter))
        == "Mijn antwoorden tussen uw regels.\n>> directeur\n>> 06-12345678"
    )
    assert own(blocks("Dank.\n\n" + letter)) == "Dank."


def test_marks_in_a_mail_that_answers_nothing_are_the_authors_bullets():
    found = blocks("Onze gegevens:\n\n> School: De Klimop\n> Functie: ib'er\n\nGroet,\nJan\n", "opgave")
    assert [(block.kind, block.level, block.doubtful) for block in found][:2] == [
        (BlockKind.OWN, 0, False),
        (BlockKind.OWN, 0, True),
    ]


def test_lines_that_a_letter_of_ours_ends_with_are_not_taken_for_an_answer():
    found = blocks(
        "Mijn nummer is 06-12345678.\n\n"
        + OUR_HEAD
        + "Wilt u dit aanvullen?\nVragen: Ans Bos, 030 - 123 45 67.\n\nSteunpunt\n"
    )
    assert own(found) == "Mijn nummer is 06-12345678."


def test_words_beneath_a_quoted_newsletter_are_found_when_the_author_says_so():
    found = blocks(
        "Zie helemaal onderaan!\n\n"
        + OUR_HEAD
        + "Nieuws van het Steunpunt\n\nU ontvangt deze nieuwsbrief omdat u zich heeft ingeschreven.\n\n"
        "Ja, ik las hem laat, maar wij doen graag mee.\n"
    )
    assert "wij doen graag mee" in own(found)


def test_pipes_are_quote_marks_when_they_begin_several_lines():
    found = blocks(
        "Hieronder z'n tekst.\n\n| Hoi baas,\n|\n| dit wou ik insturen.\n|| Op 13 maart 2019 schreef Jan de Vries:\n|| iets voor jou?\n",
        "doorsturen",
    )
    assert shape(found)[:2] == [("own", 0, ""), ("forwarded", 1, "")]
    assert found[1].doubtful
    assert found[1].quote_depth == 1


def test_when_no_own_words_are_left_the_quoted_ones_are_doubtful():
    found = blocks("> Wij doen mee met de groep.\n> Jan\n")
    assert all(block.doubtful for block in found if block.kind is BlockKind.QUOTED)
