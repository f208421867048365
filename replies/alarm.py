"""The letters to the operators: something stands still, and it is over."""

from collections.abc import Sequence
from datetime import datetime

from replies.clean import one_line, unlink
from replies.digest_content import LatePlace
from replies.dutch_time import dutch_moment
from replies.letter import Letter
from replies.render import Templates, render, say, sentence


def alarm(late: Sequence[LatePlace], *, to: Sequence[str], templates: Templates) -> Letter:
    """Tell that these had no good round for too long: since when, what they said last, what to do."""
    return _letter("late", late, None, to=to, templates=templates)


def recovery(well: Sequence[LatePlace], now: datetime, *, to: Sequence[str], templates: Templates) -> Letter:
    """Tell that these work again; `since` is when they had stopped."""
    return _letter("over", well, now, to=to, templates=templates)


def _letter(
    what: str, places: Sequence[LatePlace], until: datetime | None, *, to: Sequence[str], templates: Templates
) -> Letter:
    if not places:
        raise ValueError("an alarm needs something to tell of")
    names = [place_name(place.name, templates) for place in places]
    values = {
        "what": what,
        "language": "nl",
        "names": ", ".join(names),
        "until": dutch_moment(until) if until else "",
        "say": {},
        "places": [
            {"name": name, "since": dutch_moment(place.since), "error": unlink(one_line(place.error))}
            for name, place in zip(names, places, strict=True)
        ],
    }
    values["say"] = say(templates, "alarm", "nl", values)
    rendered = render(templates, "alarm", values)
    return Letter(to=tuple(to), subject=rendered.subject, text=rendered.text, html=rendered.html, answers=False)


def place_name(name: str, templates: Templates) -> str:
    """Return how people call what a heartbeat is named after: "mailbox:main" is "Postbus main"."""
    sort, _, rest = name.partition(":")
    known = say(templates, "places", "nl", {"n": ""})
    if sort in known:
        name = sentence(templates, f"places.{sort}", "nl", {"n": rest})
    return unlink(one_line(name, 60))
