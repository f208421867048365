"""Words out of mail, made harmless for a letter: no control characters, no links, no endless length."""

import re
import unicodedata

LINE_LIMIT = 200
TEXT_LIMIT = 4000
_JOINER = "\u200c"
"""Zero-width non-joiner: nobody sees it, and a mail program that makes links out of plain text stops at it."""

# Characters without a glyph of their own: they hide text, turn it around or fill a page (Unicode: default ignorable,
# bidirectional controls, blank fillers). Joiners and variation selectors go too: no Dutch or English word needs them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
)
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_STACKED = 3
"""How many combining marks may stand on one letter; more is a picture drawn over the lines around it."""


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return the text as one visible line of at most `limit` characters, "…" where it was cut; never raises."""
    return _shorten(" ".join(paragraphs(text, limit * 4)), limit)


def paragraphs(text: str, limit: int = TEXT_LIMIT) -> tuple[str, ...]:
    """Return the text's visible lines, each tidied, no empty ones, together at most `limit` characters."""
    kept: list[str] = []
    left = limit
    for line in _visible(text[: limit * 4]).split("\n"):
        tidy = _SPACES.sub(" ", line).strip()
        if not tidy:
            continue
        kept.append(_shorten(tidy, left))
        left -= len(tidy)
        if left <= 0:
            break
    return tuple(kept)


def unlink(text: str) -> str:
    """Break everything that mail programs turn into links by themselves: addresses of sites, mailboxes, schemes.

    The text looks as before. Numbers, dates and the ends of sentences are untouched.
    """
    text = re.sub(r"://", f":{_JOINER}//", text)
    text = re.sub(r"(?<=\w)[.。．｡](?=\w)(?!\d)", lambda dot: dot[0] + _JOINER, text)
    return re.sub(r"(?<=\S)@(?=\S)|(?<=\w):(?=\w)(?!\d)", lambda sign: sign[0] + _JOINER, text)


def encodable(text: str) -> str:
    """Return the text without lone surrogates, which no mail can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _visible(text: str) -> str:
    """Line breaks of every sort as \\n; characters that show nothing, or change what others show, taken out."""
    text = _BREAKS.sub("\n", unicodedata.normalize("NFC", encodable(text)))
    text = _INVISIBLE.sub("", text).replace("\t", " ")
    kept: list[str] = []
    stacked = 0
    for character in text:
        category = unicodedata.category(character)
        stacked = stacked + 1 if category in {"Mn", "Me"} else 0
        if stacked > _STACKED or (category in {"Cc", "Cf", "Co", "Cn"} and character != "\n"):
            continue
        kept.append(character)
    return "".join(kept)


def _shorten(text: str, limit: int) -> str:
    """Cut at a word's end when one is near, and say so with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: max(limit - 1, 0)]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit * 3 // 4 else cut).rstrip() + "…"
