"""Rich Text Format into text: one pass over its control words, groups that hold no text left out."""

import codecs
import re

from parsers.canvas import CELL

MAX_RTF = 2_000_000
MAX_DEPTH = 1_000
MAX_TEXT = 400_000

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,9})? ?|\\'(?P<octet>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z'])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]{1,10000})",
    re.S,
)
_UNREAD = frozenset(
    "fonttbl colortbl stylesheet info generator pict object themedata colorschememapping latentstyles"  # noqa: SIM905
    " datastore filetbl listtable listoverridetable rsidtbl xmlnstbl revtbl fldinst pntext nonshppict shpinst".split()
)
_WORDS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": CELL, "nestcell": CELL, "nestrow": "\n",
    "tab": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
}  # fmt: skip
_SYMBOLS = {"~": " ", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}


def read_rtf(data: bytes) -> str:
    """Return the text of an RTF document; a broken one gives what could be read."""
    reader = _Reader()
    for token in _TOKEN.finditer(data[:MAX_RTF].decode("latin-1")):
        reader.read(token)
        if reader.length > MAX_TEXT:
            break
    text = "".join(reader.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"(?: \|)+ ?(?=\n|$)", "", text).strip()


class _Reader:
    """The state of a pass: whether this group is text, its code page, and how many substitutes follow a \\u."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.groups: list[tuple[bool, int]] = []
        self.unread, self.substitutes = False, 1
        self.opening = False
        self.skipping = 0
        self.codepage = "cp1252"

    def read(self, token: re.Match[str]) -> None:
        match token.lastgroup:
            case "brace":
                self._brace(token["brace"])
            case "word" | "number":
                self._word(token["word"], token["number"])
            case "octet":
                self._add(bytes.fromhex(token["octet"]).decode(self.codepage, "replace"), substitute=True)
            case "symbol" if token["symbol"] == "*" and self.opening:
                self.unread = True
            case "symbol":
                self._add(_SYMBOLS.get(token["symbol"], ""))
            case _:
                self._add(token["text"], substitute=True)

    def _brace(self, brace: str) -> None:
        self.skipping = 0
        self.opening = brace == "{"
        if self.opening and len(self.groups) < MAX_DEPTH:
            self.groups.append((self.unread, self.substitutes))
        elif not self.opening and self.groups:
            self.unread, self.substitutes = self.groups.pop()

    def _word(self, word: str, number: str | None) -> None:
        if self.opening and word in _UNREAD:
            self.unread = True
        self.opening = False
        match word:
            case "ansicpg" if number:
                self.codepage = _codepage(number)
            case "uc":
                self.substitutes = min(int(number or 1), 10)
            case "u" if number:
                self._add(chr(int(number) % 0x10000))
                self.skipping = self.substitutes
            case _ if word in _WORDS:
                self._add(_WORDS[word])

    def _add(self, text: str, *, substitute: bool = False) -> None:
        self.opening = False
        if substitute and self.skipping:
            self.skipping, text = max(self.skipping - len(text), 0), text[self.skipping :]
        elif not substitute:
            self.skipping = 0
        if text and not self.unread:
            self.pieces.append(text)
            self.length += len(text)


def _codepage(number: str) -> str:
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
