import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.blocks import Mailbox
from parsers.message import Message, parse_message
from replies.authentication import Dmarc, dmarc


def mail_with(*results: str, sender: str = "jan@x.nl") -> Message:
    return Message(
        from_=Mailbox(name="", address=sender),
        headers=tuple(("Authentication-Results", result) for result in results),
    )


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (
            "mail.vo-raad.nl; spf=pass smtp.mailfrom=x.nl; dkim=pass header.d=x.nl; dmarc=pass header.from=x.nl",
            Dmarc.PASS,
        ),
        ("mail.vo-raad.nl; dmarc=fail (p=reject dis=none) header.from=x.nl", Dmarc.FAIL),
        ("mail.vo-raad.nl;dmarc=fail", Dmarc.FAIL),
        ("MAIL.VO-RAAD.NL 1; DMARC = Fail", Dmarc.FAIL),
        ("(van ons) mail.vo-raad.nl (1) ; spf=none ; dmarc/1=fail", Dmarc.FAIL),
        ('"mail.vo-raad.nl"; dmarc=fail', Dmarc.FAIL),
        ("mail.vo-raad.nl; spf=pass (dmarc=fail; really) smtp.mailfrom=x.nl", Dmarc.NONE),
        ('mail.vo-raad.nl; spf=pass smtp.mailfrom="a;dmarc=pass"@x.nl', Dmarc.NONE),
        ("mail.vo-raad.nl; spf=pass smtp.mailfrom=dmarc=pass", Dmarc.NONE),
        ("mail.vo-raad.nl; dmarc=pass; dmarc=fail", Dmarc.FAIL),
        ("mail.vo-raad.nl; dmarc=none", Dmarc.NONE),
        ("mail.vo-raad.nl; dmarc=temperror", Dmarc.NONE),
        ("mail.vo-raad.nl; dmarc=bestguesspass", Dmarc.NONE),
        ("mail.vo-raad.nl; none", Dmarc.NONE),
        ("mail.vo-raad.nl", Dmarc.NONE),
        ("", Dmarc.NONE),
        ("mx.evil.nl; dmarc=fail", Dmarc.NONE),
        ("spf=pass smtp.mailfrom=x.nl; dmarc=pass action=none header.from=x.nl", Dmarc.NONE),
        ("mail.vo-raad.nl.evil.nl; dmarc=pass", Dmarc.NONE),
        ("((((" * 500 + "mail.vo-raad.nl; dmarc=pass", Dmarc.NONE),
    ],
)
def test_the_operators_server_is_believed_however_it_spells(result, verdict):
    assert dmarc(mail_with(result), "mail.vo-raad.nl") is verdict


def test_a_verdict_below_the_topmost_does_not_count():
    forged = "mail.vo-raad.nl; dmarc=pass header.from=vo-raad.nl"
    assert dmarc(mail_with("mail.vo-raad.nl; dmarc=fail", forged), "mail.vo-raad.nl") is Dmarc.FAIL
    assert dmarc(mail_with("mail.vo-raad.nl; spf=pass", forged), "mail.vo-raad.nl") is Dmarc.NONE
    assert dmarc(mail_with("mx.elsewhere.nl; dmarc=fail", forged), "mail.vo-raad.nl") is Dmarc.NONE


def test_a_server_that_gives_no_name_is_believed_only_when_the_operator_says_so():
    microsoft = "spf=fail (sender IP is 1.2.3.4) smtp.mailfrom=x.nl; dkim=none; dmarc=fail action=oreject header.from=x.nl;compauth=fail"
    assert dmarc(mail_with(microsoft), "") is Dmarc.FAIL
    assert dmarc(mail_with(microsoft), "mail.vo-raad.nl") is Dmarc.NONE
    assert dmarc(mail_with("mail.vo-raad.nl; dmarc=fail"), "") is Dmarc.NONE


def test_without_a_server_of_the_operator_there_is_no_verdict():
    assert dmarc(mail_with("mail.vo-raad.nl; dmarc=fail"), None) is Dmarc.NONE
    assert dmarc(Message(), "mail.vo-raad.nl") is Dmarc.NONE


@given(st.text(max_size=200))
def test_any_text_in_the_header_gives_a_verdict(text):
    assert dmarc(mail_with(text), "mail.vo-raad.nl") in Dmarc
    assert dmarc(mail_with("mail.vo-raad.nl;" + text), "mail.vo-raad.nl") in Dmarc


@pytest.mark.parametrize(
    ("checked", "sender", "verdict"),
    [
        ("school.nl", "jan@school.nl", Dmarc.PASS),
        ("SCHOOL.nl.", "jan@school.nl", Dmarc.PASS),
        ("school.nl", "jan@po.school.nl", Dmarc.PASS),
        ("jan@school.nl", "jan@school.nl", Dmarc.PASS),
        ("xn--caf-dma.nl", "jan@café.nl", Dmarc.PASS),
        ("evil.example", "jan@school.nl", Dmarc.NONE),
        ("po.school.nl", "jan@school.nl", Dmarc.NONE),
        ("chool.nl", "jan@school.nl", Dmarc.NONE),
        ("nl", "jan@school.nl", Dmarc.NONE),
        ("school.nl header.from=evil.example", "jan@school.nl", Dmarc.NONE),
        ("", "jan@school.nl", Dmarc.NONE),
        ("school.nl", "", Dmarc.NONE),
    ],
)
def test_a_pass_is_one_for_the_domain_that_was_checked(checked, sender, verdict):
    mail = mail_with(f"mail.vo-raad.nl; dmarc=pass (p=none) header.from={checked}", sender=sender)
    assert dmarc(mail, "mail.vo-raad.nl") is verdict


def test_a_pass_for_one_domain_does_not_vouch_for_another_beside_it():
    both = "mail.vo-raad.nl; dmarc=pass header.from=x.nl; dmarc=pass header.from=evil.example"
    assert dmarc(mail_with(both), "mail.vo-raad.nl") is Dmarc.NONE


@pytest.mark.parametrize(
    "sender",
    [
        "Hanna <h@school.nl>, Evil <evil@evil.example>",
        "Evil <evil@evil.example>, Hanna <h@school.nl>",
        "h@school.nl, evil@evil.example",
        "h@school.nl <evil@evil.example>",
        "<h@school.nl> <evil@evil.example>",
        "h@school.nl (<evil@evil.example>)",
        "groep: Hanna <h@school.nl>, <evil@evil.example>;",
        "groep: Hanna <h@school.nl>;",
        "Hanna <@evil.example:h@school.nl>",
        "Hanna <h@school.nl\x00@evil.example>",
        "Hanna <h\x00@school.nl>",
        "Hanna <h@school.nl> en nog iets",
    ],
)
def test_a_from_that_programs_read_differently_is_unclear(sender):
    assert parse_message(f"From: {sender}\r\n\r\nJa.\r\n".encode()).from_unclear


@pytest.mark.parametrize(
    "sender",
    [
        "Hanna <H@School.nl>",
        "h@school.nl",
        "h@school.nl (Hanna (IB))",
        "h@school.nl <h@school.nl>",
        '"h@elders.nl" <h@school.nl>',
        "Vries, Hanna de | OBS De Klimop <h@school.nl>",
        "=?utf-8?q?Vries=2C_Ren=C3=A9e_de?= <h@school.nl>",
        "René: ib'er <h@school.nl>",
        "Hanna\r\n <h@school.nl>",
        "Hanna [mailto:h@school.nl]",
    ],
)
def test_a_from_that_everybody_reads_alike_is_clear(sender):
    assert not parse_message(f"From: {sender}\r\n\r\nJa.\r\n".encode()).from_unclear
