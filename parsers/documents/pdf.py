"""The text of a PDF: its pages and the values of its form fields, within limits of pages, size and time."""

import io
import logging
import time
from collections.abc import Iterator
from typing import Any

MAX_PAGES = 60
MAX_STREAM = 2_000_000
"""Bytes that any stream of the file may unpack to."""
MAX_PAGE = 500_000
"""Bytes of drawing commands of one page: a page full of text has 50,000."""
MAX_SECONDS = 1.5
"""Of computing, for all pages together."""
MAX_FIELDS = 200
MAX_OBJECTS = 60_000
"""A file of 10,000 pages has half as many; pypdf looks for each when the table of contents is broken."""


class _TooLongError(Exception):
    """The pages took too long."""


def read_pdf(data: bytes) -> tuple[str, str]:
    """Return the text of a PDF, and what was cut ("" for nothing). Raises whatever pypdf raises on a broken file."""
    if data.count(b" obj") > MAX_OBJECTS:
        return "", "PDF too large to read"
    import pypdf  # noqa: PLC0415 - a quarter of a second, needed for few mails

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs every oddity of every file
    with pypdf.apply_configuration(
        maximum_declared_stream_length=len(data),
        array_based_stream_maximum_output_length=MAX_STREAM,
        lzw_maximum_output_length=MAX_STREAM,
        run_length_maximum_output_length=MAX_STREAM,
        zlib_maximum_output_length=MAX_STREAM,
        stream_parsing_work_maximum_count=MAX_PAGE,
    ):
        return _read(pypdf.PdfReader(io.BytesIO(data)))


def _read(document: Any) -> tuple[str, str]:
    if document.is_encrypted and not document.decrypt(""):
        return "", "attachment is encrypted"
    texts: list[str] = []
    cut = ""
    try:
        for text in _pages(document, time.thread_time() + MAX_SECONDS):
            texts.append(text or "")
            cut = cut if text is not None else "PDF page too large to read"
    except _TooLongError:
        cut = f"PDF cut after {len(texts)} pages"
    return "\n".join([*texts, *_filled_fields(document)]), cut


def _pages(document: Any, deadline: float) -> Iterator[str | None]:
    """Yield the text of each page, None for a page too large; raises _TooLongError when all take too long."""

    def watch(*_: object) -> None:
        if time.thread_time() > deadline:
            raise _TooLongError

    for number, page in enumerate(document.pages):
        watch()
        if number == MAX_PAGES:
            raise _TooLongError
        contents = page.get_contents()
        too_large = contents is not None and len(contents.get_data()) > MAX_PAGE
        yield None if too_large else page.extract_text(visitor_operand_before=watch)


def _filled_fields(document: Any) -> list[str]:
    """Return the filled fields of a form as "name: value" lines."""
    fields = document.get_form_text_fields() or {}
    return [f"{name}: {value}" for name, value in list(fields.items())[:MAX_FIELDS] if value]
