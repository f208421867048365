"""Tell when a person must look at a mail: a part of `python -m benchmarks.train`, which ships what it makes.

Every mail is understood with what was learned without its writer, as a stranger's would be. Its doubts are calibrated,
and say together how many of its values are probably wrong; what each threshold of that would have reviewed, and left
wrong in the mails that nobody sees, is written down.
"""

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.answers_gold import CORPUS, WITH_DATA
from config.call import Call
from parsers.answers.model import Model
from parsers.extract import WITH_APPLICATIONS, Found, values_of
from parsers.extraction import Extraction, Kind
from parsers.kind import Verdict, recognise
from parsers.message import parse_message
from parsers.report import as_json
from parsers.review import KIND, UNANSWERED, Caution, Doubt, doubts_of, expected, is_kind_unsure
from parsers.weigh import Weights

THRESHOLD = 0.88
"""Chosen on the part of the corpus that is kept aside: there 44 % of the applications are reviewed, and 4.1 % of the
values in the other mails are wrong (0.7: 56 and 3.3 %; 0.8: 51 and 3.4 %; 1.0: 37 and 4.6 %; 1.2: 29 and 5.0 %)."""
SURE_OF_KIND, PUT_ASIDE = 0.8, 0.15
"""What a Caution's `kind` and `put_aside` are. One mail in twenty of those that are no applications is as likely to be
one as that; of the applications that were put aside, only those that nothing gave away were less likely."""
WORTH = {
    KIND: 2.4,
    f"{UNANSWERED}{Kind.APPLICATION}:none": 0.3,
    f"{UNANSWERED}{Kind.APPLICATION}:some": 0.6,
    f"{UNANSWERED}{Kind.SUPPLEMENT}:none": 0.0,
    f"{UNANSWERED}{Kind.SUPPLEMENT}:some": 0.0,
}
"""What a doubt is worth where that is not what it says. In a mail that is no application every value is wrong; most
answers that were not found are not there. The other doubts are calibrated already: worths fitted to what was wrong in
strangers' mails served these writers, and other ones less than none (kept aside, at 42 %: 5.2 % instead of 4.2)."""
STEPS = tuple(step / 10 for step in range(0, 31, 2))
"""The thresholds of which it is told what they would give."""

Chances = Mapping[str, Mapping[str, float]]
"""By mail, how likely each kind is to a model that has seen none of its writer's mails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """What some writers' mails are understood with: learned without them."""

    writers: frozenset[str]
    weights: Weights
    answers: Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A mail as the service would see it, its doubts, and what was wrong with it."""

    name: str
    doubts: list[Doubt]
    wrong: int
    values: int
    counts: bool = True
    """It is an application or a supplement: the share of those that are reviewed is what is bounded."""
    unsure: bool = False
    """It is reviewed for its kind, whatever its values."""


def learned(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Tell what the threshold and others give with strangers: what review.json holds."""
    caution = Caution(worth=WORTH, threshold=THRESHOLD, kind=SURE_OF_KIND, put_aside=PUT_ASIDE)
    trade = [trade_off(outcomes, replace(caution, threshold=threshold)) for threshold in (THRESHOLD, *STEPS)]
    for row in trade:
        print("doubt {threshold:.2f}  review {review:.3f}  silent {silent:.4f}".format(**row))
    return {
        "version": 3,
        "mails": len(outcomes),
        "threshold": caution.threshold,
        "kind": caution.kind,
        "put_aside": caution.put_aside,
        "worth": dict(caution.worth),
        "trade-off": trade[1:],
    }


def try_out(paths: Sequence[Path], call: Call, strangers: Sequence[Stranger], chances: Chances) -> Iterator[Outcome]:
    """Understand mails as the service would understand a stranger's; what neither is nor seems an application is not
    told of."""
    for path in paths:
        gold = json.loads(path.with_suffix(".gold.json").read_text("utf-8"))
        message = parse_message(path.read_bytes())
        verdict = recognise(message, call, {Kind(kind): chance for kind, chance in chances[path.stem].items()})
        if verdict.kind not in WITH_DATA and gold["kind"] not in WITH_DATA:
            continue
        known = next((one for one in strangers if path.name[:2] in one.writers), strangers[0])
        has_values = verdict.kind in WITH_APPLICATIONS
        found = values_of(message, call, verdict.kind, known.weights, known.answers) if has_values else Found()
        yield outcome_of(path.stem, gold, verdict, found, call)


def outcome_of(name: str, gold: Mapping[str, Any], verdict: Verdict, found: Found, call: Call) -> Outcome:
    """Compare what was found in a mail with its gold answer."""
    wrong, values = count(gold, found, verdict.kind)
    return Outcome(
        name=name,
        doubts=doubts_of(verdict, found.weighed, call),
        wrong=wrong,
        values=values,
        counts=gold["kind"] in WITH_DATA,
        unsure=is_kind_unsure(verdict, Caution(worth={}, threshold=0.0, kind=SURE_OF_KIND, put_aside=PUT_ASIDE)),
    )


def count(gold: Mapping[str, Any], found: Found, kind: Kind) -> tuple[int, int]:
    """How many values are wrong, missed or invented, and how many there are, as score.py counts."""
    score = _score()
    said = Extraction(
        kind=kind, kind_confidence=1.0, kind_reason="", needs_review=False, applications=found.weighed.applications
    )
    golds = gold.get("applications") or [] if gold["kind"] in WITH_DATA else []
    wrong = values = 0
    for wanted, given in score.pair(golds, as_json("", said)["applications"]):
        for field in score.FIELDS:
            one, other = score.value(wanted, field), score.value(given, field)
            values += one is not None or other is not None
            wrong += (one is not None or other is not None) and not (
                one is not None and other is not None and score.right(field, other, wanted)
            )
    return wrong, values


@cache
def _score() -> Any:
    """score.py as a module; it is a script of the corpus."""
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trade_off(outcomes: Sequence[Outcome], caution: Caution) -> dict[str, float]:
    """What share of the applications is reviewed, and what share of the values is wrong in the mails that are not."""
    counted = [one for one in outcomes if one.counts]
    rest = [one for one in outcomes if not _is_reviewed(one, caution)]
    review = sum(_is_reviewed(one, caution) for one in counted) / max(1, len(counted))
    silent = sum(one.wrong for one in rest) / max(1, sum(one.values for one in rest))
    return {"threshold": caution.threshold, "review": round(review, 3), "silent": round(silent, 4)}


def _is_reviewed(outcome: Outcome, caution: Caution) -> bool:
    return outcome.unsure or expected(outcome.doubts, caution) > caution.threshold
