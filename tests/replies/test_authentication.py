import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.message import Message
from replies.authentication import Dmarc, dmarc


def mail_with(*results: str) -> Message:
    return Message(headers=tuple(("Authentication-Results", result) for result in results))


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
