"""HTML into readable text.

Blocks stand on lines of their own, each table row is one line with " | " between its cells, lists keep their bullets
and numbers, hidden text is left out, and it is remembered where the document itself marks quotations and signatures.

inscriptis, the library for this, was weighed: it lays cells out in columns, which mixes the lines of cells that have
several and needs a gigabyte for a table with one giant cell; it recurses; it forgets where a quotation ends; and it
takes twice the time. lxml (libxml2) does the parsing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lxml.etree

from parsers.canvas import Canvas, Mark

MAX_HTML = 1_500_000
MAX_EVENTS = 60_000
MAX_DEPTH = 2_000
"""libxml2 gives up at 2,048 elements inside each other."""
MAX_TAG = 10_000

RULE = "_" * 32

_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dir div dl dt fieldset figure footer form"  # noqa: SIM905
    " h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul"
    " caption figcaption".split()
)
_APART = frozenset({"p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
"""Blocks with an empty line around them, unless a style says otherwise."""
_TIGHT_INSIDE = frozenset({"li", "td", "th", "ul", "ol", "dl"})
_UNREAD = frozenset(
    "head style script title meta link noscript template svg object iframe xml map audio video option"  # noqa: SIM905
    " canvas applet datalist".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|!|$)", re.I)
_NO_MARGIN = re.compile(r"margin(?:-bottom)?\s*:\s*0", re.I)
_QUOTE_CLASSES = ("gmail_quote", "protonmail_quote", "yahoo_quoted", "moz-cite", "zmail_extra", "tutanota_quote")
_SIGNATURES = ("gmail_signature", "moz-signature", "applemailsignature", "ms-outlook-mobile-signature", "x_signature")
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([#\w][^;\"']{0,30})", re.I)
_COLOURS = frozenset({"red", "blue", "green", "orange", "purple", "magenta", "maroon", "teal", "navy", "darkred"})
_TAG = re.compile(r"<[^<>]*>")
_DATA_URI = re.compile(r"data:[^\"'<>\s]{200,}")
_QUOTED_BRACKETS = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the rendered text that the document itself marks: a quotation, a signature, coloured words."""

    mark: Mark
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The text of an HTML document."""

    text: str
    spans: tuple[Span, ...] = ()
    rows: int = 0
    """How many table rows have two cells or more."""
    cut: bool = False


def render(html: str) -> Rendered:
    """Render HTML as text. Any text gives a result; what is too long or too deep is cut, and `cut` says so."""
    cut = len(html) > MAX_HTML
    html = html[:MAX_HTML]
    if len(html) > MAX_TAG:
        html = _without_giants(html)
    try:
        tree = lxml.etree.fromstring(html.encode("utf-8", "replace"), parser=_PARSER)
    except (lxml.etree.LxmlError, ValueError):
        tree = None
    if tree is None:
        return Rendered(text=_TAG.sub(" ", html).strip(), cut=cut)
    canvas = Canvas()
    complete = _draw(tree, canvas)
    if not complete and not canvas.has_text():
        return Rendered(text=_TAG.sub(" ", html).strip(), cut=True)
    text, marks = canvas.finish()
    spans = tuple(Span(mark=mark, start=start, end=end) for mark, start, end in marks)
    return Rendered(text=text, spans=spans, rows=canvas.rows, cut=cut or not complete)


_PARSER = lxml.etree.HTMLParser(
    encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
)


def _without_giants(html: str) -> str:
    """Take out embedded images, and tags so long that libxml2, quadratic in attributes, would spend minutes on them."""
    html = _DATA_URI.sub("", html)
    pieces = html.split(">")
    if max(map(len, pieces)) > MAX_TAG or html.count("=") > len(html) // 20:
        html = _QUOTED_BRACKETS.sub(lambda found: re.sub("[<>]", "", found.group()), html)
        pieces = html.split(">")
    for number, piece in enumerate(pieces):
        tag = piece.find("<")
        if len(piece) - tag > MAX_TAG and tag >= 0:
            pieces[number] = piece[:tag] + "<span"
    return ">".join(pieces)


def _draw(tree: Any, canvas: Canvas) -> bool:
    """Draw the tree; False when it was too large or too deep."""
    depth = 0
    for count, (event, element) in enumerate(_walk(tree)):
        if event == "start":
            depth += 1
            _open(canvas, element)
        elif event == "end":
            depth -= 1
            _close(canvas, element)
        canvas.write(element.text if event == "start" else element.tail)
        if count > MAX_EVENTS or depth > MAX_DEPTH:
            return False
    return True


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    walker = lxml.etree.iterwalk(tree, events=("start", "end"))
    skipped = None
    for event, element in walker:
        if event == "start" and _is_unread(element):
            walker.skip_subtree()
            skipped = element
        elif element is skipped:
            yield "tail", element
        else:
            yield event, element


def _is_unread(element: Any) -> bool:
    if element.tag in _UNREAD:
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def _open(canvas: Canvas, element: Any) -> None:
    tag = element.tag
    if tag in _BLOCKS:
        canvas.end_line(blank=tag in _APART and not _is_tight(element))
        _open_block(canvas, element, tag)
    elif tag == "br":
        canvas.line_break()
    elif tag in {"td", "th"}:
        canvas.open_cell()
    elif tag == "a":
        canvas.open_link(element.get("href") or "")
    if mark := _mark_of(element, tag):
        canvas.begin(mark)


def _open_block(canvas: Canvas, element: Any, tag: str) -> None:
    match tag:
        case "tr":
            canvas.open_row()
        case "ul" | "dir" | "menu":
            canvas.open_list(None, "")
        case "ol":
            canvas.open_list(_number(element.get("start"), 1), element.get("type") or "1")
        case "li":
            canvas.bullet(_number(element.get("value"), 0))
        case "hr":
            canvas.write(RULE)
        case "pre":
            canvas.preformatted += 1


def _close(canvas: Canvas, element: Any) -> None:
    tag = element.tag
    if mark := _mark_of(element, tag):
        canvas.finish_mark(mark)
    match tag:
        case "td" | "th":
            canvas.close_cell()
        case "tr":
            canvas.close_row()
        case "ul" | "ol" | "dir" | "menu":
            canvas.close_list()
        case "pre":
            canvas.preformatted -= 1
        case "a":
            canvas.close_link()
    if tag in _BLOCKS:
        canvas.end_line(blank=tag in _APART and not _is_tight(element))


def _is_tight(element: Any) -> bool:
    """Tell whether a paragraph has no empty line after it, as in Word's HTML, or stands in a list item or a cell."""
    parent = element.getparent()
    if parent is not None and parent.tag in _TIGHT_INSIDE:
        return True
    if (element.get("class") or "").startswith(("Mso", "x_Mso")):
        return True
    style = element.get("style")
    return style is not None and _NO_MARGIN.search(style) is not None


def _mark_of(element: Any, tag: str) -> Mark | None:
    """Return what the document says of this element."""
    if tag == "blockquote":
        if element.get("type") == "cite" or _is_quote(element):
            return Mark.QUOTE
        return Mark.INDENT
    if tag in {"div", "p", "span", "font", "table", "section"}:
        names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
        if names != " ":
            if "gmail_quote" in names or "yahoo_quoted" in names:
                return Mark.REGION
            if names.strip() == "signature" or any(name in names for name in _SIGNATURES):
                return Mark.SIGNATURE
        if tag in {"span", "font", "p", "div"} and _is_coloured(element):
            return Mark.COLOUR
    return None


def _is_quote(element: Any) -> bool:
    names = (element.get("class") or "").lower()
    return bool(names) and any(name in names for name in _QUOTE_CLASSES)


def _is_coloured(element: Any) -> bool:
    """Tell whether an element sets a colour that is clearly none of black, grey and white."""
    found = _COLOUR.search(element.get("style") or "")
    colour = (found.group(1) if found else element.get("color") or "").strip().lower()
    if not colour:
        return False
    if colour in _COLOURS:
        return True
    parts = (
        re.findall(r"[0-9a-f]{2}", colour) if re.fullmatch(r"#[0-9a-f]{6}", colour) else re.findall(r"\d{1,3}", colour)
    )
    if len(parts) < 3:
        return False
    values = [int(part, 16 if colour[0] == "#" else 10) for part in parts[:3]]
    return max(values) - min(values) > 100


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else otherwise
