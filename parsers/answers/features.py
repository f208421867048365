"""What the model knows of each clause: whether an answer could begin with it, go on in it, end with it.

Every fact has a name and every name a number, in a vocabulary. Facts of words, of sentences and of clauses are numbered
separately for the three places, as the same word speaks for a beginning and against an end. The numbers of all that
returns (words, facts of sentences, steps of a count) are looked up together, and once: `numbering` keeps them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers.answers.clauses import Clause
from parsers.answers.cues import closings
from parsers.answers.markers import Marker
from parsers.answers.numbering import Group, Joint, Numbering, OfWords, numbering_of
from parsers.answers.reading import Reading
from parsers.answers.rows import BULLET, Row
from parsers.answers.sentences import ASKING, Sentence, bucket, sentences_of
from parsers.answers.vocabulary import Vocabulary

MAX_BEFORE = 60
"""Words of its sentence before a clause that are looked at."""
_LATER_WORDS, _NEXT_WORDS = 12, 6
"""Of the sentence behind a clause, and of the clause behind it."""


@dataclass(slots=True)
class Described:
    """The numbers of the facts of each clause, for beginning, inside and end, and of those of each sentence.

    A clause's facts are its own and those of its sentence. A number may be 0, which is no fact.
    """

    begin: list[list[int]] = field(default_factory=list)
    inside: list[list[int]] = field(default_factory=list)
    end: list[list[int]] = field(default_factory=list)
    begin_of_sentence: list[list[int]] = field(default_factory=list)
    inside_of_sentence: list[list[int]] = field(default_factory=list)
    end_of_sentence: list[list[int]] = field(default_factory=list)
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
    done: int
    """How many words of its sentence stand before it."""
    cues: list[str]
    """The questions that those words point to."""
    pointed: list[str]
    """The question that each word of its own points to."""
    marker: Marker | None
    """The last one before it."""
    shared: tuple[Group, Group, Group]
    """Facts of use in all three places."""


def describe(reading: Reading, vocabulary: Vocabulary) -> Described:
    """Return the facts of every clause."""
    return _Describer(reading, numbering_of(vocabulary)).describe()


class _Describer:
    def __init__(self, reading: Reading, numbering: Numbering) -> None:
        self.rows, self.clauses, self.markers = reading.rows, reading.clauses, reading.markers
        self.cues_of_word = reading.cues.label_words.known
        self.out = Described()
        self.numbering = numbering
        self.begins, self.insides, self.ends, self.pairs = numbering.tables
        self.row_facts = _list_facts(self.rows)
        self.sentences = sentences_of(reading)
        self.named = sorted({question for marker in self.markers for question in marker.questions})
        self.marker_at = {marker.clause: marker for marker in self.markers}
        self.closing = next(
            (p for p, c in enumerate(self.clauses) if p > 2 and c.opens_row and closings().begins(c.words)),
            len(self.clauses),
        )
        self.rules = _rule_facts(reading)
        self.words = [numbering.words(sentence.words) if sentence.words else OfWords() for sentence in self.sentences]
        self.facts = [numbering.facts(sentence.facts) for sentence in self.sentences]
        self.places = [numbering.place(sentence.place) for sentence in self.sentences]
        self.by_marker: dict[tuple[int, str], Group] = {}

    def describe(self) -> Described:
        """Walk the sentences and the clauses."""
        self._describe_sentences()
        out = self.out
        for at in self._walk():
            out.sentence.append(at.number)
            out.sentence_facts.append(at.sentence.facts)
            out.inside.append(self._inside(at))
            out.begin.append(self._begin(at))
            out.end.append(self._end(at))
        return out

    def _walk(self) -> Iterator[_At]:
        marker: Marker | None = None
        of_word = self.cues_of_word
        for number, sentence in enumerate(self.sentences):
            done = 0
            cues: list[str] = []
            row = self.numbering.group(_row_facts(sentence.row))
            for place in sentence.clauses:
                clause = self.clauses[place]
                marker = self.marker_at.get(place, marker)
                if marker is not None and marker.part != sentence.row.part:
                    marker = None
                shared = (self._marker_group(clause, sentence.row, marker), self._position(place), row)
                pointed = [question for word in clause.words for question in of_word[word]]
                yield _At(place, clause, sentence, number, done, cues, pointed, marker, shared)
                done += len(clause.words)
                cues = sorted({*cues, *pointed}) if pointed else cues

    def _describe_sentences(self) -> None:
        """Number the facts of each sentence, and of those around it, once for all its clauses."""
        out, last = self.out, len(self.sentences) - 1
        for number, (facts, place) in enumerate(zip(self.facts, self.places, strict=True)):
            begin, inside = [*facts.begin, *place.begin], [*facts.inside, *place.inside]
            if number:
                begin += self.facts[number - 1].begin_after
                inside += self.facts[number - 1].inside_after
            if number < last:
                begin += self.facts[number + 1].begin_ahead
                inside += self.facts[number + 1].inside_ahead
            out.begin_of_sentence.append(begin)
            out.inside_of_sentence.append(inside)
            out.end_of_sentence.append([*facts.end])

    def _position(self, place: int) -> Group:
        group: Group = self.numbering.positions[max(0, self.closing - place), 6 * place // max(1, self.closing)]
        return group

    def _marker_group(self, clause: Clause, row: Row, marker: Marker | None) -> Group:
        """Number what the last marker says of a clause behind it."""
        if marker is None:
            key = -1, ""
        elif clause.end <= marker.end + 1:
            key = marker.clause, "on"
        else:
            at = self.rows[self.clauses[marker.clause].row]
            key = marker.clause, "same" if at is row else f"p{min(3, row.paragraph - at.paragraph)}"
        found = self.by_marker.get(key)
        if found is None:
            found = self.by_marker[key] = self.numbering.group(tuple(self._marker_facts(marker, key[1])))
        return found

    def _marker_facts(self, marker: Marker | None, relation: str) -> list[str]:
        facts = [f"named{question}" for question in self.named]
        if marker is None:
            return [*facts, "unmarked", *(f"elsewhere{question}" for question in self.named)]
        facts += [f"elsewhere{question}" for question in self.named if question not in marker.questions]
        asked = _asked(marker)
        return [*facts, f"marked{asked}{relation}", f"marked{asked}{relation}{marker.kind}"]

    def _inside(self, at: _At) -> list[int]:
        words, numbers, table, pair = at.clause.words, self.words[at.number], self.insides, self.pairs
        end = at.done + len(words)
        ids = [*numbers.inside[at.done : end], *numbers.inside_stem[at.done : end], *self.numbering.inside[len(words)]]
        ids += [pair[f"{one} {other}"] for one, other in pairwise(words)]
        for group in at.shared:
            ids += group.inside
        ids += [table[fact] for fact in self.rules[1].get(at.place, ())]
        ids += [table["before-cue" + question] for question in at.cues]
        ids += [table["cue" + question] for question in at.pointed]
        ids += [table[fact] for fact in self.row_facts[at.clause.row]]
        return ids

    def _begin(self, at: _At) -> list[int]:
        ids, numbers, since = self._opening(at), self.words[at.number], max(0, at.done - MAX_BEFORE)
        ids += numbers.before[since : at.done]
        ids += numbers.before_stem[since : at.done]
        for group in at.shared:
            ids += group.begin
        ids += [self.begins[fact] for fact in self.rules[0].get(at.place, ())]
        self._add_joint_before(ids, at, since)
        if at.number:
            ids.append(self.numbering.earlier_ends[self.sentences[at.number - 1].text[-1:]])
            if at.clause.opens_sentence:
                ids += self.words[at.number - 1].earlier
                ids += self.facts[at.number - 1].earlier
        return ids

    def _add_joint_before(self, ids: list[int], at: _At, since: int) -> None:
        """Add what stands at the joint before a clause, and how it begins."""
        table, numbering = self.begins, self.numbering
        clause, words, before = at.clause, at.clause.words, at.sentence.words[max(since, at.done - 3) : at.done]
        first = words[0] if words else clause.tokens[0]
        of_first, of_token, of_pair = numbering.firsts
        ids += (of_first[first], of_token[clause.tokens[0]], table[clause.before])
        ids += numbering.since[at.done - since]
        if len(words) > 1:
            ids.append(of_pair[f"{words[0]} {words[1]}"])
        for table_of, count in zip(numbering.lasts, (1, 2, 3), strict=True):
            if before and (count < 3 or len(before) == count):
                ids.append(table_of[" ".join(before[-count:])])
        for question in at.cues:
            ids += (table["before-cue" + question], table["before-cue" + question + clause.before])
        if first in ASKING:
            ids += (table["asks"], table["asks" + clause.before])
        ids += numbering.left["opens" if clause.opens_sentence else "within", len(at.sentence.words) - at.done + since]
        if at.marker is not None and 0 <= clause.start - at.marker.end <= 3:
            asked = _asked(at.marker)
            ids += (table["behind" + asked], table["behind" + asked + at.marker.kind])

    def _opening(self, at: _At) -> list[int]:
        """Number which sentence, row and paragraph a clause opens."""
        ids: list[int] = []
        clause, table, facts = at.clause, self.begins, self.facts[at.number]
        if clause.opens_sentence:
            ids.append(table["opens-sentence"])
            ids += self.places[at.number].opens
            ids += facts.opens
        if clause.opens_row:
            ids.append(table["opens-row"])
            if clause.row == 0 or self.rows[clause.row - 1].paragraph != at.sentence.row.paragraph:
                ids.append(table["opens-paragraph"])
        if clause.before == "COLON":
            ids += facts.colon
        if clause.before in ("LINE", "BULLET"):
            ids += [table[fact] for fact in self.row_facts[clause.row]]
        return ids

    def _end(self, at: _At) -> list[int]:
        following = self.clauses[at.place + 1] if at.place + 1 < len(self.clauses) else None
        closes = following is None or following.opens_sentence
        ids = [self.ends[fact] for fact in self.rules[2].get(at.place, ())]
        for group in at.shared:
            ids += group.end
        if at.clause.words:
            ids.append(self.numbering.thens[2][at.clause.words[-1]])
        if closes:
            ids += self.places[at.number].closes
        self._add_joint_behind(ids, at, following)
        if following is None:
            return ids
        if closes and at.number + 1 < len(self.sentences):
            ids += self.facts[at.number + 1].end_ahead
            ids += self.words[at.number + 1].later[:_LATER_WORDS]
        else:
            cut = following.sentence != at.clause.sentence  # a sentence that would not end
            number, start = (at.number + 1, 0) if cut else (at.number, at.done + len(at.clause.words))
            ids += self.words[number].next[start : start + min(len(following.words), _NEXT_WORDS)]
        return ids

    def _add_joint_behind(self, ids: list[int], at: _At, following: Clause | None) -> None:
        """Add what stands at the joint behind a clause."""
        sign = at.clause.tokens[-1]
        last = "w" if sign[0].isalnum() else sign
        if following is None:
            ids += self.numbering.joints[last, None]
            return
        row, below = at.sentence.row, self.rows[following.row]
        then, then_two, _ = self.numbering.thens
        ids += self.numbering.joints[last, _joint_between(row, below, following)]
        if below is not row:
            ids += [self.ends[fact] for fact in self.row_facts[at.clause.row]]
        ids.append(then[following.words[0] if following.words else following.tokens[0]])
        if len(following.words) > 1:
            ids.append(then_two[f"{following.words[0]} {following.words[1]}"])
        coming = self.marker_at.get(at.place + 1)
        if coming is not None:
            ids += [self.ends[fact] for fact in ("coming", "coming" + _asked(coming), "coming" + coming.kind)]


def _row_facts(row: Row) -> tuple[str, str]:
    return "paragraph" + bucket(row.paragraph), f"kind{row.kind.value}{min(row.level, 2)}{'q' if row.quoted else ''}"


def _joint_between(row: Row, below: Row, following: Clause) -> Joint:
    """Say what parts a clause from the next; what the sign at its end says comes beside it."""
    if below is row:
        return following.before, following.opens_sentence, False, "", ""
    bullets = f"{int(bool(BULLET.match(row.text)))}{int(bool(BULLET.match(below.text)))}"
    kind = below.kind.value if below.kind is not row.kind else ""
    return following.before, following.opens_sentence, below.paragraph != row.paragraph, bullets, kind


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
