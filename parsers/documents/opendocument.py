"""The XML of an OpenDocument file (ISO/IEC 26300): paragraphs, tables, lists."""

import re

from parsers.documents.page import Page, bare

MAX_SPACES = 50


class OpenDocument(Page):
    """A content.xml or styles.xml; the latter holds what stands at the head and foot of each page."""

    _UNREAD = frozenset(
        {"tracked-changes", "annotation", "forms", "note-citation", "script", "font-face-decls", "meta"}
    )

    def __init__(self) -> None:
        super().__init__()
        self._unread = 0
        self._depth = 0
        self._numbered: set[str] = set()
        self._style = ""
        self._lists: list[tuple[bool, int]] = []

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        if self._unread or tag in self._UNREAD:
            self._unread += 1
            return
        match tag:
            case "p" | "h":
                self._depth += 1
            case "s":
                count = bare(attrib).get("c", "1")
                self.add(" " * (min(int(count), MAX_SPACES) if count.isdecimal() and len(count) < 9 else 1))
            case "tab":
                self.add("\t")
            case "line-break":
                self.add("\n")
            case "table-row":
                self.open_row()
            case "table-cell":
                self.open_cell()
            case _ if tag.startswith("list"):
                self._begin_list(tag, bare(attrib))

    def _begin_list(self, tag: str, value: dict[str, str]) -> None:
        match tag:
            case "list-style":
                self._style = value.get("name", "")
            case "list-level-style-number" if value.get("level") == "1":
                self._numbered.add(self._style)
            case "list":
                inherited = bool(self._lists) and self._lists[-1][0]
                self._lists.append((value["style-name"] in self._numbered if "style-name" in value else inherited, 0))
            case "list-item" if self._lists:
                numbered, count = self._lists[-1]
                self._lists[-1] = (numbered, count + 1)
                self.prefix = f"{count + 1}. " if numbered else "- "

    def end(self, tag: str) -> None:
        """Take an element's end."""
        if self._unread:
            self._unread -= 1
            return
        match tag:
            case "p" | "h":
                self._depth -= 1
                self.end_paragraph()
            case "table-cell":
                self.close_cell()
            case "table-row":
                self.close_row()
            case "list" if self._lists:
                self._lists.pop()

    def data(self, data: str) -> None:
        """Take text: only what stands in paragraphs is any."""
        if self._depth > 0 and not self._unread:
            self.add(re.sub(r"\s+", " ", data))
