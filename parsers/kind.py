"""What a mail is: rules for what is certain, a trained model for the rest, and a reason in plain English."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from config.call import Call
from parsers.automatic import Marker, Source, markers
from parsers.extraction import Kind
from parsers.kind_intents import intent_signals, with_crossed
from parsers.kind_model import Features, Intents, kind_model
from parsers.kind_reservations import bounded
from parsers.kind_rules import judgement_in, with_facts
from parsers.kind_signals import signals_of
from parsers.kind_voices import Voices, voices_of
from parsers.kind_words import words_of
from parsers.message import Message

DOUBTFUL = 0.1
"""A kind at least this likely is named as an alternative."""
_PROOF = frozenset({Source.REPORT, Source.REPLY, Source.CALENDAR, Source.DAEMON})
_PERSONAL = 0.9
"""So sure one must be that a person wrote it before a mail that a machine claims as its own counts as a person's."""
_SIGNED_UP = (Kind.APPLICATION, Kind.SUPPLEMENT)
_LISTED = 0.75
"""The same for a mail that came through a mailing list: lists carry people's mail, but newsletters above all."""
_LEAN = 0.35
"""From this chance on a mail counts as an application: a person looks at it, where a missed one would be lost."""
_LEAN_PLAIN = 0.15
"""The same for a mail that is as plain as an application can be: a colleague types in what came by telephone."""
_PLAIN = 0.95
"""How sure an application is, at least, that signs up, answers, and is plain in two ways more: near-misses that teach
the model take some of its certainty from plain mails. Of 210 verdicts this sure on mails kept apart none was wrong."""
_PLAINLY = "act signup & answers"
_PLAIN_WAYS = frozenset({"fact.data", "fact.identity", "fact.signs_up", "fact.titled"})
_REASONS = {
    Kind.APPLICATION: "reads like an application",
    Kind.SUPPLEMENT: "reads like an addition to an earlier application",
    Kind.WITHDRAWAL: "reads like a withdrawal",
    Kind.QUESTION: "reads like a question",
    Kind.PRIVACY: "reads like a request about personal data",
    Kind.AUTOMATIC: "reads like a machine's mail",
    Kind.SPAM: "reads like spam",
    Kind.OTHER: "neither signs up, nor adds, withdraws or asks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a mail is, how sure that is, and why."""

    kind: Kind
    confidence: float
    """0 to 1, calibrated: of the verdicts at 0.9, nine in ten are right."""
    reason: str
    """A few English words: "Auto-Submitted: auto-replied", "asks before deciding" …"""
    alternatives: tuple[tuple[Kind, float], ...] = ()
    """Other kinds that it may be, the likelier first."""


def recognise(message: Message, call: Call, chances: Mapping[Kind, float] | None = None) -> Verdict:
    """Say what a mail is, as a reaction to the call. Never raises; a mail without words is decided by its headers.

    `chances` are what another model than the shipped one makes of it: one that has not seen its writer, in training.
    """
    model = kind_model()
    voices = voices_of(message, call)
    features = _features(message, call, voices, model.intents)
    chances = chances or model.probabilities(features)
    kind, confidence = chosen(chances)
    if proof := _proof(message, kind, chances, features.signals):
        return _automatic(proof, chances)
    if _is_plain(features.signals.keys()):
        if kind is Kind.OTHER and chances[Kind.APPLICATION] >= _LEAN_PLAIN:
            kind, confidence = Kind.APPLICATION, chances[Kind.APPLICATION]
        elif kind is Kind.APPLICATION:
            confidence = max(confidence, _PLAIN)
    confidence = bounded(kind, confidence, voices)
    others = sorted(((other, chance) for other, chance in chances.items() if other != kind), key=lambda pair: -pair[1])
    return Verdict(
        kind=kind,
        confidence=confidence,
        reason=_reason(kind, message, features.signals),
        alternatives=tuple((other, chance) for other, chance in others if chance >= DOUBTFUL),
    )


def _is_plain(signals: Set[str]) -> bool:
    return _PLAINLY in signals and len(_PLAIN_WAYS & signals) > 1


def features_of(message: Message, call: Call, intents: Intents) -> Features:
    """Everything the model knows of a message, in training as in reading."""
    return _features(message, call, voices_of(message, call), intents)


def _features(message: Message, call: Call, voices: Voices, intents: Intents) -> Features:
    signals = with_facts(signals_of(message, call, voices))
    return Features(signals=with_crossed({**signals, **intent_signals(voices, intents)}), words=words_of(voices))


def chosen(chances: Mapping[Kind, float]) -> tuple[Kind, float]:
    """The likeliest kind and its chance, but a mail that may well be somebody's application is not put aside."""
    likely = _SIGNED_UP if sum(chances[kind] for kind in _SIGNED_UP) >= _LEAN else tuple(chances)
    kind = max(likely, key=lambda kind: chances[kind])
    return kind, chances[kind]


def _proof(message: Message, kind: Kind, chances: Mapping[Kind, float], signals: Mapping[str, float]) -> Marker | None:
    """The marker of a machine that wrote the mail, unless what it says is plainly a person's own; `kind` is chosen."""
    signed = chances[Kind.APPLICATION] + chances[Kind.SUPPLEMENT]
    says_who = bool({"fact.data", "fact.answers"} & signals.keys())
    for marker in markers(message):
        if marker.source in _PROOF and not (signed > _PERSONAL and says_who):
            return marker
        if marker.source is Source.BULK and signed < _LISTED and kind in _SIGNED_UP:
            return marker
    return None


def _automatic(proof: Marker, chances: Mapping[Kind, float]) -> Verdict:
    """A machine says that it wrote the mail, and nothing in it strongly says otherwise."""
    doubt = chances[Kind.APPLICATION] + chances[Kind.SUPPLEMENT]
    return Verdict(kind=Kind.AUTOMATIC, confidence=max(chances[Kind.AUTOMATIC], 1.0 - doubt), reason=proof.reason)


def _reason(kind: Kind, message: Message, signals: Mapping[str, float]) -> str:
    """The marker of a machine, or the rule that agrees with the verdict, or what the words sound like."""
    if kind is Kind.AUTOMATIC and (marker := next(iter(markers(message)), None)):
        return marker.reason
    judgement = judgement_in(signals)
    return judgement.reason if judgement.kind is kind else _REASONS[kind]
