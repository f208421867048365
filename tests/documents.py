"""Documents to attach, made as office programs make them."""

import io
import zipfile

import pypdf
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}


def archive(files: dict[str, str | bytes]) -> bytes:
    """Return a zip archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return buffer.getvalue()


def docx(body: str, **others: str) -> bytes:
    """Return a Word document with this body; `header1=` and the like are further files."""
    files = {"[Content_Types].xml": "<Types/>", "word/document.xml": word_xml("document", f"<w:body>{body}</w:body>")}
    for name, content in others.items():
        files[f"word/{name}.xml"] = word_xml("hdr", content)
    return archive(dict(files))


def word_xml(root: str, content: str) -> str:
    """Wrap content in a root element that declares the namespaces."""
    return f'<?xml version="1.0"?><w:{root} xmlns:w="{WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">{content}</w:{root}>'


def paragraph(text: str, properties: str = "") -> str:
    """Return a paragraph of a Word document."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(*paragraphs: str) -> str:
    """Return a table cell of a Word document."""
    return f"<w:tc>{''.join(map(paragraph, paragraphs))}</w:tc>"


def odt(content: str, styles: str = "") -> bytes:
    """Return an OpenDocument text with this body."""
    spaces = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("office", "text", "table", "style"))
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {spaces}>{styles}<office:body>{content}</office:body></office:document-content>",
        }
    )


def xlsx(rows: list[list[str]]) -> bytes:
    """Return a workbook of one sheet with these texts."""
    texts = [text for row in rows for text in row]
    number = iter(range(len(texts)))
    cells = "".join("<row>" + "".join(f'<c t="s"><v>{next(number)}</v></c>' for _ in row) + "</row>" for row in rows)
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return archive(
        {
            "xl/workbook.xml": "<workbook/>",
            "xl/sharedStrings.xml": f"<sst>{shared}</sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet>{cells}</worksheet>",
        }
    )


def pdf(*pages: str) -> bytes:
    """Return a PDF with a line of text on each page."""
    writer = pypdf.PdfWriter()
    for text in pages:
        page = writer.add_blank_page(600, 800)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        font = DictionaryObject({NameObject(key): NameObject(value) for key, value in _FONT.items()})
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
