"""A reply to our letter holds its writer's words and none of ours, whatever their mail program makes of the quotation."""

import pytest

from parsers.blocks import BlockKind
from parsers.message import parse_message
from replies.application_view import ApplicationView, Change, Happening, Noted
from replies.letter import Letter
from tests.replies.test_acknowledgement import VALUES, a_view, answer  # noqa: F401

PROSE = {
    "answer:1": "Wij werken al twee jaar samen met een school voor speciaal onderwijs. Wat is de volgende stap?",
    "answer:3": "1. bekostiging\n2. scholing van leerkrachten: wie betaalt dat?",
}


def a_long_view(**more) -> ApplicationView:
    view = a_view(**more)
    values = {
        name: Noted(value=PROSE.get(name, noted.value), unsure=noted.unsure) for name, noted in view.values.items()
    }
    return ApplicationView(
        reference=view.reference, happening=view.happening, values=values, missing=view.missing, changes=view.changes
    )


VIEWS = {
    "complete": a_long_view(),
    "incomplete": a_long_view(without=("phone", "answer:2"), unsure=("role", "answer:1")),
    "asking everything": a_long_view(
        without=("organisation", "sector", "role", "phone", "answer:1", "answer:2", "answer:3")
    ),
    "changed": a_long_view(
        happening=Happening.CHANGED, changes=(Change(field="answer:1", before="", after=PROSE["answer:1"]),)
    ),
    "withdrawn": a_long_view(happening=Happening.WITHDRAWN),
}
REPLIES = {
    "lines": "Telefoonnummer: 06-87654321\n2. Ik heb de volgende ontwikkelvraag: Hoe betrekken we ouders bij de overstap?",
    "thanks": "Bedankt!",
    "yes": "Ja, dat klopt.",
}
ON = "Op ma 2 mrt 2026 om 10:00 schreef Steunpunt Passend Onderwijs <steunpunt@vo-raad.nl>:"
HEADS = (
    ("Van", "Steunpunt Passend Onderwijs <steunpunt@vo-raad.nl>"), ("Verzonden", "maandag 2 maart 2026 10:00"),
    ("Aan", "Jan de Vries <j.devries@deklimop-assen.nl>"), ("Onderwerp", "Re: [OG-2026-0001] Aanmelding"),
)  # fmt: skip


def marked(text: str, letter: Letter) -> tuple[str, str]:
    quoted = "\n".join(f"> {line}".rstrip() for line in letter.text.splitlines())
    return "plain", f"{text}\n\n{ON}\n\n{quoted}\n"


def outlook_text(text: str, letter: Letter) -> tuple[str, str]:
    heads = "\n".join(f"{name}: {value}" for name, value in HEADS)
    return "plain", f"{text}\n\n________________________________\n{heads}\n\n{letter.text}"


def gmail(text: str, letter: Letter) -> tuple[str, str]:
    on = ON.replace("<", "&lt;").replace(">", "&gt;")
    body = text.replace("\n", "<br>")
    return (
        "html",
        f'<div dir="ltr">{body}</div><br><div class="gmail_quote"><div class="gmail_attr">{on}<br></div><blockquote class="gmail_quote">{_inner(letter)}</blockquote></div>',
    )


def outlook(text: str, letter: Letter) -> tuple[str, str]:
    heads = "".join(f"<b>{name}:</b> {value.replace('<', '&lt;')}<br>" for name, value in HEADS)
    body = text.replace("\n", "<br>")
    return (
        "html",
        f'<p>{body}</p><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg">{heads}</div><div>{_inner(letter)}</div>',
    )


def apple(text: str, letter: Letter) -> tuple[str, str]:
    on = "Op 2 mrt 2026, om 10:00 heeft Steunpunt Passend Onderwijs &lt;steunpunt@vo-raad.nl&gt; het volgende geschreven:"
    body = text.replace("\n", "<br>")
    return (
        "html",
        f'<div>{body}</div><div><br><blockquote type="cite"><div>{on}</div><br>{_inner(letter)}</blockquote></div>',
    )


def _inner(letter: Letter) -> str:
    return letter.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]


@pytest.mark.parametrize("program", [marked, outlook_text, gmail, outlook, apple])
@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_reply_is_read_without_the_letter_it_quotes(answer, program, reply, view, language):  # noqa: F811
    letter = answer(VIEWS[view], language=language)
    subtype, body = program(REPLIES[reply], letter)
    raw = (
        f"From: Jan de Vries <{VALUES['email']}>\r\nTo: steunpunt@vo-raad.nl\r\nSubject: {letter.subject}\r\n"
        f"In-Reply-To: <intake.1@vo-raad.nl>\r\nContent-Type: text/{subtype}; charset=utf-8\r\n\r\n{body}"
    )
    own = parse_message(raw.encode()).words(BlockKind.OWN)
    assert " ".join(own.split()) == " ".join(REPLIES[reply].split())
