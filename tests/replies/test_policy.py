"""Who is answered: the matrix of markers, the addresses, the caps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.blocks import Mailbox
from parsers.extraction import Extraction, Kind
from parsers.message import Message, parse_message
from replies.addresses import deliverable
from replies.letter import make_message_id
from replies.policy import CopyRule, Counts, Outcome, Reason, Refusal, Rules, may_answer, recipients

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
RULES = Rules(
    own_addresses=frozenset({"steunpuntpassendonderwijs@vo-raad.nl", "ontwikkelgroep@ncoj.nl"}),
    authserv_id="mail.vo-raad.nl",
    silent_before=NOW - timedelta(days=10),
)
APPLICATION = Extraction(kind=Kind.APPLICATION, kind_confidence=0.97, kind_reason="signs up", needs_review=False)
HEAD = {
    "From": "Jan de Vries <j.devries@deklimop-assen.nl>",
    "To": "steunpuntpassendonderwijs@vo-raad.nl",
    "Subject": "Aanmelding ontwikkelgroep",
    "Date": "Mon, 02 Mar 2026 09:00:00 +0100",
    "Message-ID": "<1@deklimop-assen.nl>",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
}


def mail(*extra: str, body: str = "Ik wil graag deelnemen.", **changed: str) -> Message:
    """The mail of a person, with lines of header added (as written) or changed."""
    new = {name.replace("_", "-"): value for name, value in changed.items()}
    head = {**{name: value for name, value in HEAD.items() if name.lower() not in new}, **new}
    lines = [*extra, *(f"{name}: {value}" for name, value in head.items() if value != "-")]
    return parse_message(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


def verdict(message: Message, **changed: Any) -> Refusal | None:
    rules = changed.pop("rules", RULES)
    values: dict[str, Any] = {
        "extraction": APPLICATION,
        "to": recipients(message, rules),
        "outcome": Outcome(),
        "counts": Counts(),
        "received_at": NOW,
        "now": NOW,
        **changed,
    }
    return may_answer(message, values.pop("extraction"), rules=rules, **values)


def reason(message: Message, **changed: Any) -> Reason | None:
    refusal = verdict(message, **changed)
    return refusal.reason if refusal else None


def test_the_mail_of_a_person_is_answered():
    assert verdict(mail()) is None


# Every marker of the union, alone on the mail of a person, in the spellings of the wild. None: it is answered.
MATRIX = [
    # RFC 3834: the null return path.
    ("Return-Path: <>", Reason.NULL_RETURN_PATH),
    ("Return-Path:<>", Reason.NULL_RETURN_PATH),
    ("return-path:  < > ", Reason.NULL_RETURN_PATH),
    ("Return-Path: <> (null)", Reason.NULL_RETURN_PATH),
    ("Return-Path: <MAILER-DAEMON>", Reason.NULL_RETURN_PATH),
    ("Return-Path: mailer-daemon@mail.x.nl", Reason.NULL_RETURN_PATH),
    ("Return-Path: <j.devries@deklimop-assen.nl>", None),
    # RFC 3834 section 5.
    ("Auto-Submitted: auto-replied", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: auto-generated", Reason.AUTO_SUBMITTED),
    ('Auto-Submitted: auto-notified; owner-email="x@y.nl"', Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: auto-replied (vacation)", Reason.AUTO_SUBMITTED),
    ("AUTO-SUBMITTED: Auto-Replied", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: vacation", Reason.AUTO_SUBMITTED),
    ('Auto-Submitted: auto-replied; owner-email="jan@x.nl"', Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: auto-forwarded", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted : auto-replied", Reason.AUTO_SUBMITTED),
    ("auto-submitted\t:auto-replied", Reason.AUTO_SUBMITTED),
    ('Auto-Submitted: "auto-replied"', Reason.AUTO_SUBMITTED),
    ("auto-submitted:auto-generated;type=report", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: (a (nested) comment) auto-generated", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted:\r\n auto-replied", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: anything-at-all", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: no\r\nAuto-Submitted: auto-replied", Reason.AUTO_SUBMITTED),
    ("Auto-Submitted: no", None),
    ("Auto-Submitted: No (typed by a person)", None),
    # Precedence.
    ("Precedence: bulk", Reason.BULK),
    ("Precedence: BULK ", Reason.BULK),
    ("Precedence: junk", Reason.BULK),
    ("Precedence: list", Reason.BULK),
    ("precedence:list", Reason.BULK),
    ("X-Precedence: bulk", Reason.BULK),
    ("Precedence: auto_reply", Reason.AUTOMATIC_REPLY),
    ("Precedence: auto-reply", Reason.AUTOMATIC_REPLY),
    ("X-Precedence: auto_reply", Reason.AUTOMATIC_REPLY),
    ("X-Precedence: junk", Reason.BULK),
    ("X-Precedence: list", Reason.BULK),
    ("Precedence: bulk-mail", Reason.BULK),
    ("Precedence: junkmail", Reason.BULK),
    ("Precedence: auto_reply; x", Reason.AUTOMATIC_REPLY),
    ("Precedence: fyi", Reason.BULK),
    ("Precedence: special-delivery", None),
    ("Precedence:", None),
    ("Precedence: first-class", None),
    ("Precedence: normal", None),
    # Lists.
    ("List-Id: <nieuws.vo-raad.nl>", Reason.BULK),
    ("List-ID: Nieuws <nieuws.vo-raad.nl>", Reason.BULK),
    ("List-Unsubscribe: <mailto:weg@x.nl>", Reason.BULK),
    ("list-unsubscribe-post: List-Unsubscribe=One-Click", Reason.BULK),
    ("List-Post: <mailto:lijst@x.nl>", Reason.BULK),
    ("List-Subscribe: <mailto:bij@x.nl>", Reason.BULK),
    ("List-Archive: <https://x.nl/lijst>", Reason.BULK),
    ("List-Help: <mailto:help@x.nl>", Reason.BULK),
    ("List-Owner: <mailto:owner@x.nl>", Reason.BULK),
    ("Mailing-List: list nieuws@x.nl; contact nieuws-owner@x.nl", Reason.BULK),
    ("X-Mailing-List: <nieuws@x.nl>", Reason.BULK),
    ("X-BeenThere: nieuws@x.nl", Reason.BULK),
    # Pleas for silence and the traces of loop guards.
    ("X-Auto-Response-Suppress: All", Reason.SILENCE_ASKED),
    ("X-Auto-Response-Suppress: DR, OOF, AutoReply", Reason.SILENCE_ASKED),
    ("x-auto-response-suppress: dr,oof,autoreply", Reason.SILENCE_ASKED),
    ("X-Auto-Response-Suppress: AutoReply", Reason.SILENCE_ASKED),
    ("X-Auto-Response-Suppress: DR", Reason.SILENCE_ASKED),
    ("X-Auto-Response-Suppress: RN, NRN", None),
    ("X-Auto-Response-Suppress: None", None),
    ("X-Auto-Response-Suppress: OOF", Reason.SILENCE_ASKED),
    ("X-Auto-Response-Suppress: all", Reason.SILENCE_ASKED),
    ("X-Loop: yes", Reason.LOOP),
    ("X-Loop: true", Reason.LOOP),
    ("X-LOOP:1", Reason.LOOP),
    ("X-OTRS-Loop: anything", Reason.LOOP),
    ("X-No-Loop: 1", Reason.LOOP),
    ("X-Loop: steunpunt@vo-raad.nl", Reason.LOOP),
    ("X-No-Loop: yes", Reason.LOOP),
    ("X-OTRS-Loop: True", Reason.LOOP),
    ("X-RT-Loop-Prevention: example.nl", Reason.LOOP),
    ("X-Intake-Loop: yes", Reason.LOOP),
    ("x-intake-loop:", Reason.LOOP),
    # Responders.
    ("X-Autoreply: yes", Reason.AUTOMATIC_REPLY),
    ("X-Autorespond: OOO", Reason.AUTOMATIC_REPLY),
    ("X-Autoresponder: ja", Reason.AUTOMATIC_REPLY),
    ("x-autoreply:YES", Reason.AUTOMATIC_REPLY),
    ("X-AUTORESPOND: vacation", Reason.AUTOMATIC_REPLY),
    ("X-FC-Machinegenerated: true", Reason.AUTOMATIC_REPLY),
    ("X-FC-MachineGenerated: TRUE", Reason.AUTOMATIC_REPLY),
    ("X-MS-Exchange-Inbox-Rules-Loop: jan@x.nl", Reason.AUTOMATIC_REPLY),
    ("X-Failed-Recipients: jan@x.nl", Reason.AUTOMATIC_REPLY),
    ("Delivered-To: autoresponder@x.nl", Reason.AUTOMATIC_REPLY),
    ("Delivered-To: Autoresponder", Reason.AUTOMATIC_REPLY),
    ("X-Autoreply: no", None),
    # The verdict of the operator's spam filter.
    ("X-Spam-Flag: YES", Reason.JUNK),
    ("X-Spam-Status: Yes, score=9.1 required=5.0", Reason.JUNK),
    ("X-MS-Exchange-Organization-SCL: 6", Reason.JUNK),
    ("X-Spam-Flag: NO", None),
    ("X-Spam-Status: No, score=-1.1", None),
    ("X-MS-Exchange-Organization-SCL: -1", None),
    ("X-MS-Exchange-Organization-SCL: 1", None),
    # Of these the mail of people is full.
    ("X-Mailer: Microsoft Outlook 16.0", None),
    ("X-MS-Exchange-CrossTenant-Id: 1f", None),
    ("X-Auto-Response-Oof: 1", None),
    ("Importance: high", None),
    ("Received: from a by b; Mon, 2 Mar 2026 09:00:00 +0100", None),
    # What the operator's server says of the sender, and what a sender says of itself.
    ("Authentication-Results: mail.vo-raad.nl; dmarc=fail header.from=deklimop-assen.nl", Reason.DMARC),
    (
        "Authentication-Results: mail.vo-raad.nl; dmarc=fail\r\nAuthentication-Results: mail.vo-raad.nl; dmarc=pass",
        Reason.DMARC,
    ),
    (
        "Authentication-Results: mail.vo-raad.nl; dmarc=pass\r\nAuthentication-Results: mail.vo-raad.nl; dmarc=fail",
        None,
    ),
    ("Authentication-Results: mx.elsewhere.nl; dmarc=fail", None),
    ("Authentication-Results: mail.vo-raad.nl; spf=fail; dkim=none; dmarc=none", None),
]


@pytest.mark.parametrize(("header", "expected"), MATRIX)
def test_every_marker_alone(header, expected):
    assert reason(mail(header)) is expected


SENDERS = [
    ("noreply@x.nl", Reason.NO_REPLY),
    ("no-reply@x.nl", Reason.NO_REPLY),
    ("No_Reply@x.nl", Reason.NO_REPLY),
    ("no.reply@x.nl", Reason.NO_REPLY),
    ("NoReply-school@x.nl", Reason.NO_REPLY),
    ("do-not-reply@x.nl", Reason.NO_REPLY),
    ("nietbeantwoorden@x.nl", Reason.NO_REPLY),
    ("bounces+123@x.nl", Reason.NO_REPLY),
    ("owner-nieuws@x.nl", Reason.NO_REPLY),
    ("nieuws-request@x.nl", Reason.NO_REPLY),
    ("MAILER-DAEMON@x.nl", Reason.SYSTEM_SENDER),
    ("postmaster@x.nl", Reason.SYSTEM_SENDER),
    ("listserv@x.nl", Reason.SYSTEM_SENDER),
    ("steunpuntpassendonderwijs@vo-raad.nl", Reason.OWN_ADDRESS),
    ("SteunpuntPassendOnderwijs@VO-Raad.nl", Reason.OWN_ADDRESS),
    ("steunpuntpassendonderwijs+og@vo-raad.nl", Reason.OWN_ADDRESS),
    ("jan@x.invalid", Reason.BAD_ADDRESS),
    ("jan@school.local", Reason.BAD_ADDRESS),
    ("jan@school.example", None),
    ("jan@school.test", Reason.BAD_ADDRESS),
    ("jan@localhost", Reason.BAD_ADDRESS),
    ("jan@srv01", Reason.BAD_ADDRESS),
    ("jan@fileserver.lan", Reason.BAD_ADDRESS),
    ("jan@[127.0.0.1]", Reason.NO_SENDER),
    ("jan@127.0.0.1", Reason.BAD_ADDRESS),
    ("jan@school..nl", Reason.BAD_ADDRESS),
    ("o'brien@x.nl", None),
    ("jan+og@x.nl", None),
    ("info@x.nl", None),
    ("administratie@x.nl", None),
    ("Jan@MÜLLER-school.nl", None),
    ("jan@example.nl", None),
]


@pytest.mark.parametrize(("address", "expected"), SENDERS)
def test_senders_that_are_no_people_get_silence(address, expected):
    assert reason(mail(**{"from": f"Jan <{address}>"})) is expected


@pytest.mark.parametrize("value", ["-", "", "<>", "Jan", "undisclosed-recipients:;"])
def test_a_mail_from_nobody_gets_silence(value):
    assert reason(mail(**{"from": value})) in {Reason.NO_SENDER, Reason.BAD_ADDRESS}


def test_two_senders_headers_get_silence():
    assert reason(mail("From: Piet <piet@x.nl>")) is Reason.NO_SENDER


STRUCTURES = [
    ("multipart/report; report-type=delivery-status; boundary=b", Reason.REPORT),
    ("Multipart/Report; report-type=disposition-notification; boundary=b", Reason.REPORT),
    ("message/delivery-status", Reason.REPORT),
    ("text/calendar; method=REPLY", Reason.CALENDAR),
    ("TEXT/CALENDAR; method=REQUEST", Reason.CALENDAR),
    ("text/html", None),
]


@pytest.mark.parametrize(("content_type", "expected"), STRUCTURES)
def test_reports_and_calendar_mail_get_silence(content_type, expected):
    assert reason(mail(content_type=content_type)) is expected


def test_a_calendar_reply_beside_text_gets_silence():
    body = "--b\r\nContent-Type: text/plain\r\n\r\nja\r\n--b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n"
    assert reason(mail(content_type="multipart/alternative; boundary=b", body=body)) is Reason.CALENDAR


def test_our_own_letter_is_known_by_its_message_id_when_a_provider_took_its_headers_off():
    assert reason(mail(message_id=make_message_id("elsewhere.nl", "1"))) is Reason.LOOP


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in {Kind.APPLICATION, Kind.SUPPLEMENT, Kind.WITHDRAWAL}]
)
def test_other_kinds_are_for_people(kind):
    assert reason(mail(), extraction=replace(APPLICATION, kind=kind)) is Reason.KIND


def test_an_unsure_kind_waits_for_a_person():
    unsure = replace(APPLICATION, kind_confidence=0.6)
    flagged = replace(APPLICATION, review_reasons=("kind",))
    assert reason(mail(), extraction=unsure) is Reason.KIND_UNSURE
    assert reason(mail(), extraction=flagged) is Reason.KIND_UNSURE
    assert reason(mail(), extraction=unsure, outcome=Outcome(confirmed=True)) is None


def test_a_person_can_not_make_us_answer_a_machine():
    assert reason(mail("Auto-Submitted: auto-replied"), outcome=Outcome(confirmed=True)) is Reason.AUTO_SUBMITTED


def test_an_unsure_value_is_asked_about_and_holds_no_letter_back():
    assert reason(mail(), extraction=replace(APPLICATION, needs_review=True, review_reasons=("phone",))) is None


def test_what_changed_nothing_gets_no_letter():
    assert reason(mail(), outcome=Outcome(registered=False)) is Reason.NOT_REGISTERED
    assert reason(mail(), outcome=Outcome(changed=False)) is Reason.NOT_REGISTERED


@pytest.mark.parametrize(
    ("unread", "missing", "expected"),
    [
        ("aanmelding.pdf", True, Reason.UNREAD_ATTACHMENT),
        ("winmail.dat", True, Reason.UNREAD_ATTACHMENT),
        ("IMG_2041.jpg", True, Reason.UNREAD_ATTACHMENT),
        ("aanmelding.pdf", False, None),
        ("image001.png", True, None),
        ("Logo De Klimop.jpg", True, None),
        ("image/png", True, None),
    ],
)
def test_what_may_stand_in_an_attachment_is_not_asked_for(unread, missing, expected):
    assert reason(replace(mail(), unread=(unread,)), outcome=Outcome(missing=missing)) is expected


def test_the_past_gets_silence():
    assert reason(mail(), received_at=NOW - timedelta(days=11)) is Reason.BACKLOG
    assert reason(mail(), outcome=Outcome(silent=True)) is Reason.BACKLOG
    assert reason(mail(), rules=replace(RULES, silent_before=None), received_at=NOW - timedelta(days=11)) is None
    assert (
        reason(mail(), rules=replace(RULES, silent_before=None), received_at=NOW - timedelta(days=31)) is Reason.BACKLOG
    )


def test_an_old_mail_that_is_copied_into_the_mailbox_today_is_old():
    assert reason(mail(date="Mon, 03 Mar 2025 09:00:00 +0100")) is Reason.BACKLOG
    assert reason(mail(date="-")) is None
    assert reason(mail(date="rommel")) is None
    assert reason(mail(date="Mon, 02 Mar 2099 09:00:00 +0100")) is None


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(to_address=4, in_thread=4, to_domain=29, in_all=499), None),
        (Counts(to_address=5), Reason.ADDRESS_CAP),
        (Counts(in_thread=5), Reason.THREAD_CAP),
        (Counts(to_domain=30), Reason.DOMAIN_CAP),
        (Counts(in_all=500), Reason.TOTAL_CAP),
    ],
)
def test_letters_are_counted(counts, expected):
    assert reason(mail(), counts=counts) is expected


def test_neighbours_at_a_mail_provider_do_not_use_up_each_others_letters():
    provider = mail(**{"from": "jan@gmail.com"})
    assert reason(provider, counts=Counts(to_domain=100)) is None
    assert reason(provider, counts=Counts(to_domain=200)) is Reason.DOMAIN_CAP


def test_a_reason_is_told_without_addresses():
    assert str(verdict(mail("X-Failed-Recipients: jan@x.nl"))) == "automatic reply: X-Failed-Recipients: …"
    assert str(verdict(mail(), counts=Counts(to_address=7))) == "address cap: 7 within 24 hours"


def test_the_answer_goes_to_reply_to_if_given_else_to_from():
    assert recipients(mail(), RULES) == ("j.devries@deklimop-assen.nl",)
    assert recipients(mail(reply_to="Jan <jan@thuis.nl>"), RULES) == ("jan@thuis.nl",)
    assert recipients(mail(reply_to="rommel"), RULES) == ("j.devries@deklimop-assen.nl",)


def test_a_reply_to_can_not_carry_an_earlier_application_to_a_stranger():
    message = mail(reply_to="dief@evil.nl")
    known = frozenset({"j.devries@deklimop-assen.nl", "jan@thuis.nl"})
    assert recipients(message, RULES, known=known) == ("j.devries@deklimop-assen.nl",)
    assert recipients(mail(reply_to="jan@thuis.nl"), RULES, known=known) == ("jan@thuis.nl",)


def test_no_letter_to_ourselves_or_into_the_void():
    assert recipients(mail(reply_to="ontwikkelgroep@ncoj.nl"), RULES) == ()
    assert reason(mail(reply_to="ontwikkelgroep@ncoj.nl")) is Reason.OWN_ADDRESS
    assert reason(mail(reply_to="noreply@x.nl")) is Reason.NO_REPLY
    assert reason(mail(reply_to="jan@x.invalid")) is Reason.BAD_ADDRESS


def test_the_applicant_gets_the_secretarys_letter_too_as_the_setting_says():
    stated = "directie@deklimop-assen.nl"
    both = ("j.devries@deklimop-assen.nl", stated)
    assert recipients(mail(), RULES, stated=stated) == both
    assert recipients(mail(), replace(RULES, copy=CopyRule.NEVER), stated=stated) == both[:1]
    assert recipients(mail(), replace(RULES, copy=CopyRule.ALWAYS), stated="jan@elders.nl") == (
        both[0],
        "jan@elders.nl",
    )
    assert recipients(mail(), RULES, stated="jan@elders.nl") == both[:1]
    assert recipients(mail(), RULES, stated="J.DeVries@deklimop-assen.nl") == both[:1]
    assert recipients(mail(), replace(RULES, copy=CopyRule.ALWAYS), stated="ontwikkelgroep@ncoj.nl") == both[:1]


def test_two_people_at_a_mail_provider_are_no_colleagues():
    message = mail(**{"from": "jan@gmail.com"})
    assert recipients(message, RULES, stated="iemand.anders@gmail.com") == ("jan@gmail.com",)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_sender_gives_a_verdict(sender, header):
    message = Message(
        from_=Mailbox(name=sender, address=sender),
        reply_to=(Mailbox(name="", address=header),),
        headers=(("From", sender), (header, sender), ("Auto-Submitted", header), ("Authentication-Results", header)),
        message_id=sender,
        unread=(header,),
    )
    verdict(message, outcome=Outcome(missing=True))
    assert deliverable(sender) == deliverable(deliverable(sender))
