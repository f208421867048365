"""An electronic business card (RFC 6350) into lines that read like a name block."""

import quopri
import re

_LABELS = {
    "FN": "Naam", "ORG": "Organisatie", "TITLE": "Functie", "ROLE": "Functie", "TEL": "Telefoon", "EMAIL": "E-mail",
    "ADR": "Adres", "URL": "Website", "NOTE": "Opmerking",
}  # fmt: skip
_LINE = re.compile(r"(?:[\w-]{1,30}\.)?([A-Za-z-]{1,20})((?:;[^:]{0,200})?):(.{0,2000})")
MAX_LINES = 100


def read_vcard(text: str) -> str:
    """Return the card's fields, one on a line, under Dutch labels; lines that are no fields are left out."""
    text = re.sub(r"\r?\n[ \t]|=\r?\n", "", text)
    lines = []
    for line in text.splitlines()[:MAX_LINES]:
        found = _LINE.fullmatch(line)
        if not found or not (label := _LABELS.get(found[1].upper())):
            continue
        value = found[3]
        if "QUOTED-PRINTABLE" in found[2].upper():
            value = quopri.decodestring(value.encode("latin-1", "replace")).decode("utf-8", "replace")
        value = ", ".join(part.strip() for part in re.split(r"(?<!\\);", value) if part.strip())
        value = re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], value)
        if label == "Telefoon" and re.search(r"cell|fax", found[2], re.I):
            label = "Fax" if re.search(r"fax", found[2], re.I) else "Mobiel"
        if value:
            lines.append(f"{label}: {value}")
    return "\n".join(lines)
