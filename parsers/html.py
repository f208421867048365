"""HTML into readable text: blocks on lines of their own, each table row one line, hidden text left out."""

import re
from dataclasses import dataclass, field

import lxml.etree
import lxml.html

MAX_HTML = 3_000_000
MAX_NODES = 200_000
CELL = " | "

_BLOCK = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4"
    " h5 h6 header hr html li main nav ol p pre section table tbody tfoot thead tr ul caption legend".split()
)
_SKIP = frozenset("head style script title meta link noscript template svg object iframe xml map audio video".split())
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt)?\s*(?:;|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The text of an HTML document, and where in it the document says that a quotation begins and ends."""

    text: str
    quotes: tuple[tuple[int, int], ...] = ()
    cut: bool = False


@dataclass(slots=True)
class _Canvas:
    pieces: list[str] = field(default_factory=list)
    at_start: bool = True
    blank: bool = False
    cells: list[int] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    pre: int = 0

    def line(self) -> None:
        if not self.at_start:
            self.pieces.append("\n")
            self.at_start = True

    def write(self, text: str | None) -> None:
        if not text:
            return
        text = text.replace("\xa0", " ") if self.pre else _SPACES.sub(" ", text)
        if self.at_start and not self.pre:
            text = text.lstrip(" ")
        elif text[:1] == " " and self.pieces and self.pieces[-1].endswith(" "):
            text = text[1:]
        if text:
            self.pieces.append(text)
            self.at_start = text.endswith("\n")


def html_to_text(html: str) -> Rendered:
    """Render HTML as text. Any text gives a result; what is too long or too deep is cut, and says so."""
    cut = len(html) > MAX_HTML
    try:
        tree = lxml.html.document_fromstring(html[:MAX_HTML].encode("utf-8", "replace"), parser=_parser())
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return Rendered(text=re.sub(r"<[^<>]*>", " ", html[:MAX_HTML]), cut=cut)
    canvas = _Canvas()
    for nodes, (event, element) in enumerate(_walk(tree)):
        if nodes > MAX_NODES:
            cut = True
            break
        if event == "start":
            _open(canvas, element)
        else:
            _close(canvas, element)
    text = "".join(canvas.pieces).replace("\xa0", " ")
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return Rendered(text=text.strip("\n "), cut=cut)


def _parser() -> lxml.html.HTMLParser:
    return lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)


def _walk(tree):
    walker = lxml.etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        if event == "start" and _is_hidden(element):
            walker.skip_subtree()
            element.set("_hidden", "")
            continue
        yield event, element


def _is_hidden(element) -> bool:
    if not isinstance(element.tag, str) or element.tag in _SKIP:
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style.lower()))


def _open(canvas: _Canvas, element) -> None:
    tag = element.tag
    if tag == "br":
        canvas.pieces.append("\n")
        canvas.at_start = True
        return
    if tag in ("td", "th"):
        if canvas.cells and canvas.cells[-1]:
            canvas.pieces.append(CELL)
        if canvas.cells:
            canvas.cells[-1] += 1
    elif tag == "tr":
        canvas.line()
        canvas.cells.append(0)
    elif tag in _BLOCK and not (canvas.cells and canvas.cells[-1]):
        canvas.line()
    if tag == "li":
        canvas.write("- ")
    canvas.write(element.text)


def _close(canvas: _Canvas, element) -> None:
    tag = element.tag
    if element.get("_hidden") is None:
        if tag == "tr" and canvas.cells:
            canvas.cells.pop()
            canvas.line()
        elif tag in _BLOCK:
            if canvas.cells and canvas.cells[-1]:
                canvas.write(" ")
            else:
                canvas.line()
                if tag in ("p", "ul", "ol", "table"):
                    canvas.pieces.append("\n")
    canvas.write(element.tail)
