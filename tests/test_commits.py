"""Reading what `git log` prints: any message and any path, however odd, and no more than is worth keeping."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engrep.indexers.commits import MOST_CHARS, MOST_FILES, Commit, clean, commits, shortened

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40


def printed(commit: str, body: bytes, *changes: bytes, parents: str = "", author: bytes = b"a@example.org") -> bytes:
    """Give a commit as git prints it."""
    head = b"\0".join((commit.encode(), parents.encode(), b"1700000000", author, body)) + b"\0"
    return head + (b"\n" + b"\0".join(changes) + b"\0" if changes else b"")


def read(*parts: bytes, size: int = 7) -> list[Commit]:
    """Read what was printed, in small pieces."""

    def pieces() -> Iterator[bytes]:
        whole = b"".join(parts)
        yield from (whole[at : at + size] for at in range(0, len(whole), size))

    return list(commits(pieces()))


def test_a_commit_has_its_message_files_and_parents() -> None:
    """What is read is what was committed, one commit after the other."""
    first, second, third = read(
        printed(ONE, b"Wait longer\n\nBecause the bank is slow.\n", b"M", b"a.py", b"A", b"b.py", parents=TWO),
        printed(TWO, b"Merge branch x\n", parents=f"{THREE} {ONE}"),
        printed(THREE, b"Move\n", b"R100", b"old.py", b"new.py", b"D", b"gone.py"),
    )
    assert (first.id, first.parents, first.at, first.paths) == (ONE, (TWO,), 1_700_000_000, ("a.py", "b.py"))
    assert (first.subject, first.message) == ("Wait longer", "Wait longer\n\nBecause the bank is slow.")
    assert (second.parents, second.message) == ((THREE, ONE), "")
    assert (third.paths, third.renamed) == (("new.py", "gone.py"), (("old.py", "new.py"),))


@pytest.mark.parametrize(
    "path",
    [b"M", b"R100", b"\nM", ONE.encode(), b"a b\n.py", b"caf\xe9.py"],
    ids=["M", "R", "line", "hash", "blank", "latin"],
)
def test_a_path_is_never_read_as_anything_else(path: bytes) -> None:
    """A file may be called as git calls a change, or as a commit."""
    (first, second) = read(printed(ONE, b"x", b"A", path, b"M", b"z.py"), printed(TWO, b"y", b"M", b"z.py"))
    assert first.paths == (path.decode("utf-8", "replace"), "z.py")
    assert second.id == TWO


def test_a_message_cannot_pass_for_another_commit() -> None:
    """Whatever a message holds, it ends where git ends it."""
    forged = f"x\n\x01{TWO}\x02\n{TWO}\n\nM\nsecret.py".encode()
    (only,) = read(printed(ONE, forged, b"M", b"a.py"))
    assert only.paths == ("a.py",)


def test_a_message_of_megabytes_is_cut_while_it_is_read() -> None:
    """A message is kept as far as it explains something, in whatever bytes it comes."""
    (first, second) = read(
        printed(ONE, b"Title\n\n" + b"\xff\xfe long " * 400_000, b"M", b"a.py"),
        printed(TWO, b"y", b"M", b"b.py"),
        size=65536,
    )
    assert first.subject == "Title"
    assert len(first.message) < 100_000
    assert len(shortened(first.message)) == MOST_CHARS
    assert second.paths == ("b.py",)


def test_a_commit_that_touched_very_many_files_speaks_for_none() -> None:
    """What is put into another layout, or taken in whole, is no change of any file in it."""
    every = [part for at in range(MOST_FILES + 1) for part in (b"M", f"f{at}.py".encode())]
    (only,) = read(printed(ONE, b"Format all", *every))
    assert (only.paths, only.touched, only.message) == ((), MOST_FILES + 1, "Format all")


@pytest.mark.parametrize("author", [b"49+dependabot[bot]@users.noreply.example.org", b"bot@renovateapp.com"])
def test_a_program_that_raises_versions_explains_nothing(author: bytes) -> None:
    """Its commits stay as steps from one commit to the next."""
    (only,) = read(printed(ONE, b"Bump x from 1 to 2", b"M", b"a.py", author=author))
    assert (only.message, only.paths) == ("", ("a.py",))


def test_what_steers_a_terminal_and_who_was_there_is_left_out() -> None:
    """A message is text: no escape sequences, and no lines that only programs read."""
    said = "Fix\x1b[2J it\r\n\r\nSo \x9bthat it\x07 works.\n\nSigned-off-by: A <a@example.org>\nChange-Id: I0\n"
    assert clean(said) == "Fix[2J it\n\nSo that it works."


@pytest.mark.parametrize("cut", range(0, 120, 9))
def test_what_is_cut_off_is_no_error(cut: int) -> None:
    """A stream may end anywhere: git was stopped."""
    whole = printed(ONE, b"Wait longer", b"M", b"a.py")
    assert len(read(whole[:cut])) <= 1
