"""Files as mailboxes: a Maildir, an mbox and a folder of .eml files, which others write to and we only read."""

import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.mailboxes import BusyError, FolderMissingError
from intake.mailboxes.files import FilesMailbox
from intake.mailboxes.folder import eml_folder
from intake.mailboxes.maildir import maildir
from intake.mailboxes.mbox import mbox


def mail(words: str = "Hallo.") -> bytes:
    return f"From: jan@school.example\nSubject: Vraag\nMessage-ID: <{abs(hash(words))}@school.example>\n\n{words}\n".encode()


def later() -> float:
    """A clock by which everything was written long ago."""
    return time.time() + 60


def everything(mailbox: FilesMailbox, folder: str = "") -> list[bytes]:
    mailbox.state(folder)
    uids = mailbox.uids(folder)
    raws = mailbox.fetch(folder, uids)
    return [raws[uid] for uid in uids]


def snapshot(path: Path) -> dict[str, tuple[bytes, int]]:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


# Maildir.


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    path = tmp_path / "Maildir"
    for part in ("new", "cur", "tmp"):
        (path / part).mkdir(parents=True)
    return path


def test_a_maildir_gives_new_and_seen_mail_in_order_of_arrival_and_stays_as_it_is(mails: Path) -> None:
    (mails / "new" / "1760000300.M1P1.host").write_bytes(mail("Derde."))
    (mails / "cur" / "1760000100.M1P1.host:2,S").write_bytes(mail("Eerste."))
    (mails / "cur" / "1760000200.M1P1.host:2,").write_bytes(mail("Tweede."))
    (mails / "tmp" / "1760000000.M1P1.host").write_bytes(b"half")
    before = snapshot(mails)
    mailbox = maildir("main", mails)
    assert everything(mailbox, "INBOX") == [mail("Eerste."), mail("Tweede."), mail("Derde.")]
    first = mailbox.look("INBOX", mailbox.uids("INBOX"))[mailbox.uids("INBOX")[0]]
    assert (first.size, first.source) == (len(mail("Eerste.")), "1760000100.M1P1.host")
    assert first.received_at == datetime.fromtimestamp(1760000100, UTC)
    assert snapshot(mails) == before


def test_a_maildir_mail_keeps_its_uid_when_it_is_seen_and_flagged(mails: Path) -> None:
    path = mails / "new" / "1760000300.M1P1.host"
    path.write_bytes(mail())
    mailbox = maildir("main", mails)
    mailbox.state("INBOX")
    uids = mailbox.uids("INBOX")
    path.rename(mails / "cur" / "1760000300.M1P1.host:2,FS")
    # Fetched by the old listing, while it has moved already.
    assert mailbox.fetch("INBOX", uids) == {uids[0]: mail()}
    mailbox.state("INBOX")
    assert mailbox.uids("INBOX") == uids


def test_a_maildir_mail_that_is_deleted_meanwhile_is_left_out(mails: Path) -> None:
    (mails / "new" / "1760000300.M1P1.host").write_bytes(mail())
    mailbox = maildir("main", mails)
    mailbox.state("INBOX")
    uids = mailbox.uids("INBOX")
    (mails / "new" / "1760000300.M1P1.host").unlink()
    assert mailbox.fetch("INBOX", uids) == {}
    assert mailbox.head("INBOX", uids[0], limit=100) == b""


def test_a_maildirs_subfolder_may_have_any_name(mails: Path) -> None:
    for part in ("new", "cur"):
        (mails / ".Aanmeldingen &AOkA6Q-n" / part).mkdir(parents=True)
    (mails / ".Aanmeldingen &AOkA6Q-n" / "new" / "1760000300.M1P1.host").write_bytes(mail())
    assert everything(maildir("main", mails, ["Aanmeldingen één"]), "Aanmeldingen één") == [mail()]


@pytest.mark.parametrize(
    "make", [lambda path: maildir("main", path), lambda path: eml_folder("main", path), lambda path: mbox("main", path)]
)
def test_a_path_that_is_not_there_is_named(tmp_path: Path, make: object) -> None:
    with pytest.raises(FolderMissingError, match=r"bestaat-niet.* can't be read: No such file"):
        make(tmp_path / "bestaat-niet").state("")  # type: ignore[operator]


# A folder of .eml files.


def test_a_folder_gives_its_eml_files_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "b.eml").write_bytes(mail("B."))
    (tmp_path / "a.EML").write_bytes(mail("A."))
    (tmp_path / "brief.docx").write_bytes(b"PK")
    (tmp_path / ".verborgen.eml").write_bytes(mail("C."))
    (tmp_path / "map.eml").mkdir()
    before = snapshot(tmp_path)
    assert sorted(everything(eml_folder("main", tmp_path, clock=later))) == sorted([mail("A."), mail("B.")])
    assert snapshot(tmp_path) == before


def test_a_link_to_another_file_and_a_pipe_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "geheim").write_bytes(b"root:x:0:0")
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "link.eml").symlink_to(tmp_path / "geheim")
    os.mkfifo(tmp_path / "watch" / "pijp.eml")
    assert everything(eml_folder("main", tmp_path / "watch", clock=later)) == []


def test_a_file_is_left_alone_until_nobody_has_written_to_it_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail()[:20])
    now = path.stat().st_ctime
    mailbox = eml_folder("main", tmp_path, clock=lambda: now + 1)
    assert everything(mailbox) == []
    path.write_bytes(mail())
    mailbox = eml_folder("main", tmp_path, clock=later)
    assert everything(mailbox) == [mail()]


def test_a_file_with_an_old_date_of_its_own_came_today(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail())
    os.utime(path, (1_000_000_000, 1_000_000_000))
    mailbox = eml_folder("main", tmp_path, clock=later)
    mailbox.state("")
    listed = next(iter(mailbox.look("", mailbox.uids("")).values()))
    assert listed.received_at is not None
    assert listed.received_at.year >= 2026


def test_a_file_keeps_its_uid_and_one_written_over_is_another_mail(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail("Eerste."))
    mailbox = eml_folder("main", tmp_path, clock=later)
    mailbox.state("")
    before = mailbox.uids("")
    mailbox.close()
    assert mailbox.uids("") == before
    path.write_bytes(mail("Tweede, langer."))
    mailbox.state("")
    assert mailbox.uids("") != before


def test_a_file_that_may_not_be_read_is_listed_and_not_given(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail())
    mailbox = eml_folder("main", tmp_path, clock=later)
    mailbox.state("")
    uids = mailbox.uids("")
    target = tmp_path / "elders"
    path.rename(target)
    path.symlink_to(target)
    assert list(mailbox.look("", uids)) == uids
    assert mailbox.fetch("", uids) == {}


# mbox.

FROM_LINE = b"From jan@school.example Sun Nov  1 12:00:00 2026\n"


def write_mbox(path: Path, *mails: bytes) -> None:
    path.write_bytes(b"".join(FROM_LINE + one + b"\n" for one in mails))


def test_an_mbox_gives_its_mails_with_the_time_of_their_from_line(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail("Eerste."), mail("Tweede."))
    before = snapshot(path)
    mailbox = mbox("main", path, clock=later)
    assert sorted(everything(mailbox)) == sorted([mail("Eerste."), mail("Tweede.")])
    listed = next(iter(mailbox.look("", mailbox.uids("")).values()))
    assert listed.received_at == datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert snapshot(path) == before


def test_the_mails_of_an_mbox_come_in_order_of_their_times(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    older = b"From jan@school.example Sat Oct 31 12:00:00 2026\n"
    path.write_bytes(FROM_LINE + mail("Nieuw.") + b"\n" + older + mail("Oud.") + b"\n")
    assert everything(mbox("main", path, clock=later)) == [mail("Oud."), mail("Nieuw.")]


def test_an_empty_mbox_has_no_mail(tmp_path: Path) -> None:
    (tmp_path / "inbox").touch()
    assert everything(mbox("main", tmp_path / "inbox", clock=later)) == []


def test_a_sentence_that_begins_with_from_begins_no_mail(tmp_path: Path) -> None:
    words = mail("Eerste alinea.\n\nFrom here to there is far.\n\nFrom 12:00 on.")
    write_mbox(tmp_path / "inbox", words)
    assert everything(mbox("main", tmp_path / "inbox", clock=later)) == [words]


def test_the_last_mail_is_left_alone_until_its_end_has_surely_come(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail("Eerste."), mail("Tweede, nog niet h"))
    now = path.stat().st_ctime
    assert everything(mbox("main", path, clock=lambda: now + 1)) == [mail("Eerste.")]


def test_mail_that_is_added_is_found_and_the_others_keep_their_uids(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail("Eerste."), mail("Tweede."), mail("Derde."))
    mailbox = mbox("main", path, clock=later)
    mailbox.state("")
    before = set(mailbox.uids(""))
    with path.open("ab") as file:
        file.write(FROM_LINE + mail("Vierde.") + b"\n")
    assert sorted(everything(mailbox)) == sorted(mail(word) for word in ("Eerste.", "Tweede.", "Derde.", "Vierde."))
    assert before < set(mailbox.uids(""))


def test_a_last_mail_that_was_half_there_is_read_again_whole(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail("Eerste."), mail("Tweede."))
    whole = path.read_bytes()
    path.write_bytes(whole[:-12])
    now = path.stat().st_ctime
    mailbox = mbox("main", path, clock=lambda: now + 1)
    assert everything(mailbox) == [mail("Eerste.")]
    path.write_bytes(whole)
    mailbox = mbox("main", path, clock=later)
    assert sorted(everything(mailbox)) == sorted([mail("Eerste."), mail("Tweede.")])


def test_an_mbox_that_a_mail_program_rewrote_gives_the_same_uids(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail("Eerste."), mail("Tweede."), mail("Derde."))
    mailbox = mbox("main", path, clock=later)
    mailbox.state("")
    before = set(mailbox.uids(""))
    # The first mail deleted, the others read: their places and headers change, the mails do not.
    read = [
        one.replace(b"\n\n", b"\nStatus: RO\nX-UID: 7\nX-Keywords: a\n\tb\n\n", 1)
        for one in (mail("Tweede."), mail("Derde."))
    ]
    write_mbox(path, *read)
    assert sorted(everything(mailbox)) == sorted([mail("Tweede."), mail("Derde.")])
    assert set(mailbox.uids("")) < before


def test_a_mail_that_moved_since_it_was_listed_is_found_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail("Eerste."), mail("Tweede."))
    mailbox = mbox("main", path, clock=later)
    mailbox.state("")
    uids = mailbox.uids("")
    write_mbox(path, mail("Tweede."))
    assert list(mailbox.fetch("", uids).values()) == [mail("Tweede.")]


@pytest.mark.parametrize("lock", [fcntl.lockf, fcntl.flock])
def test_an_mbox_that_somebody_writes_to_is_left_alone(tmp_path: Path, lock: object) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # Locks of lockf are a process's own.
        with path.open("r+b") as file:
            lock(file, fcntl.LOCK_EX)  # type: ignore[operator]
            os.write(writer, b".")
            time.sleep(60)
        os._exit(0)
    try:
        os.read(reader, 1)
        with pytest.raises(BusyError, match="another program has locked"):
            mbox("main", path, clock=later).state("")
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)
    assert everything(mbox("main", path, clock=later)) == [mail()]


def test_a_lock_file_counts_until_it_is_old(tmp_path: Path) -> None:
    path = tmp_path / "inbox"
    write_mbox(path, mail())
    (tmp_path / "inbox.lock").touch()
    with pytest.raises(BusyError):
        mbox("main", path).state("")
    assert everything(mbox("main", path, clock=lambda: time.time() + 3600)) == [mail()]


def test_lines_end_as_they_end_in_the_file(tmp_path: Path) -> None:
    raw = mail("Eerste.").replace(b"\n", b"\r\n")
    (tmp_path / "inbox").write_bytes(
        FROM_LINE.replace(b"\n", b"\r\n") + raw + b"\r\n" + FROM_LINE + mail("Tweede.") + b"\n"
    )
    assert sorted(everything(mbox("main", tmp_path / "inbox", clock=later))) == sorted([raw, mail("Tweede.")])


def test_a_line_without_end_is_no_trouble(tmp_path: Path) -> None:
    raw = mail("x" * 3_000_000)
    write_mbox(tmp_path / "inbox", raw, mail("Kort."))
    assert everything(mbox("main", tmp_path / "inbox", clock=later))[0] in {raw, mail("Kort.")}
    assert len(everything(mbox("main", tmp_path / "inbox", clock=later))) == 2


def test_an_mbox_is_read_and_nothing_else_when_it_is_none(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_bytes(b"Dit is een boodschappenlijst.\n\nMelk\n")
    assert everything(mbox("main", tmp_path / "inbox", clock=later)) == []
