"""What a mail is."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.call import load_calls
from parsers.extraction import Kind
from parsers.kind import recognise
from parsers.kind_voices import voices_of
from parsers.kind_words import words_of
from parsers.message import parse_message
from parsers.phrases import Phrases, sentences_of

CALL = load_calls()["ontwikkelgroep"]
OURS = "steunpuntpassendonderwijs@vo-raad.nl"


def mail(text: str, *headers: str, subject: str = "ontwikkelgroep") -> bytes:
    lines = ("From: Jan de Vries <j.devries@obsdeklimop.example>", f"To: {OURS}", f"Subject: {subject}", *headers)
    return "\r\n".join((*lines, 'Content-Type: text/plain; charset="utf-8"', "", text)).encode()


def kind_of(text: str, *headers: str, subject: str = "ontwikkelgroep") -> Kind:
    return recognise(parse_message(mail(text, *headers, subject=subject)), CALL).kind


APPLICATION = """Beste Marloes,

Hierbij meld ik onze school aan voor de ontwikkelgroep. Ik ben intern begeleider op OBS De Klimop in Assen, 06-12345678.

1. omdat wij met het so onder een dak komen
2. hoe maak je van twee teams een team?
3. rooster, ouders, geld

Jan de Vries
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (APPLICATION, Kind.APPLICATION),
        (
            "Wij moeten helaas afzien van deelname aan de ontwikkelgroep waarvoor ik ons had opgegeven. Streep ons maar door.",
            Kind.WITHDRAWAL,
        ),
        (
            "Wat zijn de kosten van de ontwikkelgroep en op welke dagen zijn de bijeenkomsten? Wij overwegen mee te doen.",
            Kind.QUESTION,
        ),
        (
            "Op grond van de AVG verzoek ik u mijn persoonsgegevens te verwijderen en dat schriftelijk te bevestigen.",
            Kind.PRIVACY,
        ),
    ],
)
def test_plain_wordings_are_told_apart(text, kind):
    assert kind_of(text) == kind


def test_an_absence_message_that_quotes_our_letter_is_automatic_and_names_its_marker():
    text = "Ik ben afwezig tot 4 maart.\n\n> Hartelijk dank voor uw aanmelding voor de ontwikkelgroep. Wij noteerden:\n> Organisatie: De Klimop"
    verdict = recognise(
        parse_message(mail(text, "Auto-Submitted: auto-replied", subject="Automatisch antwoord: aanmelding")), CALL
    )
    assert verdict.kind == Kind.AUTOMATIC
    assert "auto-replied" in verdict.reason


@pytest.mark.parametrize(
    "header", ["X-Auto-Response-Suppress: All", "Precedence: bulk", "List-Id: <ib.school.example>"]
)
def test_a_header_alone_does_not_make_a_persons_application_automatic(header):
    assert kind_of(APPLICATION, header) == Kind.APPLICATION


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff" * 500, b"Subject: \r\n\r\n", b"?" * 100_000, b"From: a@b.example\r\n\r\n" + b"1 " * 50_000]
)
def test_any_bytes_get_a_verdict(raw):
    verdict = recognise(parse_message(raw), CALL)
    assert 0 <= verdict.confidence <= 1
    assert verdict.reason


def test_confidence_and_alternatives_make_one_whole():
    verdict = recognise(parse_message(mail("Kan ik nog meedoen met de ontwikkelgroep?")), CALL)
    assert verdict.kind not in dict(verdict.alternatives)
    assert verdict.confidence + sum(chance for _, chance in verdict.alternatives) <= 1.0001


def test_a_phrase_reaches_over_a_gap_but_not_over_a_sentence():
    phrases = Phrases({"join": ["wil * meedoen"]})
    assert phrases.find(sentences_of("Ik wil heel graag met mijn school meedoen.")[0].words) == {"join": [1]}
    assert not any(phrases.find(sentence.words) for sentence in sentences_of("Ik wil koffie. Jullie mogen meedoen."))


@pytest.mark.parametrize("phrase", ["* meedoen", "meedoen *", "a * b * c * d", "aan~"])
def test_a_phrase_outside_the_language_is_refused(phrase):
    with pytest.raises(ValueError, match=r"a stem|begin and end"):
        Phrases({"join": [phrase]})


def test_the_shipped_model_says_how_well_it_does():
    from parsers.kind_model import MODEL  # noqa: PLC0415

    assert '"score"' in Path(MODEL).read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Zet ons maar op de lijst: basisschool De Kwikstaart, ik ben er directeur, 06-12345678.", Kind.APPLICATION),
        ("Onze school stopt met de ontwikkelgroep. Haal ons maar van de lijst.", Kind.WITHDRAWAL),
        ("Voordat wij ons aanmelden wil ik weten wat het kost. Is er al een overzicht van de data?", Kind.QUESTION),
        ("Graag meld ik twee collega's aan voor de studiemiddag over zorgplicht van 14 mei.", Kind.OTHER),
        ("De volgende bijeenkomst is bij ons op school. Wie neemt er taart mee?", Kind.OTHER),
    ],
)
def test_near_misses_are_told_from_applications(text, kind):
    assert kind_of(text, subject="bericht") == kind


def test_words_are_counted_by_where_they_stand_and_neighbours_as_pairs():
    message = parse_message(mail("Mag ik mee? Ik wil mee.", subject="mee"))
    words = words_of(voices_of(message, CALL))
    assert words["umee"] > words["uwil"] == 1.0
    assert {"smee", "bwil mee", "bmee ?", "bmee $"} <= words.keys()


def test_what_the_staff_wrote_and_somebody_passes_on_is_not_told_as_words_for_us():
    text = (
        "Zie hieronder.\n\n---------- Forwarded message ---------\nVan: Erik Stol <e.stol@ncoj.example>\n"
        "Datum: ma 4 feb. 2019 om 10:12\nOnderwerp: ontwikkelgroep\nAan: Jan de Vries <j.devries@obsdeklimop.example>\n\n"
        "Wilt u nog een ontwikkelvraag sturen?\n"
    )
    message = parse_message(mail(text, subject="Fwd: ontwikkelgroep"))
    assert "sturen" in voices_of(message, CALL).forwarded.text
    voices = voices_of(message, replace(CALL, staff_domains=("ncoj.example",)))
    assert "sturen" in voices.quoted.text
    assert not voices.forwarded.text


def test_the_acceptance_of_a_meeting_stays_a_machines_whatever_it_promises():
    verdict = recognise(
        parse_message(mail("Ja, ik ben erbij! Groet Jan", subject="Geaccepteerd: Ontwikkelgroep vo")), CALL
    )
    assert verdict.kind == Kind.AUTOMATIC


def test_a_newsletter_that_tells_of_the_call_is_no_application():
    text = (
        "UW ONDERWIJSKRANT VAN VANDAAG\n\nNog twee weken: ontwikkelgroepen. Aanmelden met naam, functie en telefoonnummer.\n\n"
        "Lees meer op de site. Geen krant meer ontvangen? Klik hier."
    )
    verdict = recognise(parse_message(mail(text, "List-Unsubscribe: <mailto:uit@krant.example>")), CALL)
    assert verdict.kind == Kind.AUTOMATIC


def test_an_absence_message_that_repeats_our_subject_is_automatic():
    text = "Dag! Ik ben met mijn klas op kamp. Haast? Bel mijn duo Chantal, 0541 - 55 40 38."
    assert kind_of(text, subject="Afwezig Re: Uw aanmelding [OG-0231]") == Kind.AUTOMATIC


def test_the_reason_names_the_rule_that_agrees():
    verdict = recognise(parse_message(mail("Hierbij meld ik onze school aan voor de ontwikkelgroep.")), CALL)
    assert (verdict.kind, verdict.reason) == (Kind.APPLICATION, "signs up")


def test_words_that_differ_in_their_endings_only_count_as_one():
    message = parse_message(mail("Aanmelden? Aanmelding!", subject="x"))
    assert words_of(voices_of(message, CALL))["uaanm"] > 1.0


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("meedoen", "wij willen meedoen"),
        ("graag meedoen", "wij willen graag meedoen"),
        ("wil|willen * meedoen|deelnemen", "wij willen heel graag deelnemen"),
        ("willen * deelnem~", "wij willen heel graag deelnemen"),
        ("deelnem~ graag", "wij deelnemen graag"),
    ],
)
def test_a_phrase_of_any_shape_is_found(phrase, text):
    assert "join" in Phrases({"join": [phrase]}).find(sentences_of(text)[0].words)


def test_phrases_are_found_in_one_order_whatever_the_sentence():
    phrases = Phrases({"b": ["mee"], "a": ["wil"]})
    assert list(phrases.find(("wil", "mee"))) == list(phrases.find(("mee", "wil"))) == ["a", "b"]
