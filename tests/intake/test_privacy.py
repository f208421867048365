import base64
import json

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner

from intake.cli.app import app
from intake.privacy import Kept, erase_person, kept_about, mentions
from models.letter import Letter
from models.mail import Mail, MailState
from parsers.extraction import Kind, Person
from tests.intake.scene import ANSWERS, JAN, NOW, Scene, extracted, understood
from tests.intake.test_retention import words_kept
from tests.models.test_mail import a_mail

ELS = {"organisation": "SBO De Vuurtoren", "name": "Els Haitsma", "email": "els@vuurtoren.example", "phone": "+31611111111"}  # fmt: skip


@pytest.fixture
def scene(sessions: sessionmaker[Session]) -> Scene:
    """Jan's application with a letter, a question of his, and Els's, which names Jan as a colleague."""
    made = Scene(sessions)
    raw = b"From: jan@klimop.example\r\nSubject: Jan\r\n\r\nOBS De Klimop, Jan de Vries"
    mail, _ = made.mail(
        understood(Kind.APPLICATION, extracted(JAN, answers=ANSWERS)), raw=raw, first_words="Jan de Vries"
    )
    made.letter(mail)
    made.mail(
        understood(Kind.QUESTION), raw=b"From: jan@klimop.example\r\n\r\nWanneer?", first_words="Vraag van Klimop"
    )
    hidden = base64.b64encode(b"Mijn collega is Jan de Vries, Jan@Klimop.example.")
    raw = b"From: els@vuurtoren.example\r\nContent-Transfer-Encoding: base64\r\n\r\n" + hidden
    colleague = Person(name="Jan de Vries", email="jan@klimop.example")
    made.mail(
        understood(Kind.APPLICATION, extracted(ELS, answers=ANSWERS, also=[colleague])),
        sender="els@vuurtoren.example",
        raw=raw,
    )
    return made


def found(session: Session, address: str = "Jan@klimop.example") -> Kept:
    return kept_about(session, address, lambda ids, _what, _count: iter(ids))


def test_everything_that_names_a_person_is_found(scene: Scene):
    with scene.sessions() as session:
        kept = found(session)
        assert [one.reference for one in kept.applications] == ["OG-2026-0001"]
        assert [person.name for person in kept.people] == ["Jan de Vries"]
        assert [mail.id for mail in kept.mails] == [1, 2, 3]
        assert len(kept.letters) == 1


def test_nothing_about_a_person_is_left_and_the_others_keep_theirs(scene: Scene, engine: Engine):
    with scene.sessions.begin() as session:
        erase_person(session, found(session), now=NOW)
    kept = words_kept(engine).lower()
    for word in ("klimop", "jan@", "jan de vries", "612345678"):
        assert word not in kept, word
    assert scene.list() == {"OG-2026-0002": {**ELS, **{f"answer:{n}": text for n, text in ANSWERS.items()}}}
    with scene.sessions() as session:
        assert not found(session)


def test_a_secretary_is_found_but_not_the_application_that_she_sent_for_somebody(scene: Scene):
    scene.mail(
        understood(Kind.APPLICATION, extracted({**JAN, "email": "piet@klimop.example", "name": "Piet Smit"})),
        sender="administratie@klimop.example",
    )
    with scene.sessions() as session:
        kept = found(session, "administratie@klimop.example")
        assert (list(kept.applications), len(kept.mails)) == ([], 1)


def test_a_mail_that_waits_is_erased_and_read_no_more(scene: Scene):
    with scene.sessions.begin() as session:
        waiting = a_mail(99, raw=b"From: jan@klimop.example\r\n\r\nNog een vraag.")
        session.add(waiting)
        session.flush()
        erase_person(session, found(session), now=NOW)
        assert (waiting.state, waiting.raw) == (MailState.GONE, None)


@pytest.mark.parametrize(
    "raw",
    [
        b"jan@klimop.example",
        b"To: JAN@KLIMOP.EXAMPLE\r\n\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\njan=40klimop.exa=\r\nmple",
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"Aan jan@klimop.example"),
    ],
)
def test_an_address_is_found_in_whatever_encoding(raw: bytes):
    assert mentions(raw, "jan@klimop.example")


@pytest.mark.parametrize("raw", [b"", b"\x00\xff base64", b"Content-Type: multipart/mixed; boundary=\r\n\r\nbase64", b"piet@klimop.example"])  # fmt: skip
def test_bytes_that_name_nobody_are_no_error(raw: bytes):
    assert not mentions(raw, "jan@klimop.example")


def test_the_commands_show_and_erase(scene: Scene, tmp_path):
    if scene.sessions.kw["bind"].dialect.name != "sqlite":
        pytest.skip("the commands are the same for every database")
    url = scene.sessions.kw["bind"].url.render_as_string(hide_password=False)
    config = tmp_path / "intake.toml"
    config.write_text(f"[database]\nurl = {json.dumps(url)}\n[mailbox.main]\ntype = 'maildir'\npath = '{tmp_path}'\n")
    run = CliRunner()

    def intake(*words: str, ask: str = "") -> tuple[int, str]:
        done = run.invoke(app, ["privacy", *words, "--config", str(config)], input=ask)
        return done.exit_code, done.output

    status, shown = intake("show", "jan@klimop.example")
    assert status == 0
    for word in ("OG-2026-0001", "+31612345678", "colleague", "Re: Aanmelding"):
        assert word in shown
    everything = json.loads(intake("show", "jan@klimop.example", "--json")[1])
    assert "OBS De Klimop, Jan de Vries" in everything["mails"][0]["text"]
    assert intake("erase", "jan@klimop.example", ask="n\n")[0] == 1
    assert "OG-2026-0001" in scene.list()
    status, told = intake("erase", "jan@klimop.example", "--yes")
    assert status == 0
    assert "Erased: 1 applications, 1 mentions in other applications, 3 mails, 1 letters." in told
    assert "main INBOX UID 1" in told
    assert intake("show", "jan@klimop.example")[1] == "Nothing is kept about this address.\n"
    assert intake("show", "jan")[0] == 2
    with scene.sessions() as session:
        assert session.get_one(Mail, 1).raw is None
        assert session.get_one(Letter, 1).raw is None
