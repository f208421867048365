"""What holds for any bytes whatever."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.blocks import Block, Part
from parsers.headers import date_of, decoded, mailboxes
from parsers.html import render
from parsers.message import Message, parse_message
from parsers.owners import Setting
from parsers.quotes import blocks_of

CORPUS = Path(__file__).parents[1] / "corpus" / "learn"
LINES = [
    "", " ", ">", "> ", ">> woord", "> woord", "|", "| woord", "woord", "Wij doen graag mee omdat wij dat willen.", "Groet,", "Mvg", "-- ",
    "Jan de Vries", "06-12345678", "Van: Jan <j@x.nl>", "Verzonden: 1 januari 2019 10:00", "Aan: Piet", "Onderwerp: opgave", "Van:",
    "Op 1 jan. 2019 om 10:00 schreef Jan <j@x.nl>:", "Op 1 jan. 2019 schreef Jan <", "j@x.nl>:", "Begin doorgestuurd bericht:", "_" * 32,
    "-----Oorspronkelijk bericht-----", "---------- Forwarded message ---------", "1. Ik doe mee, omdat…", "2. Vraag:…", "Wat dan?",
    "Functie: niet gevonden --> directeur", "Verstuurd vanaf mijn iPhone", "[EXTERN]", "U ontvangt deze nieuwsbrief", "P.S. nog iets", "é\U0001f600",
    "De informatie in dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde.",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(LINES), max_size=25).map("\n".join),
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=25).map("\n".join),
)


@cache
def corpus() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(CORPUS.glob("*.eml")))


def assert_sound(message: Message) -> None:
    """The body comes first, and the blocks of each part cover it in order, without a gap."""
    assert message.parts[0].name == "body"
    assert len({part.name for part in message.parts}) == len(message.parts)
    for part in message.parts:
        assert_covered(part, [block for block in message.blocks if block.part == part.name])
        part.text.encode("utf-8")
    for name, value in message.headers:
        (name + value).encode("utf-8")
        assert "\n" not in value


def assert_covered(part: Part, found: Sequence[Block]) -> None:
    position = 0
    for block in found:
        assert block.start == position
        assert block.end > block.start
        assert block.text == part.text[block.start : block.end]
        position = block.end
    assert position == len(part.text)


@given(texts, st.booleans(), st.booleans())
def test_blocks_cover_any_text_in_order_and_without_a_gap(text, is_forward, is_reply):
    part = Part(name="body", text=text)
    assert_covered(part, blocks_of(part, Setting(is_forward=is_forward, is_reply=is_reply, ours=frozenset({"j@x.nl"}))))


@given(st.binary(max_size=3000))
def test_any_bytes_give_a_sound_message(raw):
    assert_sound(parse_message(raw))


@given(
    texts,
    st.sampled_from(["utf-8", "windows-1252", "utf-16", "us-ascii", "x-foo", "utf-7"]),
    st.sampled_from(["plain", "html", "rtf", "enriched"]),
)
def test_any_text_under_any_label_gives_a_sound_message(text, charset, subtype):
    head = f"From: Jan <j@x.nl>\r\nSubject: Fw: {text[:40]!r}\r\nContent-Type: text/{subtype}; charset={charset}; format=flowed\r\n\r\n"
    assert_sound(parse_message(head.encode("ascii", "replace") + text.encode("utf-8", "surrogatepass")))


@settings(max_examples=150)
@given(st.randoms(use_true_random=False))
def test_real_mail_with_anything_broken_in_it_gives_a_sound_message(rng: random.Random):
    raw = bytearray(rng.choice(corpus()))
    for _ in range(rng.randint(1, 12)):
        start = rng.randrange(len(raw))
        end = min(len(raw), start + rng.choice([1, 2, 10, 300]))
        match rng.randrange(5):
            case 0:
                del raw[start:end]
            case 1:
                raw[start:end] = rng.randbytes(end - start)
            case 2:
                raw[start:start] = raw[start:end] * rng.randint(1, 5)
            case 3:
                raw[start:start] = rng.choice(
                    [
                        b"\r\n\r\n",
                        b"\r",
                        b"\0",
                        b'"',
                        b"--",
                        b"Content-Type: multipart/mixed\r\n",
                        b"<blockquote>",
                        b"=?utf-8?q?",
                    ]
                )
            case _:
                raw[start:end] = b""
        raw = raw or bytearray(b"x")
    assert_sound(parse_message(bytes(raw)))


def test_every_mail_of_the_corpus_gives_a_sound_message_and_no_attachment_unread():
    assert corpus()
    for raw in corpus():
        message = parse_message(raw)
        assert_sound(message)
        assert not message.truncated
        assert all(name.endswith((".png", ".jpg", ".gif")) for name in message.unread)


@given(st.text())
def test_any_text_is_read_as_a_header(text):
    assert "\n" not in decoded(text)
    mailboxes(text)
    date_of(text)


@given(st.lists(st.sampled_from(["<p>", "</p>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<li>", "<ol>", "</ol>", "<br>", "<pre>", "</pre>", "<blockquote type=cite>", "</blockquote>", "<div class=gmail_quote>", "</div>", "<a href=mailto:x@y.nl>", "</a>", "woord", "&nbsp;", " ", "\ue000", "<font color=red>", "<"]), max_size=40).map("".join))  # fmt: skip
def test_any_html_renders_with_its_marks_within_the_text(html):
    rendered = render(html)
    for span in rendered.spans:
        assert 0 <= span.start <= span.end <= len(rendered.text)
