"""Which language a mail is written in, by the words that only that language uses."""

import re
import tomllib
from functools import cache
from pathlib import Path

from parsers.blocks import BlockKind
from parsers.message import Message

KNOWLEDGE = Path(__file__).parent / "knowledge" / "kinds_languages.toml"
DEFAULT = "nl"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ENOUGH = 4000


def recognise_language(message: Message) -> str:
    """Return the language of the author's own words; of forwarded and attached words when there are none."""
    own = message.words(BlockKind.OWN)
    return language_of(own if own.strip() else message.words(BlockKind.FORWARDED, BlockKind.ATTACHMENT))


def language_of(text: str) -> str:
    """Return "nl", "en" or "fy" (West Frisian); a text without telling words is "nl"."""
    counts = dict.fromkeys((DEFAULT, *_telling().values()), 0)
    telling = _telling()
    for word in _WORD.findall(text[:_ENOUGH].lower().replace("’", "'")):
        if language := telling.get(word):
            counts[language] += 1
    return max(counts, key=lambda language: counts[language])


@cache
def _telling() -> dict[str, str]:
    """Each telling word with its language."""
    languages = tomllib.loads(KNOWLEDGE.read_text("utf-8"))
    return {word: language for language, words in languages.items() for word in words["words"]}
