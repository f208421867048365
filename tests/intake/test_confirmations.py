import pytest
from sqlalchemy.orm import Session, sessionmaker

from intake.confirmations import DENIED, UNCLEAR_ANSWER, conversation_of, text_of
from intake.registration import SENDER
from intake.understanding import Conversation
from models.application import Application
from parsers.extraction import Kind
from tests.intake.scene import ANSWERS, CALL, JAN, STRICT, Scene, extracted, understood, vouched

WHOLE = extracted(JAN, answers=ANSWERS, sector=["po"])
SUPPLEMENT = understood(Kind.SUPPLEMENT)


@pytest.fixture
def scene(sessions: sessionmaker[Session]) -> Scene:
    return Scene(sessions)


def ask(scene: Scene, *fields: str) -> str:
    """An application with unsure values, and the letter that asks about them."""
    mail, _ = scene.mail(understood(Kind.APPLICATION, WHOLE, unsure=fields))
    return scene.letter(mail)


def unsure(scene: Scene) -> set[str]:
    with scene.sessions() as session:
        return {value.field for value in session.get_one(Application, 1).current().values() if value.unsure}


def test_a_yes_makes_every_asked_value_sure_and_keeps_which_mail_said_so(scene: Scene):
    letter = ask(scene, "phone", "answer:2")
    mail, done = scene.mail(SUPPLEMENT, text="Ja, dat klopt.", replies_to=[letter])
    assert unsure(scene) == set()
    assert {change.field for change in done.touched[0].changes} == {"phone", "answer:2"}
    assert done.touched[0].news
    shown = scene.application()
    assert not shown.needs_review
    assert shown.events[-1] == "confirmed"
    with scene.sessions() as session:
        row = session.get_one(Application, 1).current()["phone"]
        assert (row.mail_id, row.evidence) == (
            mail.id,
            [{"part": "body", "start": 0, "end": 13, "extractor": "confirmation"}],
        )
    assert ("phone", JAN["phone"], "superseded") in shown.history


def test_a_yes_that_is_read_again_confirms_once(scene: Scene):
    letter = ask(scene, "phone")
    mail, _ = scene.mail(SUPPLEMENT, text="Ja, klopt", replies_to=[letter])
    before = scene.application().history
    assert not any(one.news for one in scene.again(mail, SUPPLEMENT).touched)
    assert scene.application().history == before


def test_what_became_unsure_after_the_letter_was_not_asked(scene: Scene):
    letter = ask(scene, "phone")
    other = extracted({"phone": "+31622222222"})
    scene.mail(understood(Kind.SUPPLEMENT, other, unsure=["phone"]), text="Het is 06 22222222", replies_to=[letter])
    scene.mail(SUPPLEMENT, text="Ja, klopt", replies_to=[letter])
    assert unsure(scene) == {"phone"}


def test_a_no_is_told_to_the_staff_until_it_is_settled(scene: Scene):
    letter = ask(scene, "phone")
    _, done = scene.mail(SUPPLEMENT, text="Nee", replies_to=[letter])
    assert done.reasons == (DENIED,)
    assert not done.touched[0].news
    assert set(scene.application().reasons) == {"phone", DENIED}
    scene.mail(SUPPLEMENT, text="Nee, het is 06 33 33 33 33.", replies_to=[letter])
    assert scene.list()["OG-2026-0001"]["phone"] == "+31633333333"
    assert scene.application().reasons == []


@pytest.mark.parametrize(
    "text", ["Nee, het is anders gegaan dan u denkt en daarom bel ik u", "Nee. Mijn functie is directeur."]
)
def test_a_no_with_something_that_is_no_value_of_the_field_gives_none(scene: Scene, text: str):
    letter = ask(scene, "phone")
    scene.mail(SUPPLEMENT, text=text, replies_to=[letter])
    assert scene.list()["OG-2026-0001"]["phone"] == JAN["phone"]
    assert DENIED in scene.application().reasons


def test_a_value_after_a_no_to_two_questions_is_not_guessed(scene: Scene):
    letter = ask(scene, "phone", "role")
    scene.mail(SUPPLEMENT, text="Nee, het is 06 33 33 33 33.", replies_to=[letter])
    assert unsure(scene) == {"phone", "role"}


def test_a_reservation_leaves_everything_as_it_was(scene: Scene):
    letter = ask(scene, "phone", "role")
    scene.mail(SUPPLEMENT, text="Klopt, behalve de functie.", replies_to=[letter])
    assert unsure(scene) == {"phone", "role"}
    assert UNCLEAR_ANSWER in scene.application().reasons


def test_a_strangers_yes_confirms_nothing_and_a_colleagues_is_looked_at(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    mail, _ = scene.mail(understood(Kind.APPLICATION, WHOLE, unsure=["phone"]), headers=vouched("pass"))
    letter = scene.letter(mail)
    scene.mail(SUPPLEMENT, text="Ja", sender="dief@evil.example", headers=vouched("pass"), replies_to=[letter])
    scene.mail(SUPPLEMENT, text="Ja", headers=vouched("fail"), replies_to=[letter])
    assert unsure(scene) == {"phone"}
    scene.mail(SUPPLEMENT, text="Ja", sender="els@klimop.example", headers=vouched("pass"), replies_to=[letter])
    assert unsure(scene) == set()
    assert SENDER in scene.application().reasons


@pytest.mark.parametrize("kind", [Kind.WITHDRAWAL, Kind.AUTOMATIC, Kind.SPAM, Kind.PRIVACY])
def test_what_is_something_else_for_sure_answers_nothing(scene: Scene, kind: Kind):
    letter = ask(scene, "phone")
    scene.mail(understood(kind), text="Ja, klopt", replies_to=[letter])
    assert unsure(scene) == {"phone"}


def test_the_subjects_number_leads_to_the_letter_when_a_provider_took_the_identifiers(scene: Scene):
    ask(scene, "phone")
    scene.mail(SUPPLEMENT, text="Ja, klopt", subject="Re: [OG-2026-0001] Aanmelding")
    assert unsure(scene) == set()


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("In-Reply-To: {id}\r\n", True),
        ("References:\r\n <a@b.nl>\r\n {id}\r\n", True),
        ("Subject: Re: [OG-2026-0001] Aanmelding\r\n", True),
        ("Subject: =?utf-8?Q?Re:_[OG-2026-0001]_Aanmelding?=\r\n", True),
        ("Subject: OG-2026-0002\r\n", False),
        ("Subject: x\r\n\r\n{id}", False),
        ("\x00\xff", False),
    ],
)
def test_the_conversation_is_known_from_the_bytes_alone(scene: Scene, header: str, found: bool):
    letter = ask(scene, "phone")
    with scene.sessions.begin() as session:
        known = conversation_of(session, header.format(id=letter).encode("latin-1"), CALL)
    assert known.asks is found
    assert known == (Conversation(letters=("x",), asks=True) if found else Conversation())


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff", b"Content-Type: multipart/mixed; boundary=\r\n\r\n", b"Content-Type: image/png\r\n\r\nx"]
)
def test_bytes_that_are_no_letter_have_no_words(raw: bytes):
    assert not [letter for letter in text_of(raw) if letter.isalpha() and letter.isascii()]
