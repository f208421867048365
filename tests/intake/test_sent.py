"""Copies of letters in the mailbox's Sent folder."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from intake.mailboxes import FolderMissingError
from intake.mailboxes.imap import ImapMailbox
from intake.receive import receive_round
from intake.recording import Terms
from intake.sent import copy_round
from models.letter import Letter, LetterKind, LetterState, enqueue
from models.mail import Mail
from tests.servers.dovecot import Account

Sessions = sessionmaker[Session]
NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
LETTER = b"From: intake@vo.example\r\nMessage-ID: <intake.1@vo.example>\r\nSubject: Re: Vraag\r\n\r\nDank.\r\n"


@pytest.fixture
def mailbox(account: Account, watch: Callable[..., ImapMailbox], sessions: Sessions) -> ImapMailbox:
    """A mailbox with one mail, which was answered."""
    account.append(b"From: jan@school.example\r\nSubject: Vraag\r\n\r\nHallo.\r\n")
    watched = watch()
    receive_round(sessions, watched, terms=Terms(), clock=lambda: NOW)
    with sessions.begin() as session:
        letter = Letter(
            kind=LetterKind.ACKNOWLEDGEMENT,
            mail_id=session.scalar(select(Mail.id)),
            message_id="<intake.1@vo.example>",
            sender="intake@vo.example",
            recipients=["jan@school.example"],
            subject="Re: Vraag",
            raw=LETTER,
            thread="",
            next_attempt_at=NOW,
            created_at=NOW,
            state=LetterState.SENT,
            sent_at=NOW,
        )
        enqueue(session, letter)
    return watched


def kept(account: Account) -> list[tuple[bytes, tuple[bytes, ...]]]:
    with account.session() as client:
        client.select_folder("Sent", readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "FLAGS"])
        return [
            (one[b"BODY[]"], tuple(flag for flag in one[b"FLAGS"] if flag != rb"\Recent")) for one in found.values()
        ]


def test_a_sent_letter_is_copied_once_and_as_read(account: Account, mailbox: ImapMailbox, sessions: Sessions) -> None:
    account.append(folder="Sent")
    assert copy_round(sessions, mailbox, "Sent", clock=lambda: NOW) == 1
    assert copy_round(sessions, mailbox, "Sent", clock=lambda: NOW) == 0
    assert kept(account) == [(LETTER, (rb"\Seen",))]
    assert account.flags() == {1: (rb"\Recent",)}


def test_a_copy_that_was_made_and_not_recorded_is_not_made_again(
    account: Account, mailbox: ImapMailbox, sessions: Sessions
) -> None:
    account.append(LETTER, folder="Sent")
    assert copy_round(sessions, mailbox, "Sent", clock=lambda: NOW) == 1
    assert len(kept(account)) == 1


@pytest.mark.parametrize("state", [state for state in LetterState if state is not LetterState.SENT])
def test_a_letter_that_was_not_surely_sent_is_not_copied(
    account: Account, mailbox: ImapMailbox, sessions: Sessions, state: LetterState
) -> None:
    account.append(folder="Sent")
    with sessions.begin() as session:
        session.scalars(select(Letter)).one().state = state
    assert copy_round(sessions, mailbox, "Sent", clock=lambda: NOW) == 0


def test_letters_of_before_the_folder_was_named_are_not_copied(
    account: Account, mailbox: ImapMailbox, sessions: Sessions
) -> None:
    account.append(folder="Sent")
    assert copy_round(sessions, mailbox, "Sent", clock=lambda: NOW + timedelta(days=8)) == 0


def test_a_folder_that_is_not_there_is_named(mailbox: ImapMailbox, sessions: Sessions) -> None:
    with pytest.raises(FolderMissingError, match="'Verzonden'"):
        copy_round(sessions, mailbox, "Verzonden", clock=lambda: NOW)
