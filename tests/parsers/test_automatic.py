"""The markers of machine mail."""

import pytest

from parsers.automatic import Source, answer_stoppers, automatic_reason, markers
from parsers.blocks import Mailbox
from parsers.message import Message

PERSON = Mailbox(name="Jan de Vries", address="j.devries@obsdeklimop.example")


def mail(
    *headers: tuple[str, str], subject: str = "Aanmelding", types: tuple[str, ...] = ("text/plain",), **more
) -> Message:
    more.setdefault("from_", PERSON)
    return Message(headers=headers, subject=subject, content_type=types[0], content_types=types, **more)


def test_mail_from_a_person_has_no_markers():
    ordinary = mail(
        ("Return-Path", "<j.devries@obsdeklimop.example>"),
        ("Auto-Submitted", "no"),
        ("X-Mailer", "Microsoft Outlook 16.0"),
    )
    assert markers(ordinary) == ()
    assert automatic_reason(ordinary) is None
    assert answer_stoppers(ordinary) == ()


@pytest.mark.parametrize(
    "value",
    ["auto-replied", "Auto-Replied", "auto-generated", "auto-notified", "AUTO_REPLIED", "yes", "auto-replied (vacation)",
     "auto-replied; owner-email=\"x@y.example\"", "(a comment) auto-generated", "auto-replied;vacation", "", " ", "nooit"],
)  # fmt: skip
def test_every_auto_submitted_but_no_is_a_marker(value):
    assert answer_stoppers(mail(("Auto-Submitted", value)))


@pytest.mark.parametrize(
    "value", ["no", "No", " no ", "no (hand-written)", "no; x=y", "(typed (by hand)) no", "(open no"]
)
def test_auto_submitted_no_is_none_whatever_surrounds_it(value):
    # "(open no" is a comment that never closes, which leaves an empty value
    assert bool(answer_stoppers(mail(("Auto-Submitted", value)))) == (value == "(open no")


@pytest.mark.parametrize("value", ["<>", " <> ", "< >", "<> (bounce)", ""])
def test_a_null_return_path_stops_an_answer(value):
    assert "Return-Path: <>" in answer_stoppers(mail(("Return-Path", value)))


@pytest.mark.parametrize(
    "header",
    [
        ("Precedence", "bulk"), ("precedence", "Junk"), ("Precedence", "list"), ("X-Precedence", "bulk"), ("Precedence", "auto_reply"),
        ("Precedence", "bulk (newsletter)"), ("X-Loop", "yes"), ("X-Loop", "help@school.example"), ("X-No-Loop", "1"),
        ("X-OTRS-Loop", "yes"), ("X-RT-Loop-Prevention", "rt.school.example"), ("X-Auto-Response-Suppress", "All"),
        ("x-auto-response-suppress", "DR, OOF, AutoReply"), ("X-Auto-Response-Suppress", "oof"), ("List-Id", "<nieuws.school.example>"),
        ("List-Unsubscribe", "<mailto:af@school.example>"), ("List-Post", "<mailto:x@y.example>"), ("Mailing-List", "list x@y.example"),
        ("X-Autoreply", "yes"), ("X-Autorespond", "Ontvangstbevestiging"), ("X-Autoresponder", "1"), ("X-Mail-Autoreply", "auto"),
        ("Delivered-To", "autoresponder"), ("Delivered-To", "Autoresponder"), ("X-FC-Machinegenerated", "true"),
        ("X-MS-Exchange-Inbox-Rules-Loop", "x@y.example"), ("X-Failed-Recipients", "x@y.example"),
    ],
)  # fmt: skip
def test_each_header_of_the_helpdesks_stops_an_answer(header):
    assert answer_stoppers(mail(header))


@pytest.mark.parametrize(
    "header",
    [
        ("Precedence", "first-class"), ("Precedence", "normal"), ("X-Auto-Response-Suppress", "None"),
        ("X-Auto-Response-Suppress", "RN, NRN"), ("X-FC-Machinegenerated", "false"), ("X-Loop", "no"), ("Delivered-To", "steunpunt@x.example"),
        ("X-Mailer", "auto-replied"), ("Listing", "list"),
    ],
)  # fmt: skip
def test_headers_that_only_look_like_markers_do_not_count(header):
    assert answer_stoppers(mail(header)) == ()


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON", "Mailer-Daemon", "postmaster", "listserv", "MicrosoftExchange329e71ec88ae4615"]
)
def test_mail_systems_are_known_by_their_address(sender):
    found = mail(from_=Mailbox(name="", address=f"{sender.lower()}@mx.example"))
    assert automatic_reason(found) == f"sender {sender.lower()}@"


@pytest.mark.parametrize(
    "sender", ["noreply", "no-reply", "noreply-dmarc", "donotreply", "niet-beantwoorden", "nieuwsbrief", "bounces+12-a"]
)
def test_an_address_that_takes_no_mail_stops_the_answer_but_does_not_prove_a_machine(sender):
    found = mail(from_=Mailbox(name="Formulier", address=f"{sender}@school.example"))
    assert answer_stoppers(found) == (f"no mail to {sender}@",)
    assert automatic_reason(found) is None


def test_a_reply_to_a_person_lifts_the_stop_of_a_noreply_sender():
    found = mail(from_=Mailbox(name="Formulier", address="noreply@school.example"), reply_to=(PERSON,))
    assert answer_stoppers(found) == ()


def test_a_mail_without_a_sender_is_not_answered():
    assert answer_stoppers(mail(from_=Mailbox(name="", address=""))) == ("no sender address",)


@pytest.mark.parametrize(
    "media_type", ["multipart/report", "message/delivery-status", "message/disposition-notification"]
)
def test_reports_are_known_by_their_structure(media_type):
    found = mail(types=("multipart/mixed", "text/plain", media_type))
    assert markers(found)[0].source is Source.REPORT


def test_a_report_inside_a_forwarded_mail_is_not_this_mails():
    assert (
        markers(
            mail(
                types=("multipart/mixed", "text/plain", "message/rfc822", "multipart/report", "message/delivery-status")
            )
        )
        == ()
    )


def test_calendar_mail_is_known_by_its_structure():
    assert (
        automatic_reason(mail(types=("multipart/alternative", "text/plain", "text/calendar")))
        == "Content-Type: text/calendar"
    )


@pytest.mark.parametrize(
    "subject",
    ["Automatisch antwoord: Ontvangst", "AUTOMATIC REPLY: x", "[EXTERN] Automatisch antwoord: x", "Undelivered Mail Returned to Sender",
     "Onbestelbaar: Uw aanmelding", "Gelezen: Uw aanmelding", "Geaccepteerd: bijeenkomst", "Out of Office: x"],
)  # fmt: skip
def test_a_machines_subject_is_a_marker(subject):
    assert answer_stoppers(mail(subject=subject))


@pytest.mark.parametrize(
    "subject",
    ["Fwd: Automatisch antwoord: opgave", "RE: Automatisch antwoord: x", "FW: Undeliverable: aanmelding", "Intrekken aanmelding",
     "afwezig op 12 maart", "Re: Uitnodiging: bijeenkomst"],
)  # fmt: skip
def test_a_person_who_passes_a_machines_subject_on_is_a_person(subject):
    assert answer_stoppers(mail(subject=subject)) == ()


def test_the_most_telling_marker_is_named_first():
    found = mail(
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "bulk"),
        ("Auto-Submitted", "auto-replied"),
        ("Return-Path", "<>"),
    )
    assert [marker.source for marker in markers(found)] == [Source.REPORT, Source.REPLY, Source.BULK, Source.PLEA]
    assert automatic_reason(found) == "Return-Path: <>"


def test_a_plea_for_silence_alone_does_not_make_a_mail_automatic():
    asked = mail(("X-Auto-Response-Suppress", "DR, OOF, AutoReply"))
    assert automatic_reason(asked) is None
    assert answer_stoppers(asked) == ("X-Auto-Response-Suppress: DR, OOF, AutoReply",)


def test_hostile_header_values_cost_little():
    assert answer_stoppers(
        mail(("Auto-Submitted", "(" * 100_000), ("Precedence", "b" * 100_000), subject="[EXT]" * 50_000)
    )
