"""What in a message tells its kind: named signals with a strength, the same for training and for reading."""

import re
from collections.abc import Iterator
from math import log1p

from config.call import Call
from parsers.automatic import Source, markers, takes_no_mail
from parsers.blocks import Block, BlockKind
from parsers.kind_voices import Region, Voices, is_ours, our_domains
from parsers.message import Message
from parsers.phrases import Sentence

OPENING = 4
"""Sentences that make the opening of a mail."""
_REPLY = re.compile(r"^\s*(?:\[[^\]]{1,20}\]\s*){0,3}(?:re|antw|aw|betr|sv)\s*(?:\[\d{1,3}\])?\s*:", re.IGNORECASE)
_FORWARD = re.compile(r"^\s*(?:(?:re|antw)\s*:\s*){0,3}(?:fwd?|doorst|dr|wg|tr|doorgestuurd)\b\.?\s*:", re.IGNORECASE)
_LABEL = re.compile(
    r"^[ \t>*•|–-]{0,6}(naam|contactpersoon|organisatie|school|schoolnaam|instelling|sector|functie|rol|e-?mail|mail"
    r"|tel|telefoon|mobiel|plaats|werkzaam|bereikbaar|wie|waar|organisation|name|position|phone|namme|skoalle|funksje)"
    r"[a-z-]{0,12}\.?[^\n:=]{0,28}[:=]"
    r"|^[ \t>*•|–-]{0,6}(?:naam|sector|functie|organisatie|telefoon|e-?mail\w{0,6})[ \t]{1,20}\w",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = re.compile(
    r"^[ \t>*•–-]{0,6}(?:(?:vraag|vr|ad|antwoord|punt|q|question|nr)\.?[ \t]?)?([1-3a-c])(?:[ \t]?[.):/=,-]|[ \t])",
    re.IGNORECASE | re.MULTILINE,
)
_PHONE = re.compile(r"(?<!\d)(?:\+|00)?\d(?:[\s().–-]{0,3}\d){8,11}(?!\d)")
_MONEY = re.compile(r"€|\beuro?\b|\bbtw\b|\d\s?%", re.IGNORECASE)
_ODD_DOMAIN = re.compile(r"\.(?:top|xyz|ru|biz|info|support|online|site|club|click|cn|tk|win|loan)$", re.IGNORECASE)
_ACTS = (
    "signup", "signup_loose", "signup_noun", "withdraw",
)  # fmt: skip
_CHANGES = frozenset({"undecided", "negation", "earlier_signup", "signup_other", "withdraw"})
_COUNTED = ("absence", "bounce", "bulletin", "receipt", "lure", "vendor")


def signals_of(message: Message, call: Call, voices: Voices) -> dict[str, float]:
    """Every signal of a message that is not zero."""
    found = (
        *_own(voices.own),
        *_subject(voices.subject),
        *_elsewhere(voices),
        *_form(message, call, voices),
        *_threading(message, call),
        *_sender(message, call),
    )
    return {name: value for name, value in found if value}


def _own(own: Region) -> Iterator[tuple[str, float]]:
    """The author's own sentences: which families, how often, and in what company."""
    totals: dict[str, int] = {}
    for found in own.found:
        for family in found:
            totals[family] = totals.get(family, 0) + 1
    yield from ((f"own.{family}", log1p(count)) for family, count in totals.items())
    yield from ((f"opening.{family}", 1.0) for found in own.found[:OPENING] for family in found)
    for sentence, found in zip(own.sentences, own.found, strict=True):
        yield from ((f"said.{name}", 1.0) for name in _company(sentence, found))
    yield from ((f"distinct.{family}", float(_distinct(own, family))) for family in _COUNTED if family in totals)
    questions = sum(sentence.asks for sentence in own.sentences)
    yield "own.questions", log1p(questions)
    yield "own.question share", questions / max(1, len(own.sentences))


def _distinct(own: Region, family: str) -> int:
    """How many different words the phrases of a family begin with."""
    pairs = zip(own.sentences, own.found, strict=True)
    return len({sentence.words[position] for sentence, found in pairs for position in found.get(family, ())})


def _company(sentence: Sentence, found: dict[str, list[int]]) -> Iterator[str]:
    """A wording with what changes its meaning in the same sentence."""
    for family in _ACTS:
        if family not in found:
            continue
        company = set(_CHANGES & found.keys()) - {family}
        if "negation" in company and not _near(found[family], found["negation"]):
            company.remove("negation")
        yield from (f"{family} {by}" for by in company)
        if sentence.asks:
            yield f"{family} asked"
        elif not company:
            yield f"{family} plain"
    if sentence.asks:
        yield from (f"{family} asked" for family in ("ask_law", "you") if family in found)
        if "ask_logistics" in found or "signup_noun" in found:
            yield "logistics asked"


def _near(positions: list[int], others: list[int]) -> bool:
    return any(-4 <= other - position <= 7 for position in positions for other in others)


def _subject(subject: Region) -> Iterator[tuple[str, float]]:
    yield from ((f"subject.{family}", 1.0) for family in subject.families())
    if any(sentence.asks for sentence in subject.sentences):
        yield "subject.asks", 1.0


def _elsewhere(voices: Voices) -> Iterator[tuple[str, float]]:
    """The families in what is forwarded, attached and quoted."""
    yield from ((f"forwarded.{family}", 1.0) for family in voices.forwarded.families())
    yield from ((f"attached.{family}", 1.0) for family in voices.attached.families())
    yield from ((f"quoted.{family}", 1.0) for family in voices.quoted.families())
    for name, region in (("forwarded", voices.forwarded), ("attached", voices.attached), ("quoted", voices.quoted)):
        yield f"{name}.words", log1p(region.size()) / 5


def _form(message: Message, call: Call, voices: Voices) -> Iterator[tuple[str, float]]:
    """The shape of the mail: length, labels, numbered answers, the call's cues, data."""
    size = voices.own.size()
    yield "own.words", log1p(size) / 5
    yield "own.short", float(size < 14)
    yield "own.empty", float(size < 3)
    for name, text in (
        ("own", voices.own.text),
        ("forwarded", voices.forwarded.text),
        ("attached", voices.attached.text),
    ):
        if not text:
            continue
        lower = text.lower()
        yield f"{name}.labels", log1p(len({match.group()[:6].lower() for match in _LABEL.finditer(text)}))
        yield f"{name}.numbered", len({match.group(1).lower() for match in _NUMBERED.finditer(text)}) / 3
        yield f"{name}.cues", sum(any(cue in lower for cue in question.cues) for question in call.questions) / 3
        yield f"{name}.phone", float(bool(_PHONE.search(text)))
        yield f"{name}.mail", float("@" in text)
    singles = {word for sentence in voices.own.sentences for word in sentence.words if word in {"1", "2", "3"}}
    yield "own.sequence", len(singles) / 3 if len(singles) > 1 else 0.0
    yield "own.published", _published(voices.own.text, call)
    yield "quoted.published", _published(voices.quoted.text, call)
    yield "signature.phone", float(bool(_PHONE.search(voices.signature)))
    yield "signature.any", float(bool(voices.signature.strip()))
    yield "own.money", log1p(len(_MONEY.findall(voices.own.text)))
    yield "own.named", float(voices.own.names_call())
    yield "subject.named", float(voices.subject.names_call())
    yield "about", _about(voices, call)
    yield "unread", float(bool(message.unread))


def _about(voices: Voices, call: Call) -> float:
    """Whether the mail speaks of the call anywhere: by a name, by a question's topic, or of "the group" at least."""
    regions = (voices.own, voices.subject, voices.forwarded, voices.attached, voices.quoted)
    if any(region.names_call() for region in regions):
        return 1.0
    text = " ".join(region.text for region in regions).lower()
    if any(question.topic.lower() in text for question in call.questions if " " not in question.topic):
        return 0.7
    return 0.3 if "groep" in text or "group" in text else 0.0


def _published(text: str, call: Call) -> float:
    """How many of the call's questions stand in a text as published."""
    lower = " ".join(text.lower().split())
    return sum(question.text.lower() in lower for question in call.questions) / max(1, len(call.questions))


def _threading(message: Message, call: Call) -> Iterator[tuple[str, float]]:
    """What the mail answers or passes on, and whose words those are."""
    yield "reply", float(bool(_REPLY.match(message.subject[:200])))
    yield "forward", float(bool(_FORWARD.match(message.subject[:200])))
    reference = re.search(rf"\b{re.escape(call.reference_prefix)}[\s-]?\d", message.subject[:300], re.IGNORECASE)
    yield "reference", float(bool(reference))
    yield "thread", float(bool(message.in_reply_to))
    domains = our_domains(call)
    yield "thread.ours", float(any(id_.strip("<>").partition("@")[2] in domains for id_ in message.in_reply_to))
    for block in message.blocks:
        if block.kind in {BlockKind.QUOTED, BlockKind.FORWARDED} and block.author and block.author.address:
            yield f"{block.kind}.{_whose(block, message, call)}", 1.0


def _whose(block: Block, message: Message, call: Call) -> str:
    if is_ours(block, call):
        return "ours"
    return "self" if block.author and block.author.address == message.from_.address else "other"


def _sender(message: Message, call: Call) -> Iterator[tuple[str, float]]:
    """Who sends it, and the marks of machines."""
    domain = message.from_.address.partition("@")[2]
    yield "sender.ours", float(domain in our_domains(call))
    yield "sender.odd", float(bool(_ODD_DOMAIN.search(domain)))
    yield "sender.mute", float(takes_no_mail(message))
    yield (
        "reply-to.elsewhere",
        float(any(box.address.partition("@")[2] not in {domain, ""} for box in message.reply_to)),
    )
    authentication = (message.header("Authentication-Results") or "").lower()
    yield "dmarc.fail", float("dmarc=fail" in authentication or "spf=fail" in authentication)
    yield from ((f"machine.{marker.source}", 1.0) for marker in markers(message) if marker.source is not Source.PLEA)
