"""The letter that answers a mail, into the outbox; or the reason why there is none, into the mail's row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.call import Call
from config.settings import Settings
from intake.posting import outgoing
from intake.registration import Registration
from intake.senders import Sender, own_addresses
from intake.threads import addresses_of
from models.letter import Letter, LetterKind, acknowledgements_since, enqueue, letter_of
from models.mail import Mail
from parsers.extraction import Extraction
from parsers.message import Message
from replies.acknowledgement import acknowledge
from replies.application_view import ApplicationView, Happening, view_of
from replies.letter import Letter as Composed
from replies.policy import CopyRule, Counts, Outcome, Rules, may_answer, recipients
from replies.render import Templates

LETTERS_OFF = "letters are off"
"""The settings want no letters."""
NO_SENDER = "no own address"
"""The settings name no address that letters could be from."""
ANSWERED = "answered before"
"""Reading it again does not answer it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A mail that was understood and registered, in the session that will settle it."""

    session: Session
    mail: Mail
    message: Message
    extraction: Extraction
    call: Call
    registration: Registration
    now: datetime

    @property
    def thread(self) -> str:
        """The Message-ID of the conversation's first mail, as far as the mail tells."""
        return next(iter((*self.message.references, *self.message.in_reply_to)), self.mail.message_id)


Answer = Callable[[Registered], None]
"""Enqueue the letter that answers a mail, or write down in the mail's row why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the letters of one mailbox are made with."""

    rules: Rules
    sender: Sender
    templates: Templates
    enabled: bool = True


def rules_for(settings: Settings, calls: Mapping[str, Call], mailbox: str) -> Rules:
    """Return the rules of a mailbox; of one that the settings no longer name, those without anything of its own."""
    letters, watched = settings.letters, settings.mailbox.get(mailbox)
    return Rules(
        own_addresses=frozenset(own_addresses(settings, calls)),
        authserv_id=watched.authserv_id if watched else None,
        max_age=timedelta(days=letters.max_age_days),
        kind_threshold=letters.kind_threshold,
        copy=CopyRule(letters.copy_to_applicant),
        window=timedelta(hours=letters.window_hours),
        address_cap=letters.address_cap,
        thread_cap=letters.thread_cap,
        domain_cap=letters.domain_cap,
        provider_cap=letters.provider_cap,
        total_cap=letters.total_cap,
    )


def answer(done: Registered, desk: Desk) -> None:
    """Put the letter that answers the mail into the outbox, or the reason why there is none into its row.

    One mail gets one letter at most, also when it is read again. Raises RenderError for a template that is wrong.
    """
    mail, message, touched = done.mail, done.message, done.registration.touched
    if letter_of(done.session, mail.id) is not None:
        mail.withheld_reason = ANSWERED
        return
    views = [view_of(one.application, done.call, happening=one.happening, changes=one.changes) for one in touched]
    to = recipients(message, desk.rules, stated=_stated(done), known=_known(done))
    refusal = _refusal(done, desk, views, to)
    mail.withheld_reason = refusal or None
    if not refusal:
        extraction = replace(done.extraction, language=_language(done))
        composed = acknowledge(message, extraction, views, done.call, to=to, templates=desk.templates)
        enqueue(done.session, _letter(done, desk.sender, composed))


def _refusal(done: Registered, desk: Desk, views: Sequence[ApplicationView], to: Sequence[str]) -> str:
    """Return why there is no letter; "" when there is one."""
    outcome = Outcome(
        registered=bool(views),
        changed=any(touched.news for touched in done.registration.touched),
        missing=any(view.missing for view in views),
        confirmed=done.registration.vouched,
        silent=done.mail.silent,
    )
    refusal = may_answer(
        done.message,
        replace(done.extraction, kind=done.mail.confirmed_kind or done.extraction.kind),
        to=to,
        outcome=outcome,
        counts=_counts(done, desk.rules, to),
        rules=desk.rules,
        received_at=done.mail.received_at,
        now=done.now,
    )
    if refusal is not None:
        return str(refusal)
    if not desk.enabled:
        return LETTERS_OFF
    return "" if desk.sender.address else NO_SENDER


def _language(done: Registered) -> str:
    """The mail's language; of a reply in a few words, which may be any language, that of the application."""
    first = done.registration.touched[0]
    if first.happening is Happening.REGISTERED or done.extraction.language == "en":
        return done.extraction.language
    return first.application.language


def _stated(done: Registered) -> str:
    """The applicant's own address, when the mail makes it sure."""
    if len(done.registration.touched) != 1:
        return ""
    email = done.registration.touched[0].application.current().get("email")
    return email.value if email and email.mail_id == done.mail.id and not email.unsure else ""


def _known(done: Registered) -> frozenset[str] | None:
    """The addresses of the applications that were there before; None when the mail made all that it touched."""
    earlier = [one for one in done.registration.touched if one.happening is not Happening.REGISTERED]
    if not earlier:
        return None
    return frozenset().union(*(addresses_of(done.session, one.application) for one in earlier))


def _counts(done: Registered, rules: Rules, to: Sequence[str]) -> Counts:
    since = done.now - rules.window
    domains = {address.rpartition("@")[2] for address in to}
    return Counts(
        to_address=max((acknowledgements_since(done.session, since, address=one) for one in to), default=0),
        to_domain=max((acknowledgements_since(done.session, since, domain=one) for one in domains), default=0),
        in_thread=acknowledgements_since(done.session, since, thread=done.thread),
        in_all=acknowledgements_since(done.session, since),
    )


def _letter(done: Registered, sender: Sender, composed: Composed) -> Letter:
    """The outbox's row, under a Message-ID that never changes and nobody can guess who has not seen the mail."""
    row = outgoing(
        composed,
        LetterKind.ACKNOWLEDGEMENT,
        sender=sender,
        seeds=(done.mail.message_id, done.mail.content_hash, str(done.mail.id)),
        now=done.now,
    )
    row.mail_id, row.application_id = done.mail.id, done.registration.touched[0].application.id
    row.thread = done.thread
    return row
