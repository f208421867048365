"""Bytes into text: by the charset that a mail names, and by what it really is when that is wrong."""

import codecs
import re
import unicodedata

# The WHATWG Encoding Standard reads these labels as windows-1252, for that is what programs that name them write.
_REALLY_WINDOWS_1252 = frozenset({"ascii", "iso8859-1", "cp1252"})
_NOT_ASCII_BASED = ("utf-16", "utf-32", "utf-7", "iso2022", "hz")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
# UTF-8 read as windows-1252: one of "ÂÃÅâð", then what the next octets look like in windows-1252.
_MOJIBAKE = re.compile(
    "[\u00c2\u00c3\u00c5\u00e2\u00f0][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2010-\u203a\u20ac\u2122]{1,3}"
)


def decode(data: bytes, charset: str | None) -> tuple[str, str]:
    """Return the text of these bytes, and what was wrong with their label ("" when nothing).

    Bytes beyond ASCII that are valid UTF-8 are UTF-8, whatever the label says; a label that fails or is unknown falls
    back on UTF-8 and then on windows-1252. Any bytes give a text.
    """
    codec = _codec(charset)
    wrong = f"unknown charset {charset[:40]}" if charset and codec is None else ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), wrong
    if codec and codec.startswith(_NOT_ASCII_BASED):
        return _decode_labelled(data, codec, wrong)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_labelled(data, codec, wrong)
    if codec not in {None, "utf-8", "utf-8-sig", "ascii"} and not data.isascii():
        wrong = f"utf-8 called {charset}"
    return text, wrong


def mend(text: str) -> str:
    """Undo UTF-8 that somebody read as windows-1252 ("coÃ¶rdinator"); other text comes back as it was."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    return _MOJIBAKE.sub(_mend_run, text)


def printable(text: str) -> str:
    """Take out control characters and lone surrogates; letters with loose accents become one character (NFC)."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    return _CONTROLS.sub("", text)


def _decode_labelled(data: bytes, codec: str | None, wrong: str) -> tuple[str, str]:
    if codec in {"utf-8", "utf-8-sig"}:
        text = data.decode("utf-8", "replace")
        # A text cut inside a character, or with a stray octet, is UTF-8 still when most of it beyond ASCII decodes.
        if text.count("\ufffd") * 2 <= len(_NOT_ASCII.findall(text)):
            return text, "broken utf-8"
    elif codec and codec not in _REALLY_WINDOWS_1252:
        try:
            text = data.decode(codec)
            text.encode("utf-8")
        except (UnicodeError, ValueError):
            wrong = wrong or f"not {codec}"
        else:
            return text, wrong
    if not wrong and codec not in {"cp1252", "iso8859-1"}:
        wrong = f"windows-1252 called {codec or 'nothing'}"
    return data.decode("cp1252", "_as_latin"), wrong


def _codec(charset: str | None) -> str | None:
    """Return Python's name of a charset; None for no label and for one that names no charset."""
    if not charset:
        return None
    try:
        info = codecs.lookup(charset.strip("\"' ")[:40])
    except (LookupError, ValueError):
        return None
    return (
        info.name
        if getattr(info, "_is_text_encoding", True) and info.name not in {"undefined", "idna", "punycode"}
        else None
    )


def _mend_run(match: re.Match[str]) -> str:
    run = match.group()
    octets = b"".join(map(_octet, run))
    for length in range(len(octets), 1, -1):
        try:
            char = octets[:length].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return char + run[length:] if len(char) == 1 and _likely(ord(char)) else run
    return run


def _likely(code: int) -> bool:
    """Tell whether Dutch mail holds a character: a letter of Latin script, punctuation, a currency, an emoji."""
    return 0xA0 <= code <= 0x17F or 0x2010 <= code <= 0x2044 or code in {0x20AC, 0x2122} or code >= 0x1F300


def _octet(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1", "replace")


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    """Let the five octets that windows-1252 does not define stand for themselves, as browsers do."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("_as_latin", _as_latin)
