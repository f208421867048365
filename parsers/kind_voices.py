"""A message's words by whose they are, cut into sentences with the wordings found in them: what kinds are told by."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from config.call import Call
from parsers.blocks import Block, BlockKind
from parsers.dutch import knowledge
from parsers.message import Message
from parsers.phrases import Phrases, Sentence, sentences_of

OWN_LIMIT, OTHER_LIMIT = 6000, 3000
"""Characters read of the author's own words and of everybody else's: a kind shows early, and time is bounded."""
IN_DOCUMENTS = frozenset({"signup", "signup_noun", "answer_cue", "present", "complete", "paperwork", "signup_other"})
IN_QUOTES = frozenset({"our_letter", "signup", "present"})
"""The families that count in documents, and in words that are answered to."""
GROUP = "_group"
"""Stands in a sentence for any of the call's names."""
_PLACEHOLDER = "xgroupx"
_PREFIXES = re.compile(r"^(?:\s{0,5}\w{1,14}\.?\s?:\s{0,5}){1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One voice in a message, cut into sentences."""

    text: str
    sentences: tuple[Sentence, ...]
    found: tuple[dict[str, list[int]], ...]
    """The families of phrases in each sentence, and where."""

    def families(self) -> set[str]:
        """Every family found anywhere in it."""
        return {family for found in self.found for family in found}

    def size(self) -> int:
        """How many words it has."""
        return sum(len(sentence.words) for sentence in self.sentences)

    def names_call(self) -> bool:
        """Whether one of the call's names stands in it."""
        return any(GROUP in sentence.words for sentence in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """A message's words by whose they are, as far as kinds need to know."""

    own: Region
    subject: Region
    """Without "Re:" and "Fwd:"."""
    forwarded: Region
    """Words that somebody else wrote and the author passes on for us to read; attached mails too."""
    attached: Region
    quoted: Region
    """Words answered to; words of ours that are forwarded, too."""
    signature: str


def voices_of(message: Message, call: Call) -> Voices:
    """Cut a message into voices."""
    texts: dict[str, list[str]] = {"own": [], "forwarded": [], "attached": [], "quoted": [], "signature": []}
    for block in message.blocks:
        texts.get(_voice(block, call), []).append(block.text)
    joined = {name: "\n".join(parts)[: OWN_LIMIT if name == "own" else OTHER_LIMIT] for name, parts in texts.items()}
    return Voices(
        own=region_of(joined["own"], call),
        subject=region_of(_PREFIXES.sub("", message.subject[:300]), call),
        forwarded=region_of(joined["forwarded"], call),
        attached=region_of(joined["attached"], call, IN_DOCUMENTS),
        quoted=region_of(joined["quoted"], call, IN_QUOTES),
        signature=joined["signature"],
    )


def our_domains(call: Call) -> frozenset[str]:
    """The domains that the call's own addresses live at, and those who run it."""
    return frozenset(address.partition("@")[2] for address in call.addresses if "@" in address) | {*call.staff_domains}


def is_ours(block: Block, call: Call) -> bool:
    """Whether a quoted or forwarded block was written by the people of the call."""
    author = block.author.address if block.author else ""
    return bool(author) and (author in call.addresses or author.partition("@")[2] in our_domains(call))


def _voice(block: Block, call: Call) -> str:
    match block.kind:
        case BlockKind.OWN:
            return "own"
        case BlockKind.QUOTED:
            return "quoted"
        case BlockKind.FORWARDED:
            return "quoted" if is_ours(block, call) else "forwarded"
        case BlockKind.ATTACHMENT:
            return "attached"
        case BlockKind.SIGNATURE:
            return "signature"
        case BlockKind.DISCLAIMER:
            return ""


def region_of(text: str, call: Call, families: frozenset[str] | None = None) -> Region:
    """Cut one voice's text into sentences and find the wordings in them: those of some families, or of all."""
    named = _names(call.names).sub(f" {_PLACEHOLDER} ", text) if text else ""
    sentences = tuple(_with_group(sentence) for sentence in sentences_of(named))
    find = _phrases(families).find
    return Region(text=text, sentences=sentences, found=tuple(find(sentence.words) for sentence in sentences))


def _with_group(sentence: Sentence) -> Sentence:
    if _PLACEHOLDER not in sentence.words:
        return sentence
    words = tuple(GROUP if word == _PLACEHOLDER else word for word in sentence.words)
    return Sentence(words=words, asks=sentence.asks)


@cache
def _phrases(families: frozenset[str] | None) -> Phrases:
    known = knowledge("kinds").items()
    return Phrases({family: table["phrases"] for family, table in known if families is None or family in families})


@lru_cache(maxsize=16)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    """The call's names as one pattern, the longest first."""
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"\b(?:{alternatives})\b" if names else r"(?!)", re.IGNORECASE)
