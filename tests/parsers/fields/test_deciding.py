import time

import pytest

from parsers.extraction import ExtractedApplication

NEAT = """Geachte mevrouw Pieters,

Naam organisatie: OBS De Klimop, Assen
Sector: primair onderwijs
Naam: Jan de Vries
Functie: intern begeleider
E-mailadres: j.devries@obsdeklimop.nl
Telefoonnummer: 06 - 12 34 56 78

Met vriendelijke groet,
Jan de Vries
"""


def values(application: ExtractedApplication) -> dict[str, str]:
    return {name: value.value for name, value in application.fields.items()}


def test_labelled_fields_are_taken_over(decide):
    (application,) = decide(NEAT)
    found = values(application)
    assert found["organisation"] == "OBS De Klimop"
    assert found["name"] == "Jan de Vries"
    assert found["role"] == "intern begeleider"
    assert found["email"] == "j.devries@obsdeklimop.nl"
    assert found["phone"] == "+31612345678"
    assert (found["place"], found["province"], found["region"]) == ("Assen", "drenthe", "noord")
    assert application.sector.value == ("po",)


def test_prose_without_a_label_is_understood(decide):
    (application,) = decide(
        "Hoi, zet mij maar op de lijst voor de ontwikkelgroep! Ik ben ib'er op de Klimop in Assen.\nGr. Anke Dorenbos, 06 41 72 00 93",
        sender="Anke Dorenbos <a.dorenbos@klimop-assen.nl>",
    )
    found = values(application)
    # The domain speaks for the name without its article, the words before it for the whole.
    assert found["organisation"] in {"de Klimop", "Klimop"}
    assert (found["role"], found["place"]) == ("ib'er", "Assen")
    assert (found["name"], found["phone"]) == ("Anke Dorenbos", "+31641720093")


def test_a_mobile_is_preferred_to_a_switchboard_when_nothing_is_said(decide):
    (application,) = decide(
        "Ik doe graag mee.\n\nGroet,\nJan de Vries\ndirecteur OBS De Klimop\nT 0592 31 22 33\nM 06 12 34 56 78\n"
    )
    assert values(application)["phone"] == "+31612345678"


def test_the_number_that_is_asked_for_wins(decide):
    text = "Ik doe graag mee. Bel liefst op 0592 - 31 22 33, mijn 06 12 34 56 78 is alleen voor noodgevallen.\n\nGroet,\nJan de Vries\ndirecteur OBS De Klimop"
    (application,) = decide(text)
    assert values(application)["phone"] == "+31592312233"


def test_our_own_address_and_number_are_nobody_elses(decide):
    text = "Ik doe graag mee.\nGroet, Jan de Vries\n\nMail: steunpuntpassendonderwijs@vo-raad.nl, 030 - 232 48 57"
    (application,) = decide(text)
    assert values(application)["email"] == "j.devries@obsdeklimop.nl"
    assert "phone" not in application.fields


def test_two_schools_in_one_mail_are_two_applications(decide):
    text = """Beste Marloes, wij melden ons in één mail aan, als twee scholen.

School 1: obs De Klimop, Jan de Vries, directeur, j.devries@obsdeklimop.nl, 06-12345678
School 2: sbo De Rietpluim, Frank Vugts, locatieleider, f.vugts@rietpluim-sbo.nl, 0416-339018

Groeten, Jan
"""
    first, second = decide(text)
    assert values(first)["organisation"] == "obs De Klimop"
    assert values(second)["organisation"] == "sbo De Rietpluim"
    assert (values(first)["email"], values(second)["email"]) == ("j.devries@obsdeklimop.nl", "f.vugts@rietpluim-sbo.nl")
    assert (first.sector.value, second.sector.value) == (("po",), ("sbo",))


def test_a_colleague_of_the_same_school_stands_beside_the_first(decide):
    text = """Hallo, wij willen graag met z'n tweeën meedoen namens obs De Klimop in Assen.

Jan de Vries, directeur, j.devries@obsdeklimop.nl, 06-20638147
Niels Abbing, intern begeleider, n.abbing@obsdeklimop.nl
"""
    (application,) = decide(text)
    assert values(application)["name"] == "Jan de Vries"
    assert [(p.name, p.role, p.email) for p in application.also] == [
        ("Niels Abbing", "intern begeleider", "n.abbing@obsdeklimop.nl")
    ]


def test_a_mail_without_a_word_gives_one_application_of_its_sender(decide):
    (application,) = decide("", subject="")
    assert values(application) == {"name": "Jan de Vries", "email": "j.devries@obsdeklimop.nl"}


@pytest.mark.parametrize(
    "text", ["x " * 120_000, "De Klimop " * 40_000, "directeur en " * 30_000, "naam: " * 40_000, "\n" * 200_000]
)
def test_a_very_long_mail_is_read_within_seconds(decide, text):
    started = time.process_time()
    assert len(decide(text)) == 1
    assert time.process_time() - started < 10


TWO_IN_PROSE = """Beste mensen,

Twee van onze scholen willen meedoen, elk op eigen titel.

De eerste is obs De Zilvermeeuw in Harlingen. Daar is Tjitske Wiersma directeur: t.wiersma@zilvermeeuw.nl, 0517 41 22 33.

De tweede is sbo De Wulp in Franeker. Mail Jan Hoekstra, orthopedagoog, op j.hoekstra@sbodewulp.nl of bel 06 12 34 56 78.
"""
TWO_IN_COLUMNS = """Hierbij de aanmelding van onze twee scholen.

Gegevens | School 1 | School 2
School | obs De Zilvermeeuw | sbo De Wulp
Contactpersoon | Tjitske Wiersma | Jan Hoekstra
Mail | t.wiersma@zilvermeeuw.nl | j.hoekstra@sbodewulp.nl
Telefoon | 0517 41 22 33 | 06 12 34 56 78
"""


@pytest.mark.parametrize("text", [TWO_IN_PROSE, TWO_IN_COLUMNS])
def test_each_of_two_schools_keeps_its_own_person_address_and_number(decide, text):
    found = decide(text, sender="Ineke Postma <i.postma@bestuurnoord.nl>")
    keys = ("organisation", "name", "email", "phone")
    assert sorted(tuple(values(one)[key] for key in keys) for one in found) == [
        ("obs De Zilvermeeuw", "Tjitske Wiersma", "t.wiersma@zilvermeeuw.nl", "+31517412233"),
        ("sbo De Wulp", "Jan Hoekstra", "j.hoekstra@sbodewulp.nl", "+31612345678"),
    ]


def test_a_school_that_is_only_spoken_of_signs_nobody_up(decide):
    found = decide(
        "Wij doen mee met obs De Zilvermeeuw. Samen met Tjitske van sbo De Wulp heb ik gekeken hoe een kind op twee"
        " scholen kan staan ingeschreven.\n\nGroet,\nJan Hoekstra, directeur, 06 12 34 56 78",
        sender="Jan Hoekstra <j.hoekstra@zilvermeeuw.nl>",
    )
    assert [values(one)["organisation"] for one in found] == ["obs De Zilvermeeuw"]


def test_a_double_role_is_read_whole_over_the_end_of_a_line(decide):
    (application,) = decide(
        "Hierbij meld ik ons Maasland Lyceum aan voor de ontwikkelgroep. Ik ben daar docent Duits en coördinator\n"
        "leerlingondersteuning. Bel mij op 06 12 34 56 78.\n\nGroet,\nJan Hoekstra",
        sender="Jan Hoekstra <j.hoekstra@maaslandlyceum.nl>",
    )
    assert values(application)["role"] == "docent Duits en coördinator leerlingondersteuning"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "Naast obs De Wulp en het Berg College doet ook onze school mee: sbo De Zilvermeeuw in Harlingen.",
            "De Wulp en",
        ),
        ("Wij doen mee.\n\nGroet,\nTjitske\nOrthopedagoog De Zilvermeeuw, Harlingen", "Orthopedagoog"),
        ("Wij doen mee.\n\nSecretariaat De Zilvermeeuw, Harlingen", "Secretariaat"),
    ],
)
def test_a_schools_name_holds_no_second_school_and_nobodys_work(decide, text, name):
    found = decide(text, sender="Tjitske Wiersma <t.wiersma@zilvermeeuw.nl>")
    assert all(name not in values(one).get("organisation", "") for one in found)
    assert "Zilvermeeuw" in values(found[0])["organisation"]
