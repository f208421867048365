"""The daily letter: its order, its numbers, and what never gets into it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from parsers.extraction import Kind
from replies.alarm import alarm, recovery
from replies.application_view import ApplicationView, Noted
from replies.digest import compose_digest
from replies.digest_content import (
    ChangedApplication,
    DigestContent,
    FailedLetter,
    IncompleteApplication,
    LatePlace,
    MailLine,
    NewApplication,
    Overview,
    Stranger,
    UnsureApplication,
    ValueChange,
    WithdrawnApplication,
)
from replies.letter import Letter
from tests.replies.conftest import Page
from tests.replies.test_acknowledgement import HOSTILE

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
VALUES = {
    "organisation": "OBS De Klimop",
    "sector": "po,sbo",
    "role": "intern begeleider",
    "name": "Jan de Vries",
    "email": "j.devries@deklimop-assen.nl",
    "phone": "+31612345678",
    "place": "Assen",
    "province": "drenthe",
    "region": "noord",
    "answer:1": "Wij willen leren.",
    "answer:2": "Hoe geven we samen les?",
    "answer:3": "- bekostiging\n- scholing",
}
OVERVIEW = Overview(
    call="ontwikkelgroep",
    cells={("po", "noord"): 2, ("vo", "zuid"): 1, ("both", "unknown"): 1},
    complete=3,
    incomplete=1,
    weeks=((date(2026, 2, 16), 0), (date(2026, 2, 23), 4)),
)
QUIET = DigestContent(day=date(2026, 3, 2), covered_from=NOW - timedelta(days=3), covered_to=NOW, overviews=(OVERVIEW,))


def a_view(
    number: int = 1, *, missing: tuple[str, ...] = (), unsure: tuple[str, ...] = (), **values: str
) -> ApplicationView:
    given = {**VALUES, **values}
    return ApplicationView(
        reference=f"OG-2026-{number:04}",
        values={
            name: Noted(value=value, unsure=name in unsure) for name, value in given.items() if name not in missing
        },
        missing=missing,
    )


def a_mail(
    number: int, sender: str = "Sanne Kuipers", subject: str = "Vraag", words: str = "Wanneer is het?", **more
) -> MailLine:
    return MailLine(mail_id=number, received_at=NOW, sender=sender, subject=subject, first_words=words, **more)


EVENTFUL = replace(
    QUIET,
    missed_days=(date(2026, 2, 27),),
    privacy=(a_mail(12, kind=Kind.PRIVACY, deadline=date(2026, 4, 1)),),
    unsure_kinds=(a_mail(14, kind=Kind.APPLICATION, reason="kind"),),
    unsure=(
        UnsureApplication(
            view=a_view(3, unsure=("role",)),
            reasons=("role", "sender", "suggested:phone"),
            suggestions=(("phone", "+31201234567"),),
        ),
    ),
    quarantined=(a_mail(9, sender="", subject="", words="", reason="TimeoutError"),),
    failed_letters=(FailedLetter(letter_id=4, reference="OG-2026-0002", to="m@x.nl", why="5.1.1"),),
    late=(LatePlace(name="mailbox:main", since=NOW - timedelta(hours=5), error="the server refuses the login"),),
    new=(
        NewApplication(view=a_view(1), received_at=NOW, linked=("OG-2025-0044",)),
        NewApplication(view=a_view(2, missing=("phone", "answer:3")), received_at=NOW),
    ),
    changed=(
        ChangedApplication(
            view=a_view(7),
            changes=(
                ValueChange(field="phone", before="+31201234567", after="+31612345678", mail_id=21, by="machine"),
                ValueChange(field="role", before="directeur", after="", mail_id=None, by="marloes"),
                ValueChange(field="people", before="", after="Els Bakker", mail_id=21, by="machine"),
                ValueChange(field="status", before="withdrawn", after="open", mail_id=21, by="machine"),
            ),
        ),
    ),
    withdrawn=(WithdrawnApplication(view=a_view(5), at=NOW, mail_id=22),),
    incomplete=(IncompleteApplication(view=a_view(8, missing=("phone",)), since=NOW - timedelta(days=12)),),
    for_people=(a_mail(30, kind=Kind.QUESTION), a_mail(31, kind=Kind.OTHER, subject="Factuur")),
    waiting_for_people=4,
    withheld=(a_mail(33, subject="Aanmelding", reason="dmarc: dmarc=fail", reference="OG-2026-0011"),),
    received=12,
    counts={
        "application": 2,
        "supplement": 1,
        "withdrawal": 1,
        "question": 1,
        "privacy": 1,
        "other": 1,
        "unsure": 1,
        "automatic": 3,
        "quarantined": 1,
    },
)


@pytest.fixture
def digest(call, templates):
    def make(content: DigestContent) -> Letter:
        return compose_digest(content, {call.id: call}, to=("staf@ncoj.nl",), templates=templates)

    return make


def flat(letter: Letter) -> str:
    return " ".join(letter.text.replace("\u200c", "").replace("\u00a0", " ").split())


def test_the_sections_stand_in_the_order_of_their_urgency(digest):
    titles = [
        "NU TE DOEN", "PRIVACYVERZOEKEN (AVG) (1)", "IS DIT EEN AANMELDING? (1)", "AANMELDINGEN OM NA TE KIJKEN (1)",
        "MAIL DIE NIET GELEZEN KON WORDEN (1)", "BRIEVEN DIE NIET AANKWAMEN (1)", "NIET BEREIKBAAR (1)", "STAND VAN ZAKEN",
        "NIEUWE AANMELDINGEN (2)", "GEWIJZIGD (1)", "INGETROKKEN (1)", "LANGER DAN 7 DAGEN NIET COMPLEET (1)",
        "VRAGEN EN ANDERE MAIL (2)", "AANMELDINGEN ZONDER ANTWOORD (1)", "ALLE MAIL VAN DEZE PERIODE",
    ]  # fmt: skip
    letter = digest(EVENTFUL)
    places = [letter.text.index(title) for title in titles]
    assert places == sorted(places)
    headings = Page(letter.html).text.upper()
    places = [headings.index(title) for title in titles]
    assert places == sorted(places)


def test_the_subject_tells_the_day_in_one_line(digest):
    assert (
        digest(EVENTFUL).subject
        == "Dagoverzicht maandag 2 maart: 6 nu te doen, 2 nieuw, 1 gewijzigd, 1 ingetrokken, 2 vragen en andere mails"
    )
    assert digest(QUIET).subject == "Dagoverzicht maandag 2 maart: niets nieuws"


def test_every_item_says_how_to_act_on_it(digest):
    text = digest(EVENTFUL).text
    for command in (
        "intake mails show 12", "intake mails settle 12", "intake mails show 14", "intake quarantine show 9", "intake outbox retry 4",
        "intake mails show 21", "intake mails settle 30", "intake mails show 33",
        "intake applications accept 14 --as application", "intake applications reject 14", "intake applications show OG-2026-0003",
        "intake quarantine retry 9", "intake outbox show 4", "intake check", "intake applications show OG-2026-0001",
        "intake applications show OG-2026-0007", "intake applications show OG-2026-0005",
    ):  # fmt: skip
        assert f"    $ {command}\n" in text


def test_a_privacy_request_has_its_legal_deadline(digest):
    assert "Uiterlijk: woensdag 1 april" in digest(EVENTFUL).text


def test_a_new_application_is_told_with_what_is_missing_and_its_first_words(digest):
    text = flat(digest(EVENTFUL))
    assert (
        "* OG-2026-0001: OBS De Klimop Plaats: Assen, Drenthe (Noord) Sector: primair onderwijs (po), speciaal basisonderwijs (sbo) Naam: Jan de Vries, intern begeleider"
        in text
    )
    assert "Ontwikkelvraag: Hoe geven we samen les?" in text
    assert "Contact: j.devries@deklimop-assen.nl, 06 12345678" in text
    assert "Hoort misschien bij: OG-2025-0044" in text
    assert "Ontbreekt: telefoonnummer, onderwerpen" in text


def test_a_change_tells_from_what_to_what_and_by_whom(digest):
    text = flat(digest(EVENTFUL))
    assert "Telefoonnummer: 06 12345678 (was: 020 123 4567; uit mail 21)" in text
    assert "Functie: verwijderd (was: directeur; door marloes)" in text
    assert "Ook aangemeld: Els Bakker (was: niets; uit mail 21)" in text
    assert "Stand: doet mee (was: ingetrokken; uit mail 21)" in text


def test_a_mail_from_somebody_who_does_not_belong_shows_their_address_and_doubt(digest):
    stranger = Stranger(name="Hanna <h@school.nl>", address="hanna@evil.example", forged=True)
    line = a_mail(14, "Hanna <h@school.nl>", kind=Kind.WITHDRAWAL, reason="sender", stranger=stranger)
    text = flat(digest(replace(QUIET, unsure_kinds=(line,))))
    assert "Van: hanna@evil.example (Hanna <h@school.nl>), misschien vervalst (DMARC)" in text
    assert "$ intake applications accept 14 --as withdrawal" in text
    unproven = replace(line, stranger=replace(stranger, forged=False))
    assert "vervalst" not in flat(digest(replace(QUIET, unsure_kinds=(unproven,))))


def test_a_suggestion_shows_the_address_of_a_stranger_who_made_it(digest):
    stranger = Stranger(name="Hanna Wiersum", address="hanna@evil.example")
    item = replace(EVENTFUL.unsure[0], strangers=(stranger, replace(stranger, name="", forged=True)))
    text = flat(digest(replace(QUIET, unsure=(item,))))
    assert "Van: hanna@evil.example (Hanna Wiersum)" in text
    assert "Van: hanna@evil.example, misschien vervalst (DMARC)" in text


def test_an_unsure_value_is_marked_and_a_suggestion_told(digest):
    text = flat(digest(EVENTFUL))
    assert "Nakijken: functie, afzender hoort niet bij deze aanmelding Functie: intern begeleider (onzeker)" in text
    assert "Telefoonnummer: 06 12345678 Voorstel: Telefoonnummer: 020 123 4567" in text
    assert "suggested" not in text


def test_a_letter_that_was_withheld_has_its_reason(digest):
    assert "Reden: afzender is misschien vervalst (DMARC)" in digest(EVENTFUL).text


def test_the_counts_add_up_to_the_mail_received(digest):
    text = digest(EVENTFUL).text
    table = text.partition("ALLE MAIL VAN DEZE PERIODE")[2]
    counts = [int(number) for number in re.findall(r"^ +(\d+)  ", table, re.MULTILINE)]
    assert sum(counts[:-1]) == counts[-1] == EVENTFUL.received
    assert "kwamen er 12 mails binnen" in flat(digest(EVENTFUL))


def test_the_overview_is_aligned_and_adds_up(digest):
    lines = digest(QUIET).text.partition("STAND VAN ZAKEN")[2].splitlines()
    table = [line.split() for line in lines if re.match(r"(PO|VO|PO en VO|Totaal)\s+\d", line)]
    assert table == [
        ["PO", "2", "0", "0", "2"],
        ["VO", "0", "1", "0", "1"],
        ["PO", "en", "VO", "0", "0", "1", "1"],
        ["Totaal", "2", "1", "1", "4"],
    ]
    assert len({len(line) for line in lines if re.match(r"(PO|VO|Totaal|PO en VO)\s+\d", line)}) == 1
    assert "Compleet: 3. Nog niet compleet: 1." in digest(QUIET).text


def test_the_rest_of_a_long_list_has_the_command_that_shows_it(digest):
    text = digest(replace(EVENTFUL, more={"privacy": 1, "quarantined": 2, "failed_letters": 3, "unsure": 4})).text
    commands = re.findall(r"En nog (\d)\.\n +\$ (.+)\n", text)
    assert commands == [
        ("1", "intake mails list"),
        ("4", "intake applications list"),
        ("2", "intake quarantine list"),
        ("3", "intake outbox list"),
    ]


def test_why_a_letter_came_back_is_told_in_words(digest):
    assert "Reden: dit adres bestaat niet (5.1.1)" in digest(EVENTFUL).text
    full = replace(EVENTFUL, failed_letters=(FailedLetter(letter_id=4, reference="", to="m@x.nl", why="5.2.2"),))
    assert "Reden: deze postbus is vol (5.2.2)" in digest(full).text
    odd = replace(
        EVENTFUL, failed_letters=(FailedLetter(letter_id=4, reference="", to="m@x.nl", why="tried too often"),)
    )
    assert "Reden: tried too often" in digest(odd).text


def test_an_answer_that_is_a_list_is_told_on_one_line(digest):
    assert "Onderwerpen: bekostiging; scholing" in flat(digest(EVENTFUL))


def test_levels_without_applications_still_stand_there(digest):
    empty = replace(
        QUIET, overviews=(Overview(call="ontwikkelgroep", cells={("po", "noord"): 1}, complete=1, incomplete=0),)
    )
    assert re.search(r"^VO +0 +0 +0 +0$", digest(empty).text, re.MULTILINE)
    nothing = replace(QUIET, overviews=(Overview(call="ontwikkelgroep", cells={}, complete=0, incomplete=0),))
    assert "Er zijn nog geen aanmeldingen." in digest(nothing).text


def test_a_day_with_nothing_to_tell_is_a_short_letter(digest):
    letter = digest(QUIET)
    assert QUIET.empty
    assert "Er is niets nieuws" in letter.text
    assert "ALLE MAIL" not in letter.text
    assert len(letter.text.splitlines()) < 30


def test_a_day_with_only_machines_tells_so_and_counts_them(digest):
    content = replace(QUIET, received=2, counts={"automatic": 2})
    assert not content.empty
    assert "kwamen er 2 mails binnen. Niets nieuws." in flat(digest(content))
    assert "Er wacht nu niets op u." in flat(digest(content))


def test_missed_days_are_named(digest):
    assert "Op vrijdag 27 februari is geen dagoverzicht gemaakt." in flat(digest(EVENTFUL))
    assert "is geen dagoverzicht gemaakt" not in flat(digest(QUIET))


def test_two_hundred_applications_fit_in_what_gmail_shows(digest):
    many = tuple(NewApplication(view=a_view(number), received_at=NOW) for number in range(1, 201))
    letter = digest(replace(QUIET, new=many, more={"new": 40}, received=240, counts={"application": 240}))
    assert "NIEUWE AANMELDINGEN (240)" in letter.text
    assert "OG-2026-0200" in letter.text
    assert "En nog 40." in letter.text
    assert len(letter.html.encode()) < 102_000


def test_only_the_applicants_own_address_is_a_link(digest):
    links = set(Page(digest(EVENTFUL).html).links())
    assert links
    assert all(
        re.fullmatch(r"mailto:j\.devries@deklimop-assen\.nl\?subject=%5BOG-2026-\d{4}%5D", link) for link in links
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_what_stands_in_a_mail_becomes_text_and_nothing_else(digest, text):
    view = ApplicationView(
        reference="OG-2026-0001", values={name: Noted(value=text, unsure=True) for name in VALUES}, missing=(text,)
    )
    line = a_mail(1, text, text, text, kind=Kind.QUESTION, reason=text, reference=text)
    change = ValueChange(field="role", before=text, after=text + "x", mail_id=None, by=text)
    content = replace(
        QUIET,
        privacy=(line,),
        unsure_kinds=(line,),
        unsure=(UnsureApplication(view=view, reasons=(text, "role"), suggestions=(("role", text),)),),
        quarantined=(line,),
        failed_letters=(FailedLetter(letter_id=1, reference="", to=text, why=text),),
        late=(LatePlace(name=text, since=NOW, error=text),),
        new=tuple(NewApplication(view=view, received_at=NOW, linked=(text,)) for _ in range(25)),
        changed=(ChangedApplication(view=view, changes=(change, replace(change, field=text))),),
        withdrawn=(WithdrawnApplication(view=view, at=NOW, mail_id=1),),
        incomplete=(IncompleteApplication(view=view, since=NOW),),
        for_people=(line,),
        withheld=(line,),
        received=1,
        counts={"other": 1},
    )
    letter = digest(content)
    page = Page(letter.html)
    assert page.links() == []
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in Page(digest(EVENTFUL).html).tags} | {"ul", "li"}
    for told in (letter.text, page.text):
        assert not re.search(r"\w://\w|\bwww\.\w|evil\.nl", told)
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\u200b]", told)
    assert letter.html.count("<style") == 1


def test_the_html_is_for_everybody(digest):
    page = Page(digest(EVENTFUL).html)
    tags = {tag for tag, _ in page.tags}
    assert {"h1", "h2", "h3"} <= tags
    assert not {"img", "script", "link", "iframe", "object", "form"} & tags
    assert all(attrs.get("scope") in {"row", "col"} for tag, attrs in page.tags if tag == "th")


def test_the_digest_is_no_answer(digest):
    assert not digest(QUIET).answers


def test_without_a_call_there_is_no_digest(templates):
    with pytest.raises(ValueError, match="call"):
        compose_digest(QUIET, {}, to=("staf@ncoj.nl",), templates=templates)


def test_operators_are_told_what_stands_still_and_when_it_is_over(templates):
    late = [
        LatePlace(name="mailbox:main", since=NOW, error="https://evil.nl refuses"),
        LatePlace(name="smtp", since=NOW, error=""),
    ]
    letter = alarm(late, to=("beheer@x.nl",), templates=templates)
    assert letter.subject == "Let op, dit werkt niet: Postbus main, De mailserver voor onze brieven"
    assert "Niets gelukt sinds: maandag 2 maart 07:30" in letter.text
    assert "evil.nl" not in letter.text
    assert not letter.answers
    over = recovery(late[:1], NOW + timedelta(hours=1), to=("beheer@x.nl",), templates=templates)
    assert over.subject == "Weer in orde: Postbus main"
    assert "sinds maandag 2 maart 08:30" in over.text
    with pytest.raises(ValueError, match="alarm"):
        alarm([], to=("beheer@x.nl",), templates=templates)
