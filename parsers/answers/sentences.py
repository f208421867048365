"""What each sentence of a mail says of itself: what its words speak of, what it asks, where it stands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.answers.clauses import Clause, sentences
from parsers.answers.cues import Cues, closings, openings, signs
from parsers.answers.reading import Reading
from parsers.answers.rows import Row
from parsers.dutch import knowledge

PRONOUNS = frozenset(knowledge("answers")["sentences"]["pronouns"])
ASKING = frozenset(knowledge("answers")["sentences"]["asking"])


@dataclass(slots=True)
class Sentence:
    """A sentence and its facts, by name."""

    clauses: range
    words: list[str]
    row: Row
    text: str
    facts: list[str]
    place: list[str] = field(default_factory=list)
    """Where it stands in its paragraph."""


def sentences_of(reading: Reading) -> list[Sentence]:
    """Return the sentences of a mail with their facts."""
    found = []
    for span in sentences(reading.clauses):
        first, last = reading.clauses[span[0]], reading.clauses[span[-1]]
        row = reading.rows[first.row]
        words = [word for place in span for word in reading.clauses[place].words]
        text = row.text[first.start - row.start : last.end - row.start]
        facts = _facts(first, words, text, reading.cues)
        found.append(Sentence(span, words, row, text, facts))
    _place(found)
    return found


def bucket(number: int, edges: Sequence[int] = (0, 1, 2, 3, 5, 8, 12, 20)) -> str:
    """Return a number as one of a few steps."""
    for edge in edges:
        if number <= edge:
            return str(edge)
    return "+"


def _facts(first: Clause, words: Sequence[str], text: str, cues: Cues) -> list[str]:
    facts = sorted(signs().of_words(words))
    if "?" in text[-3:]:
        facts.append("?")
    if words and words[0] in ASKING:
        facts.append("asks")
    facts += _cue_facts(words, text, cues)
    if "0#" in words:
        facts.append("number")
    if "@" in words:
        facts.append("address")
    if not PRONOUNS.isdisjoint(words):
        facts.append("pronoun")
    if first.opens_row and closings().begins(words):
        facts.append("closing-row")
    if first.opens_row and openings().begins(words):
        facts.append("opening-row")
    joined = text.count(",") + text.count(";") + text.count(" en ")
    facts += ("length" + bucket(len(words)), "joined" + bucket(joined, (0, 1, 2, 4)))
    return facts


def _cue_facts(words: Sequence[str], text: str, cues: Cues) -> list[str]:
    """Say which questions the words of a sentence point to."""
    known = cues.label_words.known
    pointed = [question for word in words for question in known[word]]
    if not pointed:
        return []
    counts = Counter(pointed)
    facts = [f"cue{question}" for question in counts]
    facts += [f"cue{question}:{min(count, 3)}" for question, count in counts.items()]
    return facts + [f"label{place}" for place, pattern in enumerate(cues.labels) if pattern.search(text, 0, 300)]


def _place(found: Sequence[Sentence]) -> None:
    """Say of each sentence where it stands in its paragraph, and what the others there are."""
    first = 0
    for number in range(1, len(found) + 1):
        if number == len(found) or found[number].row.paragraph != found[first].row.paragraph:
            _place_in(found[first:number])
            first = number


def _place_in(paragraph: Sequence[Sentence]) -> None:
    size = len(paragraph)
    asking = [place for place, sentence in enumerate(paragraph) if "?" in sentence.facts]
    cued = {cue: [p for p, other in enumerate(paragraph) if cue in other.facts] for cue in ("cue0", "cue1", "cue2")}
    for place, sentence in enumerate(paragraph):
        facts = [f"pi{min(place, 4)}", f"pn{min(size, 6)}", f"pe{min(size - 1 - place, 4)}"]
        ahead = next((other - place for other in asking if other >= place), None)
        if asking:
            facts += ("p?past" if ahead is None else f"p?{min(ahead, 3)}", f"p??{min(len(asking), 3)}")
        else:
            facts.append("p?none")
        facts += [f"pb{cue}" for cue, places in cued.items() if places and places[0] < place]
        facts += [f"pa{cue}" for cue, places in cued.items() if places and places[-1] > place]
        sentence.place = facts
