"""Who may be answered at all, and at which address. Machines and the past get silence, and the reason is kept.

RFC 3834 and the union of what the big helpdesks test for. What the mail itself says is read by `parsers.automatic`;
what happened before is given as counts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from parsers.automatic import Marker, Source, answer_stoppers, markers
from parsers.extraction import Extraction, Kind
from parsers.message import Message
from replies.addresses import deliverable, is_provider, plain
from replies.authentication import Dmarc, dmarc
from replies.letter import LOOP_HEADER, is_our_message_id

ANSWERED = frozenset({Kind.APPLICATION, Kind.SUPPLEMENT, Kind.WITHDRAWAL})

_RECIPIENTS_LIMIT = 3


class Reason(StrEnum):
    """Why a mail gets no letter."""

    BACKLOG = "backlog"
    """It was there before the service was, or it is old."""
    LOOP = "loop"
    """It is a letter of ours, or came from a program like ours."""
    NULL_RETURN_PATH = "null return path"
    REPORT = "report"
    """A bounce or receipt."""
    AUTO_SUBMITTED = "auto-submitted"
    """RFC 3834: whatever Auto-Submitted says other than "no"."""
    AUTOMATIC_REPLY = "automatic reply"
    CALENDAR = "calendar"
    SYSTEM_SENDER = "system sender"
    BULK = "bulk"
    """Sent to many, or through a list."""
    SILENCE_ASKED = "silence asked"
    """It asks that no machine answer."""
    JUNK = "junk"
    """The operator's server called it spam."""
    NO_SENDER = "no sender"
    """There is no From, more than one, or one that names more than one mailbox."""
    NO_REPLY = "no-reply sender"
    OWN_ADDRESS = "own address"
    BAD_ADDRESS = "bad address"
    """No mail can be sent there."""
    DMARC = "dmarc"
    """The operator's server says that the sender is not who the mail says."""
    KIND = "kind"
    """Not an application, supplement or withdrawal: people answer it, or nobody."""
    KIND_UNSURE = "kind unsure"
    """A person must say first what it is."""
    NOT_REGISTERED = "not registered"
    """Nothing was done with it that a letter could tell."""
    UNREAD_ATTACHMENT = "unread attachment"
    """What seems missing may stand in an attachment that only a person can read."""
    ADDRESS_CAP = "address cap"
    DOMAIN_CAP = "domain cap"
    THREAD_CAP = "thread cap"
    TOTAL_CAP = "total cap"

    # Not for `may_answer` to find: whoever asks it knows these by itself.
    LETTERS_OFF = "letters are off"
    """The settings want no letters."""
    ANSWERED_BEFORE = "answered before"
    """It was read again; one mail gets one letter."""
    NO_OWN_ADDRESS = "no own address"
    """The settings name no address that letters could be from."""


class CopyRule(StrEnum):
    """Whether the applicant whom somebody else signs up gets the letter too."""

    NEVER = "never"
    SAME_DOMAIN = "same-domain"
    """When the writer's address is of the same organisation: nobody can make us write to strangers."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there is no letter."""

    reason: Reason
    detail: str = ""
    """What was found: a header as written, a number; never an address or a name."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's side of it, as plain values."""

    own_addresses: frozenset[str]
    """Every address that the service reads or writes from, and the calls'."""
    authserv_id: str | None = None
    """The name of the operator's server in Authentication-Results; "" when it gives none, None when there is none."""
    silent_before: datetime | None = None
    """Mail received earlier gets silence: the mailbox's start."""
    max_age: timedelta = timedelta(days=30)
    """Mail older than this when it is read gets silence, whatever kept it."""
    kind_threshold: float = 0.8
    """A kind less sure than this waits for a person."""
    copy: CopyRule = CopyRule.SAME_DOMAIN
    window: timedelta = timedelta(hours=24)
    """The moving window in which letters are counted."""
    address_cap: int = 5
    thread_cap: int = 5
    domain_cap: int = 30
    provider_cap: int = 200
    """The domain cap where anybody can have a mailbox: gmail.com, ziggo.nl …"""
    total_cap: int = 500
    """For all acknowledgements together: a storm that changes its domain each time ends here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many acknowledgements the window already holds; of several recipients, the largest numbers."""

    to_address: int = 0
    to_domain: int = 0
    in_thread: int = 0
    in_all: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a mail in the list, as far as a letter must know."""

    registered: bool = True
    """An application was made or touched. False: the sender may not change it, or it is not known which one."""
    changed: bool = True
    """It holds something new."""
    missing: bool = False
    """The application is not complete."""
    confirmed: bool = False
    """A person said what kind of mail this is."""
    silent: bool = False
    """It was recorded as backlog, or imported."""


def recipients(
    message: Message, rules: Rules, *, stated: str = "", known: frozenset[str] | None = None
) -> tuple[str, ...]:
    """Return the addresses that the letter goes to: Reply-To if given, else From; empty when nobody can be written to.

    1. A first application (`known` is None) tells its writer nothing but their own words: Reply-To is followed
       wherever it leads. People write from home and want the answer at school; whoever forges it could forge From too.
    2. A letter about an earlier application holds what others once wrote. It goes to a Reply-To only when that is one
       of the application's addresses (`known`), else to From: a forged reply carries nothing out of the list.
    3. `stated` is the applicant's address as the mail gives it, when that is sure. If the writer is somebody else it
       gets the letter too, as `rules.copy` says.

    Own addresses and such as can't get mail are left out.
    """
    writers = [mailbox.address for mailbox in message.reply_to if mailbox.address]
    if known is not None:
        writers = [address for address in writers if deliverable(address) in known]
    targets = [address for address in map(deliverable, writers or [message.from_.address]) if address]
    applicant = deliverable(stated)
    if applicant and _may_copy(applicant, targets, rules):
        targets.append(applicant)
    kept = [address for address in dict.fromkeys(targets) if not is_own(address, rules)]
    return tuple(kept[:_RECIPIENTS_LIMIT])


def may_answer(
    message: Message,
    extraction: Extraction,
    *,
    to: Sequence[str],
    outcome: Outcome,
    counts: Counts,
    rules: Rules,
    received_at: datetime,
    now: datetime,
) -> Refusal | None:
    """Return why this mail may not be answered, the most telling reason first, or None when it may.

    `to` is what `recipients` returned. The clock and the counts are given; odd mail gives a reason, never an exception.
    """
    checks = (
        _past(message, outcome, rules, received_at, now),
        _machine(message),
        _sender(message, to, rules),
        _kind(extraction, outcome, rules),
        _unread(message, outcome),
        _caps(to, counts, rules),
    )
    return next((refusal for check in checks for refusal in check), None)


def is_own(address: str, rules: Rules) -> bool:
    """Tell whether mail to this address comes back to us, whatever its case or "+tag"."""
    return plain(address) in {plain(own) for own in rules.own_addresses}


def _may_copy(applicant: str, writers: Sequence[str], rules: Rules) -> bool:
    domain = applicant.rpartition("@")[2]
    match rules.copy:
        case CopyRule.NEVER:
            return False
        case CopyRule.ALWAYS:
            return True
        case CopyRule.SAME_DOMAIN:
            return not is_provider(domain) and any(writer.endswith(f"@{domain}") for writer in writers)


_ADDRESS = re.compile(r"[^\s<>:;,]+@[^\s<>:;,]+")


def _past(message: Message, outcome: Outcome, rules: Rules, received_at: datetime, now: datetime) -> Iterator[Refusal]:
    """Old by the server's clock, or by the sender's: mail copied into the mailbox is as old as its date says."""
    written = min(received_at, message.date) if message.date else received_at
    if outcome.silent or (rules.silent_before is not None and received_at < rules.silent_before):
        yield Refusal(reason=Reason.BACKLOG, detail="received before the mailbox's start")
    elif now - written > rules.max_age:
        yield Refusal(reason=Reason.BACKLOG, detail=f"older than {rules.max_age.days} days")


def _machine(message: Message) -> Iterator[Refusal]:
    if (message.header(LOOP_HEADER) is not None) or is_our_message_id(message.message_id):
        yield Refusal(reason=Reason.LOOP, detail="a letter of this service")
    if (message.header("Return-Path") or "").strip("< \t").lower().startswith("mailer-daemon"):
        # QUIRK: qmail and some mailbox formats write the null return path out.
        yield Refusal(reason=Reason.NULL_RETURN_PATH, detail="Return-Path: mailer-daemon")
    found = markers(message)
    for marker in found:
        yield Refusal(reason=_reason(marker), detail=_ADDRESS.sub("…", marker.reason))
    named = {marker.reason for marker in found}
    for stopper in answer_stoppers(message):
        if stopper not in named:
            reason = Reason.NO_SENDER if stopper.startswith("no sender") else Reason.NO_REPLY
            yield Refusal(reason=reason, detail=stopper)
    for header in ("Precedence", "X-Precedence"):
        word = (message.header(header) or "").strip().lower()
        if word and word not in _PERSONAL_PRECEDENCE:
            yield Refusal(reason=Reason.BULK, detail=f"{header}: {word[:40]}")
    if junk := _junk(message):
        yield Refusal(reason=Reason.JUNK, detail=junk)


# Any other value is a machine's: people's mail programs write none. These are sendmail's and X.400's for a person's.
_PERSONAL_PRECEDENCE = frozenset({"first-class", "special-delivery", "normal", "urgent", "non-urgent"})
_REASONS = {
    Source.REPORT: Reason.REPORT,
    Source.REPLY: Reason.AUTOMATIC_REPLY,
    Source.CALENDAR: Reason.CALENDAR,
    Source.DAEMON: Reason.SYSTEM_SENDER,
    Source.GENERATED: Reason.AUTOMATIC_REPLY,
    Source.BULK: Reason.BULK,
    Source.PLEA: Reason.SILENCE_ASKED,
}


def _reason(marker: Marker) -> Reason:
    name = marker.reason.partition(":")[0].strip().lower()
    if name == "auto-submitted":
        return Reason.AUTO_SUBMITTED
    if name == "return-path":
        return Reason.NULL_RETURN_PATH
    if marker.source is Source.PLEA and name != "x-auto-response-suppress":
        return Reason.LOOP
    return _REASONS[marker.source]


def _junk(message: Message) -> str:
    """Return the header in which a spam filter gave its verdict, or ""."""
    if (message.header("X-Spam-Flag") or "").strip().lower().startswith(("yes", "true")):
        return "X-Spam-Flag"
    if (message.header("X-Spam-Status") or "").strip().lower().startswith("yes"):
        return "X-Spam-Status"
    level = (message.header("X-MS-Exchange-Organization-SCL") or "").strip()
    if re.fullmatch(r"\d{1,2}", level, re.ASCII) and int(level) >= 5:
        return "X-MS-Exchange-Organization-SCL"
    return ""


def _sender(message: Message, to: Sequence[str], rules: Rules) -> Iterator[Refusal]:
    senders = [name for name, _ in message.headers if name.strip().lower() == "from"]
    if not message.from_.address or len(senders) > 1:
        # Two From headers: each program shows another one, and DMARC speaks for one of them (RFC 7489 section 6.6.1).
        yield Refusal(reason=Reason.NO_SENDER, detail="more than one From" if len(senders) > 1 else "no From")
    if message.from_unclear:
        yield Refusal(reason=Reason.NO_SENDER, detail="From is not one plain mailbox")
    if is_own(message.from_.address, rules):
        yield Refusal(reason=Reason.OWN_ADDRESS, detail="From is ours")
    if not deliverable(message.from_.address):
        yield Refusal(reason=Reason.BAD_ADDRESS, detail="From can't be a mailbox")
    if dmarc(message, rules.authserv_id) is Dmarc.FAIL:
        yield Refusal(reason=Reason.DMARC, detail="dmarc=fail")
    if any(is_own(mailbox.address, rules) for mailbox in message.reply_to):
        yield Refusal(reason=Reason.OWN_ADDRESS, detail="Reply-To is ours")
    if not to:
        yield Refusal(reason=Reason.BAD_ADDRESS, detail="nobody to write to")


def _kind(extraction: Extraction, outcome: Outcome, rules: Rules) -> Iterator[Refusal]:
    if extraction.kind not in ANSWERED:
        yield Refusal(reason=Reason.KIND, detail=str(extraction.kind))
    unsure = extraction.kind_confidence < rules.kind_threshold or "kind" in extraction.review_reasons
    if unsure and not outcome.confirmed:
        yield Refusal(reason=Reason.KIND_UNSURE, detail=f"{extraction.kind} at {extraction.kind_confidence:.2f}")
    if extraction.error and not outcome.confirmed:
        yield Refusal(reason=Reason.KIND_UNSURE, detail="not read to its end")
    if not outcome.registered:
        yield Refusal(reason=Reason.NOT_REGISTERED, detail="a person must look")
    if not outcome.changed:
        yield Refusal(reason=Reason.NOT_REGISTERED, detail="nothing new")


_LOGO = re.compile(
    r"image/|image\d{1,4}[._]|.*(?:logo|icon|banner|footer|header|handtekening|signature|facebook|linkedin|twitter|instagram)",
    re.IGNORECASE,
)


def _unread(message: Message, outcome: Outcome) -> Iterator[Refusal]:
    """Asking for what somebody sent as a scan would annoy them; the logo in a signature hides nothing."""
    if outcome.missing and not outcome.confirmed:
        for name in message.unread:
            if not _LOGO.match(name[:200]):
                suffix = name.rpartition(".")[2] if "." in name else name
                yield Refusal(reason=Reason.UNREAD_ATTACHMENT, detail=suffix[:40].lower())


def _caps(to: Sequence[str], counts: Counts, rules: Rules) -> Iterator[Refusal]:
    domains = [address.rpartition("@")[2] for address in to]
    domain_cap = rules.provider_cap if domains and all(map(is_provider, domains)) else rules.domain_cap
    for reason, count, cap in (
        (Reason.ADDRESS_CAP, counts.to_address, rules.address_cap),
        (Reason.THREAD_CAP, counts.in_thread, rules.thread_cap),
        (Reason.DOMAIN_CAP, counts.to_domain, domain_cap),
        (Reason.TOTAL_CAP, counts.in_all, rules.total_cap),
    ):
        if count >= cap:
            yield Refusal(reason=reason, detail=f"{count} within {rules.window / timedelta(hours=1):g} hours")
