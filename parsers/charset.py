"""Bytes into text: the charset that a mail names, and what it really is when that is wrong."""

import codecs
import re

# WHATWG's Encoding Standard reads these labels as windows-1252: that is what mail programs that name them really write
# (curly quotes and the euro sign are C1 control characters otherwise).
_REALLY_WINDOWS_1252 = frozenset({"ascii", "iso8859-1", "latin-1", "cp1252"})
_MOJIBAKE = re.compile("[\u00c2-\u00c5\u00e2][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2010-\u203a\u20ac\u2122]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def decode(data: bytes, charset: str | None) -> tuple[str, str]:
    """Return the text of these bytes, and what was wrong ("" when nothing).

    UTF-8 that decodes strictly and holds a character beyond ASCII is UTF-8 whatever the label says; a label that fails or
    is unknown falls back on UTF-8, then on windows-1252, which never fails here. Any bytes give a text.
    """
    codec = _codec(charset)
    wrong = f"unknown charset {charset[:40]}" if charset and codec is None else ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), wrong
    if data.isascii() and codec not in ("utf-7", "iso2022_jp", "utf-16", "utf-32", "hz"):
        return data.decode("ascii"), wrong
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_other(data, codec, charset, wrong)
    if codec not in (None, "utf-8", "utf-8-sig"):
        wrong = wrong or f"utf-8 called {charset}"
    return text, wrong


def mend(text: str) -> str:
    """Undo UTF-8 that was read as windows-1252 somewhere on the way ("coÃ¶rdinator"); other text comes back as it is."""
    if not _MOJIBAKE.search(text):
        return text
    return _MOJIBAKE_RUN.sub(_mend_run, text)


def printable(text: str) -> str:
    """Take out control characters and lone surrogates, which no text to be read holds."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return _NOT_TEXT.sub("", text)


_MOJIBAKE_RUN = re.compile("[\u00c2-\u00f4][\u0080-\u00ff\u0152-\u0192\u02c6\u02dc\u2010-\u203a\u20ac\u2122]{1,3}")


def _mend_run(match: re.Match[str]) -> str:
    run = match.group()
    for length in range(len(run), 1, -1):
        try:
            octets = b"".join(_octet(char) for char in run[:length])
            return octets.decode("utf-8") + run[length:]
        except UnicodeError:
            continue
    return run


def _octet(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")


def _decode_other(data: bytes, codec: str | None, charset: str | None, wrong: str) -> tuple[str, str]:
    if codec and codec not in _REALLY_WINDOWS_1252 and codec not in ("utf-8", "utf-8-sig"):
        try:
            return data.decode(codec), wrong
        except (UnicodeError, ValueError):
            wrong = f"not {charset}"
    if codec in ("utf-8", "utf-8-sig"):
        text = data.decode("utf-8", "replace")
        # A text cut in the middle of a character, or with one stray byte, is UTF-8 still.
        if text.count("\ufffd") * 20 < sum(map(len, re.findall("[^\x00-\x7f]+", text))):
            return text, "broken utf-8"
    if not wrong and codec != "cp1252":
        wrong = f"windows-1252 called {charset or 'nothing'}"
    return data.decode("cp1252", "_intake_latin"), wrong


def _codec(charset: str | None) -> str | None:
    """Return Python's name of a text charset; None for nothing and for what is none."""
    if not charset:
        return None
    try:
        info = codecs.lookup(charset.strip("\"' ")[:40])
    except (LookupError, ValueError, UnicodeError):
        return None
    return info.name if info._is_text_encoding else None


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    """Let the five octets that windows-1252 leaves undefined stand for themselves, as browsers do."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("_intake_latin", _as_latin)
