"""The XML of an Excel workbook (ECMA-376, part 1, section 18): each row of a sheet one line."""

from parsers.documents.page import Page, Target

MAX_DIGITS = 9


class Strings(Target):
    """The strings that the sheets share, by number."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._reading = False

    def start(self, tag: str, attrib: dict[str, str]) -> None:  # noqa: ARG002 - the interface has it
        """Take an element's begin."""
        self._reading = tag == "t"
        if tag == "si":
            self._pieces = []

    def end(self, tag: str) -> None:
        """Take an element's end."""
        self._reading = False
        if tag == "si":
            self.found.append("".join(self._pieces))

    def data(self, data: str) -> None:
        """Take text."""
        if self._reading:
            self._pieces.append(data)


class Sheet(Page):
    """A sheet. Values stand as they are stored, so a date is a number."""

    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self._strings = strings
        self._type = ""
        self._reading = False

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        if tag == "row":
            self.open_row()
        elif tag == "c":
            self.open_cell()
            self._type = attrib.get("t", "")
        self._reading = tag in {"v", "t"}

    def end(self, tag: str) -> None:
        """Take an element's end."""
        self._reading = False
        if tag == "c":
            value = "".join(self.pieces)
            if self._type == "s" and value.isdecimal() and len(value) <= MAX_DIGITS and int(value) < len(self._strings):
                self.pieces[:] = [self._strings[int(value)]]
            self.close_cell()
        elif tag == "row":
            self.close_row()

    def data(self, data: str) -> None:
        """Take text."""
        if self._reading:
            self.add(data)
