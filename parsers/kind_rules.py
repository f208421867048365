"""A first judgement of a mail's kind, as a registrar would reason, with the reason in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache

from parsers.extraction import Kind

Signals = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A kind and why, before anything learned has its say."""

    kind: Kind
    rule: str
    """A short name that does not change: the trained model knows it."""
    reason: str
    """Plain English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules reason with, each a plain yes or no."""

    machine: bool
    bulk: bool
    generated: bool
    responder: bool
    bounce: bool
    bulletin: bool
    receipt: bool
    signs_up: bool
    """Says now, without ifs and in no question, that somebody takes part."""
    may_sign_up: bool
    answers: bool
    """Answers two or more of the call's questions in the author's words."""
    data: bool
    passed_on: bool
    """Somebody else's sign-up is forwarded or attached."""
    document: bool
    """A document holds answers or a sign-up."""
    letter: bool
    """Answers a letter of ours about an application."""
    earlier: bool
    """Speaks of an application made earlier."""
    again: bool
    adds: bool
    corrects: bool
    withdraws: bool
    may_withdraw: bool
    undecided: bool
    asks: bool
    may_ask: bool
    other_event: bool
    privacy: bool
    lure: bool
    vendor: bool
    declines: bool
    home: bool
    titled: bool
    """Its subject speaks of signing up, and does not ask."""
    about: bool
    """Speaks of the call, by name or by a question's topic."""
    tells: bool
    """Tells of a school and who one is there."""
    identity: bool
    pupils: bool
    """Asks about the law or a pupil."""
    fills_in: bool
    """Points to answers in a form, or between our own lines."""
    resends: bool
    thanks: bool
    short: bool
    forwards_self: bool
    mute: bool
    """Comes from an address that takes no mail."""
    other_news: bool
    """About money, minutes, press, pupils: something else for people."""


_FACTS = tuple(field.name for field in fields(Facts))


def facts_of(signals: Signals) -> Facts:
    """Condense signals into facts."""

    def get(name: str) -> float:
        return signals.get(name, 0.0)

    def any_of(*names: str) -> bool:
        return any(name in signals for name in names)

    ours = any_of("quoted.ours", "forwarded.ours", "thread.ours")
    letter = (any_of("quoted.our_letter") and (ours or any_of("reply"))) or (
        any_of("reply", "forward") and any_of("subject.our_subject", "reference")
    )
    named = any_of("own.named", "subject.named")
    return Facts(
        machine=any_of("machine.report", "machine.reply", "machine.calendar", "machine.daemon"),
        bulk=any_of("machine.bulk"),
        generated=any_of("machine.generated"),
        responder=any_of("opening.absence") and get("distinct.absence") >= 2,
        bounce=get("distinct.bounce") >= 2,
        bulletin=get("distinct.bulletin") >= 3,
        receipt=get("distinct.receipt") >= 2,
        signs_up=any_of("said.signup plain"),
        may_sign_up=any_of("own.signup", "own.signup_loose"),
        answers=get("own.cues") > 0.6 or get("own.numbered") > 0.6 or get("own.sequence") > 0.9,
        data=any_of("own.phone", "own.mail") or get("own.labels") > 1,
        passed_on=any_of("forwarded.signup") or get("forwarded.cues") > 0.6 or get("forwarded.numbered") > 0.6,
        document=any_of("attached.signup") or get("attached.cues") > 0.3 or get("attached.numbered") > 0.6,
        letter=letter,
        earlier=any_of("own.earlier_signup", "subject.complete", "subject.correct", "quoted.self", "forwarded.self"),
        again=any_of("own.again"),
        adds=any_of("own.complete"),
        corrects=any_of("own.correct"),
        withdraws=any_of("said.withdraw plain", "said.withdraw negation"),
        may_withdraw=any_of("own.withdraw", "own.withdraw_loose", "subject.withdraw"),
        undecided=any_of("own.undecided"),
        asks=any_of("said.you asked", "said.logistics asked", "said.signup asked"),
        may_ask=any_of("own.ask"),
        other_event=any_of("own.signup_other", "subject.signup_other", "own.signup_catering") and not named,
        privacy=any_of("own.privacy"),
        lure=get("distinct.lure") >= 3 or (any_of("own.lure") and any_of("sender.odd", "dmarc.fail")),
        vendor=get("distinct.vendor") >= 4,
        declines=any_of("own.decline"),
        home=any_of("own.home"),
        titled=any_of("subject.signup_noun", "subject.signup", "subject.signup_loose", "subject.signup_mine")
        and not any_of("subject.asks", "subject.withdraw"),
        about=get("about") > 0.5,
        tells=get("own.school") > 1.3,
        identity=any_of("own.role", "signature.phone", "own.phone") or get("own.labels") > 1,
        pupils=any_of("said.ask_law asked"),
        fills_in=any_of("own.form"),
        resends=any_of("own.resend"),
        thanks=any_of("opening.thanks"),
        short=any_of("own.short"),
        forwards_self=any_of("forwarded.self"),
        mute=any_of("sender.mute"),
        other_news=any_of("own.paperwork", "own.attendance", "own.misdirected", "own.spread"),
    )  # fmt: skip


def judge(facts: Facts) -> Judgement:
    """Return the first rule that fits, most certain first; OTHER when none does."""
    for kind, rule, reason, fits in _RULES:
        if fits(facts):
            return Judgement(kind=kind, rule=rule, reason=reason)
    return _NOTHING


def with_facts(signals: Signals) -> dict[str, float]:
    """Add the facts and the judgement to the signals, in place of those that only serve them."""
    facts = facts_of(signals)
    judgement = judge(facts)
    found = {name: value for name, value in signals.items() if not name.startswith(_SERVANTS)}
    found.update((f"fact.{name}", 1.0) for name in _FACTS if getattr(facts, name))
    return {**found, "bias": 1.0, f"rule.{judgement.rule}": 1.0, f"kind.{judgement.kind}": 1.0}


def judgement_in(signals: Signals) -> Judgement:
    """The judgement that `with_facts` noted among the signals; that of no rule when there is none."""
    return next((judgement for name, judgement in _by_signal().items() if name in signals), _NOTHING)


@cache
def _by_signal() -> dict[str, Judgement]:
    return {f"rule.{rule}": Judgement(kind=kind, rule=rule, reason=reason) for kind, rule, reason, _ in _RULES}


_NOTHING = Judgement(kind=Kind.OTHER, rule="nothing", reason="neither signs up, nor adds, withdraws or asks")
_SERVANTS = ("said.", "opening.")
"""Signals that facts are made of; the model learned better without them."""

Rule = tuple[Kind, str, str, Callable[[Facts], bool]]

_RULES: tuple[Rule, ...] = (
    (
        Kind.AUTOMATIC,
        "machine",
        "a machine wrote it",
        lambda f: f.machine and not (f.generated and f.signs_up and f.data),
    ),
    (Kind.AUTOMATIC, "bulletin", "a newsletter or list mail", lambda f: f.bulk and (f.bulletin or not f.signs_up)),
    (Kind.AUTOMATIC, "generated", "made by a program", lambda f: f.generated and not (f.signs_up or f.answers)),
    (
        Kind.AUTOMATIC,
        "bounce",
        "reads like a delivery report",
        lambda f: f.bounce and not (f.signs_up or f.passed_on),
    ),
    (
        Kind.AUTOMATIC,
        "responder",
        "reads like an absence message",
        lambda f: f.responder and not (f.signs_up or f.passed_on),
    ),
    (Kind.AUTOMATIC, "receipt", "reads like a system's message", lambda f: f.receipt and not f.signs_up),
    (
        Kind.AUTOMATIC,
        "mute",
        "sent from an address that takes no mail",
        lambda f: f.mute and not (f.signs_up or f.lure),
    ),
    (Kind.AUTOMATIC, "bulletin text", "reads like a newsletter", lambda f: f.bulletin and not (f.signs_up or f.data)),
    (Kind.SPAM, "lure", "lures for money or passwords", lambda f: f.lure and not (f.answers or f.letter)),
    (Kind.SPAM, "vendor", "sells something", lambda f: f.vendor and not (f.signs_up or f.answers or f.letter)),
    (Kind.PRIVACY, "privacy", "asks about personal data", lambda f: f.privacy and not (f.signs_up or f.answers)),
    (Kind.APPLICATION, "signs up again", "signs up again", lambda f: f.may_sign_up and f.again and f.may_withdraw),
    (
        Kind.WITHDRAWAL,
        "withdraws",
        "takes an application back",
        lambda f: f.withdraws and not (f.answers or (f.asks and not f.earlier) or (f.signs_up and f.data)),
    ),
    (
        Kind.WITHDRAWAL,
        "withdraws softly",
        "takes an application back",
        lambda f: f.may_withdraw and (f.letter or f.earlier) and not (f.signs_up or f.answers or f.data),
    ),
    (
        Kind.OTHER,
        "family",
        "a family's story",
        lambda f: (
            f.home and not (f.letter or f.pupils or f.answers or (f.identity and f.titled) or (f.tells and f.signs_up))
        ),
    ),
    (Kind.APPLICATION, "sends again", "sends again what did not arrive", lambda f: f.resends and f.passed_on),
    (
        Kind.SUPPLEMENT,
        "fills the gap",
        "brings what our letter missed",
        lambda f: f.letter and (f.data or f.answers or f.document or f.fills_in),
    ),
    (
        Kind.SUPPLEMENT,
        "corrects the letter",
        "corrects what our letter noted",
        lambda f: f.letter and (f.corrects or f.adds) and not f.asks,
    ),
    (
        Kind.SUPPLEMENT,
        "adds",
        "adds to an earlier application",
        lambda f: f.earlier and (f.adds or f.corrects) and not f.other_event,
    ),
    (
        Kind.SUPPLEMENT,
        "mends",
        "mends an earlier application that it passes on",
        lambda f: f.forwards_self and (f.adds or f.corrects) and f.data,
    ),
    (
        Kind.OTHER,
        "other event",
        "signs up for something else",
        lambda f: f.other_event and (f.signs_up or f.may_sign_up),
    ),
    (
        Kind.QUESTION,
        "undecided",
        "asks before deciding",
        lambda f: f.undecided and (f.asks or f.may_ask) and not (f.signs_up and f.data),
    ),
    (Kind.APPLICATION, "signs up", "signs up", lambda f: f.signs_up and not (f.letter or f.declines)),
    (Kind.QUESTION, "asks about the letter", "asks something after our letter", lambda f: f.letter and f.asks),
    (
        Kind.SUPPLEMENT,
        "answers the letter",
        "answers our letter at length",
        lambda f: f.letter and not (f.thanks or f.short or f.other_news),
    ),
    (Kind.OTHER, "thanks", "answers our letter without news", lambda f: f.letter),
    (Kind.APPLICATION, "answers", "answers the call's questions", lambda f: f.answers),
    (Kind.QUESTION, "asks about a forward", "asks about a forwarded mail", lambda f: f.passed_on and f.asks),
    (Kind.APPLICATION, "passes on", "passes on somebody's application", lambda f: f.passed_on),
    (Kind.APPLICATION, "document", "its document holds an application", lambda f: f.document),
    (
        Kind.APPLICATION,
        "is titled",
        "its subject signs up, and it says who",
        lambda f: f.titled and (f.data or f.identity) and not (f.asks or f.declines),
    ),
    (
        Kind.APPLICATION,
        "tells",
        "tells of a school as applicants do",
        lambda f: f.tells and f.data and f.identity and not (f.asks or f.declines or f.home),
    ),
    (Kind.OTHER, "declines", "declines the invitation", lambda f: f.declines),
    (Kind.OTHER, "other news", "is about something else", lambda f: f.other_news and not (f.titled or f.tells)),
    (Kind.QUESTION, "asks", "asks without signing up", lambda f: f.asks or f.may_ask),
    (Kind.APPLICATION, "may sign up", "seems to sign up", lambda f: f.may_sign_up and f.data),
)
