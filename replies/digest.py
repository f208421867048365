"""The daily letter to the staff: what needs a person, what happened, how it stands, and all mail counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from config.call import Call
from replies.alarm import place_name
from replies.clean import one_line, unlink
from replies.digest_content import UNKNOWN, DigestContent, Overview
from replies.digest_sections import Writing, other_parts, urgent_parts
from replies.dutch_time import dutch_day, dutch_moment
from replies.letter import Letter
from replies.render import Templates, render, say, sentence

_LEVELS = ("po", "vo", "both", UNKNOWN)
_BAR_WIDTH = 30
"""Characters of the longest bar in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the overview: applications of one level, by region."""

    label: str
    cells: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A week's applications."""

    label: str
    count: int
    percent: int
    """Of the fullest week; at least 1 when there is any."""
    drawn: str
    """As characters, for the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The overview of one call as it is drawn."""

    title: str
    regions: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: Row
    complete: int
    incomplete: int
    bars: tuple[Bar, ...]


def compose_digest(
    content: DigestContent, calls: Mapping[str, Call], *, to: Sequence[str], templates: Templates
) -> Letter:
    """Write the digest; for an empty day a short letter that says so.

    Raises RenderError for an operator's template or wording that is wrong, ValueError when there is no call.
    """
    if not calls:
        raise ValueError("a digest needs a call")
    values = _values(content)
    sentences = say(templates, "digest", "nl", values)
    writing = _writing(templates, calls, sentences, values)
    counts = say(templates, "kinds", "nl", {})
    values |= {
        "say": sentences,
        "language": "nl",
        "summary": _summary(content, writing),
        "urgent": urgent_parts(content, writing),
        "parts": other_parts(content, writing),
        "glances": [_glance(overview, calls, templates) for overview in content.overviews],
        "counts": [(label, content.counts[name]) for name, label in counts.items() if content.counts.get(name)],
        "counted": sum(content.counts.values()),
        "empty": content.empty,
        "mailto": mailto,
        "with_number": writing.with_number,
    }
    rendered = render(templates, "digest", values)
    return Letter(to=tuple(to), subject=rendered.subject, text=rendered.text, html=rendered.html, answers=False)


def mailto(address: str, reference: str) -> str:
    """Return the link that writes to an applicant; the reference in its subject makes the answer recognisable."""
    return f"mailto:{quote(address, safe='@.+-_')}?subject={quote(f'[{reference}]', safe='')}"


def _values(content: DigestContent) -> dict[str, Any]:
    return {
        "day": dutch_day(content.day),
        "covered_from": dutch_moment(content.covered_from),
        "covered_to": dutch_moment(content.covered_to),
        "missed": " en ".join(dutch_day(day) for day in content.missed_days),
        "received": content.received,
        "incomplete_after_days": content.incomplete_after_days,
        "n": "",
    }


def _writing(
    templates: Templates, calls: Mapping[str, Call], sentences: Mapping[str, str], values: Mapping[str, Any]
) -> Writing:
    def commands(name: str, number: str | int, what: str = "") -> tuple[str, ...]:
        values = {"n": unlink(one_line(str(number), 60)), "what": unlink(one_line(what, 60))}
        return tuple(sentence(templates, f"commands.{name}", "nl", values).splitlines())

    def with_number(name: str, number: str | int) -> str:
        return sentence(templates, f"digest.{name}", "nl", {**values, "n": number})

    return Writing(
        calls=calls,
        say=sentences,
        commands=commands,
        place=partial(place_name, templates=templates),
        with_number=with_number,
        sectors=say(templates, "sectors", "nl", {}),
        kinds=say(templates, "kind", "nl", {}),
        reasons=say(templates, "reasons", "nl", {}),
        review=say(templates, "review", "nl", {}),
        regions=say(templates, "regions", "nl", {}),
        bounces=say(templates, "bounces", "nl", {}),
    )


def _summary(content: DigestContent, writing: Writing) -> str:
    """The day in one line: "2 nu te doen, 3 nieuw"."""
    numbers = {
        "summary_urgent": content.urgent,
        "summary_new": len(content.new) + content.more.get("new", 0),
        "summary_changed": len(content.changed) + content.more.get("changed", 0),
        "summary_withdrawn": len(content.withdrawn) + content.more.get("withdrawn", 0),
        "summary_people": len(content.for_people) + content.more.get("for_people", 0),
    }
    said = [writing.with_number(name, number) for name, number in numbers.items() if number]
    return ", ".join(said) or writing.say["summary_nothing"]


def _glance(overview: Overview, calls: Mapping[str, Call], templates: Templates) -> Glance:
    levels = say(templates, "levels", "nl", {})
    regions = say(templates, "regions", "nl", {})
    call = calls.get(overview.call)
    named = call.regions.values() if call else (region for _, region in overview.cells)
    shown = [*(region for region in dict.fromkeys(named) if region != UNKNOWN), UNKNOWN]
    rows = [_row(levels[level], level, shown, overview) for level in _LEVELS]
    sums = tuple(sum(row.cells[column] for row in rows) for column in range(len(shown)))
    return Glance(
        title=call.subject if call else overview.call,
        regions=tuple(regions.get(region, region) for region in shown),
        # PO and VO always stand there: an empty one is what the staff look for.
        rows=tuple(row for number, row in enumerate(rows) if row.total or number < 2),
        sums=Row(label="", cells=sums, total=overview.total),
        complete=overview.complete,
        incomplete=overview.incomplete,
        bars=_bars(overview),
    )


def _row(label: str, level: str, regions: Sequence[str], overview: Overview) -> Row:
    cells = tuple(overview.cells.get((level, region), 0) for region in regions)
    return Row(label=label, cells=cells, total=sum(cells))


def _bars(overview: Overview) -> tuple[Bar, ...]:
    most = max((count for _, count in overview.weeks), default=0)
    return tuple(
        Bar(
            label=dutch_day(monday).partition(" ")[2],
            count=count,
            percent=max(round(100 * count / most), 1) if count else 0,
            drawn="█" * (max(round(_BAR_WIDTH * count / most), 1) if count else 0),
        )
        for monday, count in overview.weeks
    )
