import time

from hypothesis import given
from hypothesis import strategies as st

from models.identity import identify

MAIL = b"""Received: from a by b\r\nMessage-ID: <abc@school.example>\r\nFrom: Jan <jan@school.example>\r
Date: Mon, 2 Mar 2026 09:00:00 +0100\r\nSubject: Aanmelding\r\n\r\nWij doen mee.\r\n"""


def test_another_delivery_of_a_mail_is_the_same_mail():
    again = b"Return-Path: <jan@school.example>\r\nDelivered-To: b@x.example\r\nX-Spam: no\r\n" + MAIL.replace(
        b"from a by b", b"from c by d"
    )
    assert identify(again) == identify(MAIL)


def test_line_ends_and_a_last_empty_line_make_no_difference():
    assert identify(MAIL.replace(b"\r\n", b"\n") + b"\n") == identify(MAIL)


def test_another_body_under_the_same_message_id_is_another_mail():
    message_id, content_hash = identify(MAIL.replace(b"Wij doen mee", b"Wij doen niet mee"))
    assert message_id == "<abc@school.example>"
    assert content_hash != identify(MAIL)[1]


def test_a_folded_message_id_is_read():
    assert identify(MAIL.replace(b"Message-ID: <", b"message-id:\r\n\t<"))[0] == "<abc@school.example>"


def test_a_mail_without_a_message_id_always_gets_the_same_one():
    without = MAIL.replace(b"Message-ID: <abc@school.example>\r\n", b"")
    assert identify(without) == identify(without.replace(b"\r\n", b"\n"))
    assert identify(without)[0].endswith("@no-message-id.invalid>")


def test_a_message_id_in_the_body_is_not_the_mails():
    assert identify(b"Subject: x\n\nMessage-ID: <a@b>\n")[0].endswith("@no-message-id.invalid>")


def test_a_message_id_too_long_to_keep_is_made_anew():
    assert len(identify(MAIL.replace(b"abc", b"a" * 5000))[0]) < 100


@given(st.binary(max_size=2000))
def test_any_bytes_have_an_identity(raw: bytes):
    message_id, content_hash = identify(raw)
    assert message_id.startswith("<")
    assert message_id.endswith(">")
    assert len(content_hash) == 64


def test_a_header_of_a_hundred_thousand_folded_lines_takes_no_time():
    raw = b"Subject: x\r\n" + b" \r\n" * 200_000 + b"Message-ID: <" + b"<" * 1_000_000
    began = time.process_time()
    identify(raw)
    assert time.process_time() - began < 1
