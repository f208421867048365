"""The text of a PDF: its pages and the values of its form fields, within limits of pages, size and time."""

import io
import logging
import time
from typing import Any

MAX_PAGES = 60
MAX_PAGE = 1_000_000
"""Bytes of drawing commands of one page; pypdf needs a second or two for so many."""
MAX_SECONDS = 2.0
"""For all pages of one document together; looked at between pages."""
MAX_FIELDS = 200


def read_pdf(data: bytes) -> tuple[str, str]:
    """Return the text of a PDF, and what was cut ("" for nothing). Raises whatever pypdf raises on a broken file."""
    import pypdf  # noqa: PLC0415 - a quarter of a second, needed for few mails

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs every oddity of every file
    document = pypdf.PdfReader(io.BytesIO(data))
    if document.is_encrypted and not document.decrypt(""):
        return "", "attachment is encrypted"
    deadline = time.monotonic() + MAX_SECONDS
    texts: list[str] = []
    cut = ""
    for number, page in enumerate(document.pages):
        if number == MAX_PAGES or time.monotonic() > deadline:
            cut = f"PDF cut after {number} pages"
            break
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > MAX_PAGE:
            cut = "PDF page too large to read"
            continue
        texts.append(page.extract_text())
    return "\n".join([*texts, *_filled_fields(document)]), cut


def _filled_fields(document: Any) -> list[str]:
    """Return the filled fields of a form as "name: value" lines."""
    fields = document.get_form_text_fields() or {}
    return [f"{name}: {value}" for name, value in list(fields.items())[:MAX_FIELDS] if value]
