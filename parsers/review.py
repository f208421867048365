"""Whether a person must look at a mail, and at what in it: a decision over all its doubts together.

Every doubt is the chance that something the mail would enter, or leave empty, is wrong. Together they say how many of
its values probably are; above a threshold the mail is to be reviewed. `benchmarks/train_review.py` holds the threshold
and the few sorts of doubt that are worth more or less than they say, and tells what others would give.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from config.call import Call
from parsers.dutch import KNOWLEDGE
from parsers.extraction import ExtractedApplication, Kind
from parsers.kind import Verdict
from parsers.weigh import Weighed, state_of

WITH_VALUES = frozenset({Kind.APPLICATION, Kind.SUPPLEMENT})
KIND, TRUNCATED = "kind", "truncated"
UNANSWERED = "no-answer:"
"""What the sorts of doubt begin with that are about an answer that was not found."""
PLAIN = 0.2
"""A doubt worth this from here on is named whenever the mail is reviewed, however many greater ones there are."""

PLAIN_OF_KIND = 0.1
"""A doubt of the kind is named from this chance on: a mail whose kind is named waits for its letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing that may be wrong with what was understood."""

    about: str
    """"kind", a field, "answer:2" …"""
    sort: str
    """What kind of doubt it is: some sorts are worth more or less than they say."""
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What doubts are worth, and how much doubt is too much."""

    worth: Mapping[str, float]
    """By sort of doubt: how much a doubt of one adds to the whole mail's."""
    threshold: float
    """The doubt about a whole mail from which on a person must look."""
    kind: float
    """A kind less sure than this is for a person, whatever the values."""
    put_aside: float
    """A mail that is taken for no application, and is one at least this likely, is for a person: all of it would be
    missed."""


@cache
def shipped_caution() -> Caution:
    """What `benchmarks/train_review.py` wrote down."""
    learned = json.loads((KNOWLEDGE / "review.json").read_text("utf-8"))
    names = ("worth", "threshold", "kind", "put_aside")
    return Caution(**{name: learned[name] for name in names})


def doubts_of(verdict: Verdict, weighed: Weighed, call: Call) -> list[Doubt]:
    """Every doubt about a mail, also about what it seems not to give; of a mail without values only its kind."""
    likely = likely_with_values(verdict)
    wrong = 1 - likely if verdict.kind in WITH_VALUES else likely
    found = [Doubt(about=KIND, sort=KIND, chance=max(0.0, wrong))]
    for decisions in weighed.decided:
        for field, decision in decisions.items():
            state = state_of(decision.candidate)
            found.append(Doubt(about=field, sort=f"{state}:{field}", chance=1 - decision.probability))
    for application in weighed.applications:
        found.extend(_about_answers(application, verdict.kind, call))
    return found


def likely_with_values(verdict: Verdict) -> float:
    """How likely a mail is an application or a supplement."""
    chances = {verdict.kind: verdict.confidence, **dict(verdict.alternatives)}
    return sum(chances.get(kind, 0.0) for kind in WITH_VALUES)


def _about_answers(application: ExtractedApplication, kind: Kind, call: Call) -> Iterator[Doubt]:
    """An answer that was found may be wrong; one that was not may be there."""
    some = "some" if application.answers else "none"
    for question in call.questions:
        value = application.answers.get(question.id)
        about = f"answer:{question.id}"
        if value is not None:
            sort = value.evidence[0].extractor if value.evidence else "answers"
            yield Doubt(about=about, sort=sort, chance=1 - value.confidence)
        elif kind in WITH_VALUES:
            yield Doubt(about=about, sort=f"{UNANSWERED}{kind}:{some}", chance=1.0)


def expected(doubts: Sequence[Doubt], caution: Caution) -> float:
    """The doubt about a whole mail: the sum of what its doubts are worth."""
    return sum(_worth(doubt, caution) for doubt in doubts)


def _worth(doubt: Doubt, caution: Caution) -> float:
    return doubt.chance * caution.worth.get(doubt.sort, 1.0)


def review_reasons(
    verdict: Verdict, weighed: Weighed, call: Call, *, truncated: bool, caution: Caution | None = None
) -> tuple[str, ...]:
    """Name what a person must look at; nothing when the mail as a whole is sure enough.

    Of a doubtful mail the greatest doubts are named, as many as bring it below the threshold, and every plain one.
    """
    caution = caution or shipped_caution()
    reasons = [KIND] if is_kind_unsure(verdict, caution) else []
    doubts = sorted(doubts_of(verdict, weighed, call), key=lambda doubt: -_worth(doubt, caution))
    left = expected(doubts, caution)
    if left > caution.threshold:
        for doubt in doubts:
            if doubt.about == KIND and doubt.chance < PLAIN_OF_KIND:
                continue
            if left <= caution.threshold and _worth(doubt, caution) < PLAIN:
                break
            reasons.append(doubt.about)
            left -= _worth(doubt, caution)
    if truncated:
        reasons.append(TRUNCATED)
    return tuple(dict.fromkeys(reasons))


def is_kind_unsure(verdict: Verdict, caution: Caution) -> bool:
    """Whether a person must look at what a mail is: it is unsure, or the mail may well be an application put aside."""
    put_aside = verdict.kind not in WITH_VALUES and likely_with_values(verdict) >= caution.put_aside
    return verdict.confidence < caution.kind or put_aside
