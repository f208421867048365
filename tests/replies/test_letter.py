import base64
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.blocks import Mailbox
from replies.letter import (
    LOOP_HEADER,
    Letter,
    child_thread_index,
    is_our_message_id,
    make_message_id,
    thread_references,
    thread_subject,
    to_bytes,
)

SENDER = Mailbox(name="Steunpunt Passend Onderwijs", address="steunpunt@vo-raad.nl")
NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
EXCHANGE_ID = "<AM0PR05MB4321" + "7C9E6B5A" * 8 + "@AM0PR05MB4321.eurprd05.prod.outlook.com>"
ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


def a_letter(**changes: Any) -> Letter:
    values: dict[str, Any] = {
        "to": ("j.devries@deklimop-assen.nl",),
        "subject": "Re: [OG-2026-0001] Aanmelding",
        "text": "Goedendag,\n\nBedankt.\n",
        "html": "<p>Goedendag</p>",
    }
    return Letter(**{**values, **changes})


def sent(letter: Letter, **changes: Any) -> EmailMessage:
    values: dict[str, Any] = {"message_id": make_message_id("vo-raad.nl", "1"), "date": NOW, "sender": SENDER}
    return message_from_bytes(to_bytes(letter, **{**values, **changes}), policy=policy.default)


def test_a_letter_is_text_and_html_for_one_recipient():
    mail = sent(a_letter())
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["To"].addresses[0].addr_spec == "j.devries@deklimop-assen.nl"
    assert mail["From"].addresses[0].display_name == "Steunpunt Passend Onderwijs"
    assert mail["Content-Language"] == "nl"
    assert mail["Date"].datetime == NOW


def test_an_answer_asks_every_machine_for_silence_but_not_for_silence_about_failure():
    mail = sent(a_letter())
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Precedence"] == "auto_reply"
    assert mail[LOOP_HEADER] == "yes"
    suppressed = {word.strip() for word in mail["X-Auto-Response-Suppress"].split(",")}
    assert {"OOF", "AutoReply", "DR", "RN"} <= suppressed
    assert not {"NDR", "All"} & suppressed


def test_a_letter_of_its_own_accord_says_so():
    assert sent(a_letter(answers=False))["Auto-Submitted"] == "auto-generated"


def test_the_same_letter_always_has_the_same_bytes():
    values: dict[str, Any] = {"message_id": make_message_id("vo-raad.nl", "1"), "date": NOW, "sender": SENDER}
    assert to_bytes(a_letter(), **values) == to_bytes(a_letter(), **values)


def test_long_identifiers_of_exchange_come_through_whole():
    chain = (EXCHANGE_ID, EXCHANGE_ID.replace("AM0", "DB7"))
    raw = to_bytes(a_letter(in_reply_to=chain[-1], references=chain), message_id="<a@b.nl>", date=NOW, sender=SENDER)
    assert b"=?" not in raw
    mail = message_from_bytes(raw, policy=policy.default)
    assert tuple(mail["References"].split()) == chain
    assert mail["In-Reply-To"].strip() == chain[-1]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_the_body_comes_back_as_it_was_whatever_the_alphabet():
    text = "Één – “aanhaling” € 5\n.\nFrom nu\n" + "lang " * 100 + "\n"
    parts = list(sent(a_letter(text=text)).iter_parts())
    assert parts[0].get_content().replace("\r\n", "\n") == text


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_nothing_in_a_letter_can_add_or_end_a_header(subject, text, index, references):
    letter = a_letter(
        subject=subject,
        text=text,
        thread_index=index,
        thread_topic=text,
        references=tuple(references),
        in_reply_to=subject,
    )
    raw = to_bytes(letter, message_id="<a@b.nl>", date=NOW, sender=Mailbox(name=text, address="a@b.nl"))
    head = raw.split(b"\r\n\r\n", 1)[0]
    names = [
        line.partition(b":")[0].decode("ascii") for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))
    ]
    allowed = {
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Thread-Topic",
        "Thread-Index",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Precedence",
        LOOP_HEADER,
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    }
    assert len(names) == len(set(names))
    assert set(names) <= allowed
    raw.decode("ascii")
    assert not set(head.replace(b"\r\n", b"")) & (set(range(32)) - {9})
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert len(message_from_bytes(raw, policy=policy.default).get_payload()) == 2


@pytest.mark.parametrize(
    "subject",
    [
        "Aanmelding\r\nBcc: x@y.nl",
        "Aanmelding\nBcc: x@y.nl",
        "Aanmelding\u2028Bcc: x@y.nl",
        "Aanmelding\x00\x85Bcc: x@y.nl",
        "=?utf-8?q?Aanmelding=0D=0ABcc:_x@y.nl?=",
        "=\u200b?utf-8?q?Aanmelding=0D=0ABcc:_x@y.nl?=",
    ],
)
def test_a_subject_with_a_line_end_stays_one_subject(subject):
    mail = sent(a_letter(subject=subject))
    assert mail["Bcc"] is None
    assert "Aanmelding" in mail["Subject"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jan",
        "jan@",
        "@b.nl",
        "jan@b.nl\r\nBcc: x@y.nl",
        "jan@b.nl, x@y.nl",
        "<jan@b.nl>",
        "é@b.nl",
        "jan@é.nl",
        "jan de vries@b.nl",
        "a" * 65 + "@b.nl",
    ],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="address"):
        sent(a_letter(to=(address,)))


def test_a_letter_without_recipient_zone_or_message_id_is_refused():
    with pytest.raises(ValueError, match="recipient"):
        sent(a_letter(to=()))
    with pytest.raises(ValueError, match="zone"):
        sent(a_letter(), date=datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(ValueError, match="Message-ID"):
        sent(a_letter(), message_id="<a@b>\r\nX: y")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Aanmelding ontwikkelgroep", "Re: [OG-2026-0001] Aanmelding ontwikkelgroep"),
        ("RE: Antw.: FW: Re[2]: Aanmelding", "Re: [OG-2026-0001] Aanmelding"),
        ("Re: [OG-2026-0001] Aanmelding", "Re: [OG-2026-0001] Aanmelding"),
        ("Antw: Re: [OG-2026-0001] Re: Aanmelding", "Re: [OG-2026-0001] Aanmelding"),
        ("[EXTERN] RE: Aanmelding", "Re: [OG-2026-0001] Aanmelding"),
        ("Re: [OG-2025-0042] Aanmelding", "Re: [OG-2026-0001] Aanmelding"),
        ("", "Re: [OG-2026-0001] uw aanmelding"),
        ("Re:", "Re: [OG-2026-0001] uw aanmelding"),
        ("Reactie: ik doe mee", "Re: [OG-2026-0001] Reactie: ik doe mee"),
        ("regio: noord", "Re: [OG-2026-0001] regio: noord"),
    ],
)
def test_the_subject_has_one_re_and_one_reference(subject, expected):
    assert thread_subject(subject, ["OG-2026-0001"], "uw aanmelding") == expected


def test_a_letter_about_two_applications_names_both():
    assert thread_subject("x", ["OG-2026-0001", "OG-2026-0002"], "-") == "Re: [OG-2026-0001] [OG-2026-0002] x"


@given(ANY_TEXT)
def test_answering_an_answer_leaves_the_subject_as_it_is(subject):
    once = thread_subject(subject, ["OG-2026-0001"], "uw aanmelding")
    assert thread_subject(once, ["OG-2026-0001"], "uw aanmelding") == once
    assert len(once) <= 180


def test_the_chain_is_the_answered_mails_and_itself_last():
    assert thread_references("<c@x>", ("<a@x>", "<b@x>"), ("<b@x>",)) == ("<a@x>", "<b@x>", "<c@x>")


def test_a_mail_without_references_lends_its_in_reply_to():
    assert thread_references("<c@x>", (), ("<b@x>",)) == ("<b@x>", "<c@x>")
    assert thread_references("<c@x>", (), ("<a@x>", "<b@x>")) == ("<c@x>",)


def test_what_is_no_identifier_is_left_out_and_a_repeated_one_counts_once():
    chain = thread_references(
        "<c@x>", ("<c@x>", "rommel", "<a b@x>", "<a@x>", "<\r\nBcc: x>", "<a@x>", "<" + "a" * 500 + ">"), ()
    )
    assert chain == ("<a@x>", "<c@x>")


def test_an_endless_chain_keeps_its_root_and_its_newest():
    chain = thread_references("<new@x>", tuple(f"<{n}@x>" for n in range(500)), ())
    assert len(chain) == 30
    assert chain[0] == "<0@x>"
    assert chain[-1] == "<new@x>"


def test_outlooks_index_grows_by_five_bytes():
    parent = base64.b64encode(bytes(range(22))).decode()
    child = base64.b64decode(child_thread_index(parent, "seed"))
    assert child[:22] == bytes(range(22))
    assert len(child) == 27
    assert child_thread_index(parent, "seed") == child_thread_index(parent, "seed")


@pytest.mark.parametrize(
    "parent", ["", "rommel", "é", "AAAA", base64.b64encode(bytes(23)).decode(), base64.b64encode(bytes(5000)).decode()]
)
def test_what_is_no_index_has_no_child(parent):
    assert child_thread_index(parent, "seed") == ""


def test_message_ids_are_made_from_what_the_letter_is_about():
    assert make_message_id("vo-raad.nl", "a", "b") == make_message_id("VO-raad.nl", "a", "b")
    assert make_message_id("vo-raad.nl", "a", "b") != make_message_id("vo-raad.nl", "ab")
    assert is_our_message_id(make_message_id("vo-raad.nl", "a"))
    assert not is_our_message_id("<abc@vo-raad.nl>")
    assert make_message_id("a b\r\n", "x").endswith("@localhost>")
