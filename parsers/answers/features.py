"""What the model knows of each clause: whether an answer could begin with it, go on in it, end with it.

Every fact has a name and every name a number, in a vocabulary. Facts of words, of sentences and of clauses are numbered
separately for the three places, as the same word speaks for a beginning and against an end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.answers.clauses import Clause
from parsers.answers.cues import closings
from parsers.answers.markers import Marker
from parsers.answers.reading import Reading
from parsers.answers.rows import BULLET, Row
from parsers.answers.sentences import ASKING, Sentence, bucket, sentences_of
from parsers.answers.vocabulary import Vocabulary

Ids = list[int]
_PREFIXES = (
    *("bs:", "bs-:", "bs+:", "bb=", "bp=", "b:", "bsw=", "bso:"),
    *("is:", "is-:", "is+:", "iw=", "ip=", "i2=", "i:"),
    *("es:", "e:", "es+:", "enw=", "eaw="),
)
"""Of the names of facts: for beginning, inside and end, of words, clauses and sentences."""
MAX_BEFORE = 60
"""Words of its sentence before a clause that are looked at."""


@dataclass(slots=True)
class Described:
    """The numbers of the facts of each clause, for beginning, inside and end, and of those of each sentence.

    A clause's facts are its own and those of its sentence.
    """

    begin: list[Ids] = field(default_factory=list)
    inside: list[Ids] = field(default_factory=list)
    end: list[Ids] = field(default_factory=list)
    begin_of_sentence: list[Ids] = field(default_factory=list)
    inside_of_sentence: list[Ids] = field(default_factory=list)
    end_of_sentence: list[Ids] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    """The number of each clause's sentence."""
    sentence_facts: list[list[str]] = field(default_factory=list)
    """The names of the facts of each clause's sentence."""


@dataclass(slots=True)
class _At:
    """A clause with what is known around it."""

    place: int
    clause: Clause
    sentence: Sentence
    number: int
    """The sentence's."""
    before: list[str]
    """The words of its sentence before it."""
    before_ids: Ids
    """Their numbers."""
    cues: list[str]
    """The questions that those words point to."""
    pointed: list[str]
    """The question that each word of its own points to."""
    marker: Marker | None
    """The last one before it."""
    shared: list[str]
    """Facts of use in all three places."""


def describe(reading: Reading, vocabulary: Vocabulary) -> Described:
    """Return the facts of every clause."""
    return _Describer(reading, vocabulary).describe()


class _Describer:
    def __init__(self, reading: Reading, vocabulary: Vocabulary) -> None:
        self.rows, self.clauses, self.markers = reading.rows, reading.clauses, reading.markers
        self.label_words = reading.cues.label_words
        self.out = Described()
        self.tables = {prefix: vocabulary.table(prefix) for prefix in _PREFIXES}
        self.row_facts = _list_facts(self.rows)
        self.sentences = sentences_of(reading)
        self.named = sorted({question for marker in self.markers for question in marker.questions})
        self.marker_at = {marker.clause: marker for marker in self.markers}
        self.closing = next(
            (p for p, c in enumerate(self.clauses) if p > 2 and c.opens_row and closings().begins(c.words)),
            len(self.clauses),
        )
        self.rules = _rule_facts(reading)

    def describe(self) -> Described:
        """Walk the sentences and the clauses."""
        self._describe_sentences()
        for at in self._walk():
            self.out.sentence.append(at.number)
            self.out.sentence_facts.append(at.sentence.facts)
            self.out.inside.append(self._inside(at))
            self.out.begin.append(self._begin(at))
            self.out.end.append(self._end(at))
        return self.out

    def _walk(self) -> Iterator[_At]:
        marker: Marker | None = None
        words, stems, of_word = self.tables["bb="], self.tables["bp="], self.label_words.of_word
        for number, sentence in enumerate(self.sentences):
            before: list[str] = []
            before_ids: Ids = []
            cues: list[str] = []
            for place in sentence.clauses:
                clause = self.clauses[place]
                marker = self.marker_at.get(place, marker)
                if marker is not None and marker.part != sentence.row.part:
                    marker = None
                shared = self._marker_facts(clause, sentence.row, marker) + self._position(place, sentence.row)
                pointed = [question for word in clause.words for question in of_word(word)]
                yield _At(place, clause, sentence, number, before, before_ids, cues, pointed, marker, shared)
                before = (before + clause.words)[-MAX_BEFORE:]
                before_ids = before_ids + [words[each] for each in clause.words]
                before_ids += [stems[each[:5]] for each in clause.words if len(each) > 5]
                before_ids = before_ids[-2 * MAX_BEFORE :]
                cues = sorted({*cues, *pointed}) if pointed else cues

    def _describe_sentences(self) -> None:
        """Number the facts of each sentence, and of those around it, once for all its clauses."""
        tables = [self.tables[prefix] for prefix in ("bs:", "is:", "es:", "bs-:", "is-:", "bs+:", "is+:")]
        begin, inside, end, begin_after, inside_after, begin_ahead, inside_ahead = tables
        for number, sentence in enumerate(self.sentences):
            facts = sentence.facts + sentence.place
            begins, insides = [begin[fact] for fact in facts], [inside[fact] for fact in facts]
            if number:
                begins += [begin_after[fact] for fact in self.sentences[number - 1].facts]
                insides += [inside_after[fact] for fact in self.sentences[number - 1].facts]
            if number + 1 < len(self.sentences):
                begins += [begin_ahead[fact] for fact in self.sentences[number + 1].facts]
                insides += [inside_ahead[fact] for fact in self.sentences[number + 1].facts]
            self.out.begin_of_sentence.append(begins)
            self.out.inside_of_sentence.append(insides)
            self.out.end_of_sentence.append([end[fact] for fact in sentence.facts])

    def _position(self, place: int, row: Row) -> list[str]:
        to_closing = "after" if place >= self.closing else bucket(self.closing - place, (1, 2, 4, 8, 16, 30))
        return [
            "paragraph" + bucket(row.paragraph),
            "closing" + to_closing,
            f"share{6 * place // max(1, self.closing)}",
            f"kind{row.kind.value}{min(row.level, 2)}{'q' if row.quoted else ''}",
        ]

    def _marker_facts(self, clause: Clause, row: Row, marker: Marker | None) -> list[str]:
        facts = [f"named{question}" for question in self.named]
        if marker is None:
            return [*facts, "unmarked", *(f"elsewhere{question}" for question in self.named)]
        facts += [f"elsewhere{question}" for question in self.named if question not in marker.questions]
        at = self.rows[self.clauses[marker.clause].row]
        if clause.end <= marker.end + 1:
            relation = "on"
        elif at is row:
            relation = "same"
        else:
            relation = f"p{min(3, row.paragraph - at.paragraph)}"
        asked = _asked(marker)
        return [*facts, f"marked{asked}{relation}", f"marked{asked}{relation}{marker.kind}"]

    def _inside(self, at: _At) -> Ids:
        words = at.clause.words
        word, stem, pair, table = (self.tables[prefix] for prefix in ("iw=", "ip=", "i2=", "i:"))
        facts = ["any", "words" + bucket(len(words)), *at.shared, *self.rules[1].get(at.place, ())]
        facts += ["before-cue" + question for question in at.cues]
        facts += ["cue" + question for question in at.pointed]
        facts += self.row_facts[at.clause.row]
        return (
            [word[each] for each in words]
            + [stem[each[:5]] for each in words if len(each) > 5]
            + [pair[f"{one} {other}"] for one, other in pairwise(words)]
            + [table[fact] for fact in facts]
        )

    def _begin(self, at: _At) -> Ids:
        table = self.tables["b:"]
        facts = self._begin_facts(at) + self._opening_facts(at) + at.shared
        facts += self.rules[0].get(at.place, ())
        ids = at.before_ids + [table[fact] for fact in facts]
        if at.number:
            earlier = self.sentences[at.number - 1]
            ids.append(table["earlier-end" + earlier.text[-1:]])
            if at.clause.opens_sentence:
                words, earlier_facts = self.tables["bsw="], self.tables["bso:"]
                ids += [words[each] for each in earlier.words]
                ids += [earlier_facts[fact] for fact in earlier.facts]
        return ids

    def _begin_facts(self, at: _At) -> list[str]:
        """Say what stands at the joint before a clause, and how it begins."""
        clause, words, before = at.clause, at.clause.words, at.before
        first = words[0] if words else clause.tokens[0]
        facts = ["any", clause.before, "first=" + first, "token=" + clause.tokens[0], "since" + bucket(len(before))]
        if len(words) > 1:
            facts.append(f"first2={words[0]} {words[1]}")
        if before:
            facts += ("last1=" + before[-1], "last2=" + " ".join(before[-2:]))
        if len(before) > 2:
            facts.append("last3=" + " ".join(before[-3:]))
        for question in at.cues:
            facts += ("before-cue" + question, "before-cue" + question + clause.before)
        if first in ASKING:
            facts += ("asks", "asks" + clause.before)
        left = len(at.sentence.words) - len(before)
        facts.append(("opens" if clause.opens_sentence else "within") + "left" + bucket(left, (1, 3, 6, 12)))
        facts.append("left" + bucket(left, (0, 1, 2, 3, 4, 6, 9, 14, 20)))
        if at.marker is not None and 0 <= clause.start - at.marker.end <= 3:
            asked = _asked(at.marker)
            facts += ("behind" + asked, "behind" + asked + at.marker.kind)
        return facts

    def _opening_facts(self, at: _At) -> list[str]:
        """Say which sentence, row and paragraph a clause opens."""
        facts = []
        if at.clause.opens_sentence:
            facts.append("opens-sentence")
            facts += ["o" + fact for fact in at.sentence.place + at.sentence.facts]
        if at.clause.opens_row:
            facts.append("opens-row")
            if at.clause.row == 0 or self.rows[at.clause.row - 1].paragraph != at.sentence.row.paragraph:
                facts.append("opens-paragraph")
        if at.clause.before == "COLON":
            facts += ["c" + fact for fact in at.sentence.facts]
        if at.clause.before in ("LINE", "BULLET"):
            facts += self.row_facts[at.clause.row]
        return facts

    def _end(self, at: _At) -> Ids:
        table = self.tables["e:"]
        following = self.clauses[at.place + 1] if at.place + 1 < len(self.clauses) else None
        closes = following is None or following.opens_sentence
        facts = ["any", *at.shared, *self.rules[2].get(at.place, ())]
        if at.clause.words:
            facts.append("word=" + at.clause.words[-1])
        facts += self._joint_facts(at, following)
        facts.append("sentence-ends" if closes else "mid-sentence")
        if closes:
            facts += ["z" + fact for fact in at.sentence.place]
        ids = [table[fact] for fact in facts]
        if following is None:
            return ids
        if closes and at.number + 1 < len(self.sentences):
            later = self.sentences[at.number + 1]
            later_facts, later_words = self.tables["es+:"], self.tables["enw="]
            ids += [later_facts[fact] for fact in later.facts]
            ids += [later_words[each] for each in later.words[:12]]
        else:
            next_words = self.tables["eaw="]
            ids += [next_words[each] for each in following.words[:6]]
        return ids

    def _joint_facts(self, at: _At, following: Clause | None) -> list[str]:
        """Say what stands at the joint behind a clause."""
        sign = at.clause.tokens[-1]
        last = "w" if sign[0].isalnum() else sign
        if following is None:
            return ["last=" + last, "last-clause", "parted=END"]
        row, below = at.sentence.row, self.rows[following.row]
        apart = below.paragraph != row.paragraph
        facts = ["last=" + last, "parted=" + following.before, f"parted={last}{following.before}{int(apart)}"]
        if following.row != at.clause.row:
            facts.append("paragraph-ends" if apart else "row-ends")
            facts.append(f"bullets{int(bool(BULLET.match(row.text)))}{int(bool(BULLET.match(below.text)))}")
            facts += self.row_facts[at.clause.row]
        if below.kind is not row.kind:
            facts.append("then" + below.kind.value)
        facts.append("then=" + (following.words[0] if following.words else following.tokens[0]))
        if len(following.words) > 1:
            facts.append("then2=" + " ".join(following.words[:2]))
        coming = self.marker_at.get(at.place + 1)
        if coming is not None:
            facts += ("coming", "coming" + _asked(coming), "coming" + coming.kind)
        return facts


def _asked(marker: Marker) -> str:
    return "".join(map(str, marker.questions))


Facts = dict[int, list[str]]


def _rule_facts(reading: Reading) -> tuple[Facts, Facts, Facts]:
    """Say where the passages of the rules begin, go on and end."""
    begin: Facts = {}
    inside: Facts = {}
    end: Facts = {}
    for passage in reading.passages:
        names = [f"rule{passage.question}", f"rule{passage.question}:{passage.rule}"]
        begin.setdefault(passage.first, []).extend(names)
        end.setdefault(passage.last, []).extend(names)
        for place in range(passage.first, passage.last + 1):
            inside.setdefault(place, []).extend(names)
    return begin, inside, end


def _list_facts(rows: Sequence[Row]) -> list[list[str]]:
    """Say of each row which row of how many of its paragraph it is, and which item of how many of a list."""
    facts: list[list[str]] = [[] for _ in rows]
    items: list[int] = []
    first = 0
    for number in range(len(rows) + 1):
        row = rows[number] if number < len(rows) else None
        if number and (row is None or row.paragraph != rows[first].paragraph):
            _count(facts, range(first, number), "row")
            first = number
        bullet = _bullet(row) if row is not None else ""
        if items and (not bullet or bullet != _bullet(rows[items[-1]]) or row.part != rows[items[-1]].part):  # type: ignore[union-attr]
            _count(facts, items, "item")
            items = []
        if bullet:
            items.append(number)
    return facts


def _bullet(row: Row) -> str:
    found = BULLET.match(row.text)
    return found.group().strip()[-1] if found else ""


def _count(facts: list[list[str]], places: Sequence[int], name: str) -> None:
    if len(places) > 1:
        for order, place in enumerate(places):
            facts[place].append(f"{name}{min(order, 3)}/{min(len(places), 5)}")
