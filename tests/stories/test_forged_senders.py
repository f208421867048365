"""Who writes another's name into From, or was only signed up along, gets nothing done in their place."""

import pytest

from models.application import ApplicationStatus
from tests.stories.conversation import SERVER, Conversation, gmail_reply, subject_for_reply, write
from tests.stories.test_conversations import COMPLETE, HANNA, apply

HANNAS = "h.wiersum@obsdelantaarn.nl"
TAKEN_BACK = "Ik trek mijn aanmelding voor de ontwikkelgroep in.\n\nHanna Wiersum"


def as_checked_for(domain: str) -> list[tuple[str, str]]:
    """The header in which the server says that it found the sender to be of that domain."""
    return [("Authentication-Results", f"{SERVER}; dmarc=pass header.from={domain}")]


@pytest.mark.parametrize("sender", [f"Hanna <{HANNAS}>, Evil <evil@evil.example>", f"groep: Hanna <{HANNAS}>;"])
def test_a_from_with_more_than_one_mailbox_withdraws_nothing_and_is_not_answered(talk: Conversation, sender: str):
    apply(talk)
    forged = write(HANNA, "Intrekken", TAKEN_BACK, headers=as_checked_for("obsdelantaarn.nl"))
    forged = forged.replace(HANNA.encode(), sender.encode())
    assert talk.silence_after(forged).startswith("no sender")
    assert talk.application()["status"] is ApplicationStatus.OPEN
    assert "sender" in talk.application()["review"]


def test_a_pass_for_the_forgers_own_domain_withdraws_nothing(talk: Conversation):
    apply(talk)
    talk.silence_after(write(HANNA, "Intrekken", TAKEN_BACK, headers=as_checked_for("evil.example")))
    assert talk.application()["status"] is ApplicationStatus.OPEN
    assert "sender" in talk.application()["review"]


def test_a_colleague_signed_up_along_speaks_for_nobody_else(talk: Conversation):
    along = "Ook mijn collega Piet Jansen (leerkracht groep 5, p.jansen@obsdelantaarn.nl) doet graag mee.\n\n"
    letter = apply(talk, COMPLETE.replace("Met vriendelijke groet", f"{along}Met vriendelijke groet"))
    piet = "Piet Jansen <p.jansen@obsdelantaarn.nl>"
    for words in (
        "Ik trek mijn deelname in, te druk.\n\nPiet Jansen",
        "Mijn telefoonnummer is 06 12 12 12 12.\n\nPiet",
    ):
        reply = gmail_reply(words, letter)
        assert talk.silence_after(write(piet, subject_for_reply(letter), reply, answers=letter))
    row = talk.application()
    assert (row["status"], row["phone"]) == (ApplicationStatus.OPEN, "+31621436580")
    assert "sender" in row["review"]
