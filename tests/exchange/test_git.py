"""A Git repository into the source of one build. The repositories are real ones, made for each test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from asepsis.exchange import facts, git
from asepsis.exchange.source import Reading

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed here")

ANNA, BO, CY = "anna@example.org", "bo@example.org", "cy@example.org"


class Clone:
    """A repository in which each commit comes a minute after the one before, starting on 2026-03-01 at 10:00 UTC."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.minute = folder, 0
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main", ".")

    def git(self, *arguments: str, author: str = ANNA) -> str:
        moment = f"2026-03-01T10:{self.minute:02}:00+00:00"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": author.partition("@")[0],
            "GIT_AUTHOR_EMAIL": author,
            "GIT_AUTHOR_DATE": "2020-01-01T00:00:00+00:00",
            "GIT_COMMITTER_NAME": "forge",
            "GIT_COMMITTER_EMAIL": "forge@example.org",
            "GIT_COMMITTER_DATE": moment,
        }
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str, *, author: str = ANNA, **files: str) -> str:
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_dot_", "."), text)
        self.git("add", "--all")
        self.minute += 1
        self.git("commit", "--quiet", "--allow-empty", "--message", message, author=author)
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str, *, fix: dict[str, str] | None = None) -> str:
        self.minute += 1
        self.git("merge", "--quiet", "--no-ff", "--no-commit", branch)
        for path, text in (fix or {}).items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "gateway")


def who(_: str, email: str) -> str:
    return email.partition("@")[0] or "?"


def read(clone: Clone, to: str = "HEAD", from_: str | None = None) -> facts.Source:
    return git.read(clone.folder, to=to, from_=from_, who=who).fact


def notes(reading: Reading[facts.Source]) -> str:
    return "\n".join(note if isinstance(note, str) else note.text() for note in reading.receipt.notes)


# changes


def test_changes_are_those_after_the_start_oldest_first(clone: Clone) -> None:
    start = clone.commit("one", a="1")
    later = [clone.commit("two", a="2"), clone.commit("three", b="3")]
    found = read(clone, from_=start)
    assert [change.id for change in found.changes] == later
    assert (found.from_commit, found.to_commit) == (start, later[-1])
    assert [change.paths for change in found.changes] == [("a",), ("b",)]


def test_without_a_start_every_change_counts_from_the_first(clone: Clone) -> None:
    first = clone.commit("one", a="1", b="2")
    found = read(clone)
    assert [(change.id, change.paths) for change in found.changes] == [(first, ("a", "b"))]
    assert found.from_commit is None


def test_nothing_between_two_equal_commits(clone: Clone) -> None:
    clone.commit("one", a="1")
    assert read(clone, from_="HEAD").changes == ()


def test_a_change_is_merged_when_the_merge_that_brought_it_in_was_committed(clone: Clone) -> None:
    clone.commit("one", a="1")
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("on topic", author=BO, b="1")
    clone.git("switch", "--quiet", "main")
    clone.commit("meanwhile", a="2")
    clone.merge("topic", "Merge topic")
    merged = {change.summary: change.merged_on for change in read(clone).changes}
    assert merged == {
        "one": "2026-03-01T10:01:00Z",
        "on topic": "2026-03-01T10:04:00Z",
        "meanwhile": "2026-03-01T10:03:00Z",
    }


def test_a_merge_that_changes_something_itself_is_a_change(clone: Clone) -> None:
    clone.commit("one", a="1")
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("on topic", b="1")
    clone.git("switch", "--quiet", "main")
    clone.commit("meanwhile", a="2")
    merge = clone.merge("topic", "Merge topic", fix={"a": "slipped in"})
    reading = git.read(clone.folder, to="HEAD", who=who)
    assert (reading.fact.changes[-1].id, reading.fact.changes[-1].paths) == (merge, ("a",))
    assert "1 merges change files beyond what they merge" in notes(reading)


def test_a_merge_of_two_changes_to_one_file_is_no_change_where_both_are_taken_over(clone: Clone) -> None:
    lines = [f"{number}\n" for number in range(20)]
    clone.commit("one", a="".join(lines))
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("on topic", a="".join(["first\n", *lines[1:]]))
    clone.git("switch", "--quiet", "main")
    clone.commit("meanwhile", a="".join([*lines[:-1], "last\n"]))
    clone.merge("topic", "Merge topic")
    assert [change.summary for change in read(clone).changes] == ["one", "meanwhile", "on topic"]


# people and requests


def test_people_come_from_the_author_and_trailers(clone: Clone) -> None:
    message = f"""Lock after five tries (GW-CHG-12)

Also GW-CHG-7 and not chg-3.

Co-authored-by: Bo <{BO}>
reviewed-by: Cy <{CY}>
Acked-by: Dee <dee@example.org>
Approved-by: Eve <eve@example.org>
Approved-by: Fay <fay@example.org>"""
    clone.commit(message, a="1")
    (change,) = read(clone).changes
    assert change.authors == ("anna", "bo")
    assert change.reviewers == ("cy", "dee", "eve", "fay")
    assert change.approver == "fay"
    assert change.requests == ("GW-CHG-12", "GW-CHG-7")
    assert change.summary == "Lock after five tries (GW-CHG-12)"


def test_trailers_and_labels_of_a_merge_count_for_what_it_brought_in(clone: Clone) -> None:
    clone.commit("one", a="1")
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("on topic", author=BO, b="1")
    clone.git("switch", "--quiet", "main")
    clone.merge("topic", f"Merge GW-CHG-3\n\nReviewed-by: Cy <{CY}>\nCo-authored-by: Dee <dee@example.org>")
    one, topic = read(clone).changes
    assert (topic.authors, topic.reviewers, topic.requests) == (("bo",), ("cy",), ("GW-CHG-3",))
    assert (one.reviewers, one.requests) == ((), ())


def test_a_line_in_the_middle_of_a_message_is_no_trailer(clone: Clone) -> None:
    clone.commit(f"one\n\nReviewed-by: Cy <{CY}>\n\nThat is what the template says.", a="1")
    assert read(clone).changes[0].reviewers == ()


def test_a_person_of_two_spellings_is_one_pseudonym_and_no_name_is_kept(clone: Clone) -> None:
    clone.commit(f"one\n\nReviewed-by: Anna B <{ANNA.upper()}>", author=ANNA, a="1")
    reading = git.read(clone.folder, to="HEAD")
    (change,) = reading.fact.changes
    assert change.reviewers == change.authors
    assert re.fullmatch("git:[0-9a-f]{16}", change.authors[0])
    assert b"anna" not in facts.document_bytes(reading.fact).lower()


def test_another_pattern_finds_other_requests(clone: Clone) -> None:
    clone.commit("Mend #41", a="1")
    found = git.read(clone.folder, to="HEAD", requests=re.compile(r"#\d+")).fact
    assert found.changes[0].requests == ("#41",)


# the tree


def test_languages_are_counted_in_bytes_largest_first(clone: Clone) -> None:
    clone.commit("one", a_dot_c="1234", src__b_dot_py="12345678", src__c_dot_PY="1", README="hello")
    found = read(clone)
    assert found.languages == (("Python", 9), ("C", 4))
    assert found.paths == (("README", ""), ("a.c", "C"), ("src/b.py", "Python"), ("src/c.PY", "Python"))


def test_generated_and_vendored_files_are_left_out_and_named_in_the_receipt(clone: Clone) -> None:
    marks = ["gen/** linguist-generated", "vendor/* linguist-vendored=true", "vendor/own.c -linguist-vendored"]
    clone.write(".gitattributes", "\n".join(marks) + "\n")
    clone.commit("one", gen__a_dot_c="1", vendor__b_dot_c="1", vendor__own_dot_c="1")
    reading = git.read(clone.folder, to="HEAD")
    assert [path for path, _ in reading.fact.paths] == [".gitattributes", "vendor/own.c"]
    assert [what for what, _ in reading.receipt.not_taken] == ["gen/a.c", "vendor/b.c"]


def test_attributes_are_those_of_the_commit_and_not_of_the_folder(clone: Clone) -> None:
    clone.commit("one", a_dot_c="1")
    clone.write(".gitattributes", "*.c linguist-generated\n")
    clone.git("config", "core.attributesFile", str(clone.folder / ".gitattributes"))
    assert [path for path, _ in read(clone).paths] == ["a.c"]


def test_a_symbolic_link_is_no_file(clone: Clone) -> None:
    (clone.folder / "link.c").symlink_to("a.c")
    clone.commit("one", a_dot_c="1")
    reading = git.read(clone.folder, to="HEAD")
    assert [path for path, _ in reading.fact.paths] == ["a.c"]
    assert reading.receipt.not_taken[0][0] == "link.c"


def test_a_submodule_is_another_repository(clone: Clone) -> None:
    inside = clone.commit("one", a_dot_c="1")
    clone.git("update-index", "--add", "--cacheinfo", f"160000,{inside},other")
    clone.git("commit", "--quiet", "--message", "two")
    reading = git.read(clone.folder, to="HEAD")
    assert [path for path, _ in reading.fact.paths] == ["a.c"]
    assert reading.receipt.not_taken[0][0] == "other"


def test_names_with_blanks_line_breaks_and_letters_are_kept(clone: Clone) -> None:
    names = [":odd", "ä ö.py", "line\nbreak.py", "\nfirst"]
    for name in names:
        clone.write(name, "1")
    clone.commit("one")
    found = read(clone)
    assert sorted(path for path, _ in found.paths) == sorted(names)
    assert sorted(found.changes[0].paths) == sorted(names)


# names


def test_a_tag_is_named_where_it_was_asked_for_or_is_the_only_one(clone: Clone) -> None:
    clone.commit("one", a="1")
    assert read(clone).tag is None
    clone.git("tag", "v1")
    assert read(clone).tag == "v1"
    clone.git("tag", "--annotate", "--message", "x", "v1.0")
    assert read(clone).tag is None
    assert read(clone, to="v1.0").tag == "v1.0"


def test_the_repository_is_called_as_asked_or_by_its_folder(clone: Clone) -> None:
    clone.commit("one", a="1")
    assert read(clone).repositories == ("gateway",)
    assert git.read(clone.folder, to="HEAD", name="org/gw").fact.repositories == ("org/gw",)


def test_a_bare_repository_is_read_the_same(clone: Clone, tmp_path: Path) -> None:
    clone.commit("one", a_dot_c="1")
    clone.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    assert git.read(tmp_path / "bare", to="main", name="gateway", who=who).fact == read(clone)


def test_what_is_read_can_be_written_as_a_fact_document(clone: Clone) -> None:
    clone.commit("one", a_dot_c="1")
    found = read(clone)
    assert facts.read_document(facts.document_bytes(found)) == found


def test_a_start_beside_the_way_is_said(clone: Clone) -> None:
    clone.commit("one", a="1")
    clone.git("branch", "old")
    clone.commit("two", a="2")
    clone.git("switch", "--quiet", "old")
    clone.commit("fix", b="1")
    reading = git.read(clone.folder, to="main", from_="old")
    assert [change.summary for change in reading.fact.changes] == ["two"]
    assert "'old' does not lie on the way to 'main'" in notes(reading)


# what is refused


@pytest.mark.parametrize(
    "revision", ["nope", "", "--all", "-n1", "HEAD main", "HEAD:a", ":/one", "HEAD..main", "x" * 300]
)
def test_what_names_no_commit_is_refused(clone: Clone, revision: str) -> None:
    clone.commit("one", a="1")
    for to, from_ in ((revision, None), ("HEAD", revision)):
        with pytest.raises(git.UnknownRevisionError, match="names no commit in gateway"):
            git.read(clone.folder, to=to, from_=from_)


def test_a_folder_that_is_none_and_one_inside_a_repository_are_refused(clone: Clone, tmp_path: Path) -> None:
    clone.commit("one", src__a="1")
    for folder in (tmp_path, tmp_path / "absent", clone.folder / "src", clone.folder / "src/a"):
        with pytest.raises(git.NoRepositoryError, match="is no Git repository"):
            git.read(folder, to="HEAD")


def test_an_empty_repository_has_no_commit(clone: Clone) -> None:
    with pytest.raises(git.UnknownRevisionError):
        git.read(clone.folder, to="HEAD")


def test_a_shallow_clone_is_refused(clone: Clone, tmp_path: Path) -> None:
    clone.commit("one", a="1")
    clone.commit("two", a="2")
    clone.git("clone", "--quiet", "--depth=1", f"file://{clone.folder}", str(tmp_path / "cut"))
    with pytest.raises(git.ShallowRepositoryError, match="cut is a shallow clone"):
        git.read(tmp_path / "cut", to="HEAD")


def test_a_machine_without_git_says_so(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone.folder))
    with pytest.raises(git.GitMissingError, match="git is not installed here"):
        git.read(clone.folder, to="HEAD")


def test_more_changes_than_are_read_are_refused(clone: Clone) -> None:
    for number in range(3):
        clone.commit("one", a=str(number))
    with pytest.raises(git.TooManyChangesError, match="more than 2 changes"):
        git.read(clone.folder, to="HEAD", most_changes=2)


def test_a_broken_repository_is_refused_in_a_sentence(clone: Clone) -> None:
    clone.commit("one", a="1")
    tree = clone.git("rev-parse", "HEAD^{tree}")
    (clone.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(git.RepositoryUnreadableError, match="gateway cannot be read with git"):
        git.read(clone.folder, to="HEAD")


def test_a_git_that_does_not_answer_is_stopped(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.commit("one", a="1")
    slow = tmp_path / "bin/git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(git.SlowRepositoryError, match="git took longer than"):
        git.read(clone.folder, to="HEAD", seconds=0.2)


# what a hostile repository may try


def test_nothing_that_a_repository_configures_is_run(clone: Clone, tmp_path: Path) -> None:
    mark, trap = tmp_path / "was-run", tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\nexit 0\n")
    trap.chmod(0o755)
    clone.write(".gitattributes", "* diff=trap filter=trap merge=trap\n")
    clone.commit("one", a_dot_c="1")
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("on topic", a_dot_c="2")
    clone.git("switch", "--quiet", "main")
    clone.commit("meanwhile", b_dot_c="3")
    clone.merge("topic", "Merge topic", fix={"a.c": "4"})
    for name in (
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "core.sshCommand",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.smudge",
        "merge.trap.driver",
        "gpg.program",
        "trailer.Reviewed-by.command",
        "alias.log",
    ):
        clone.git("config", name, f"!{trap}" if name.startswith("alias") else str(trap))
    clone.git("config", "log.showSignature", "true")
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc"):
        shutil.copy(trap, clone.folder / ".git/hooks" / hook)
    assert len(read(clone).changes) == 4
    assert not mark.exists()


def test_the_surroundings_do_not_lead_to_another_repository(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.commit("one", a="1")
    other = Clone(tmp_path / "other")
    other.commit("other", b="1")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.worktree")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(other.folder))
    assert [change.summary for change in read(clone).changes] == ["one"]


def test_a_replaced_object_does_not_hide_what_was_committed(clone: Clone) -> None:
    first = clone.commit("one", a="1")
    bad = clone.commit("bad", author=BO, a="2")
    clone.git("replace", bad, first)
    assert [change.summary for change in read(clone).changes] == ["one", "bad"]


def test_reading_leaves_the_repository_as_it_was(clone: Clone) -> None:
    clone.commit("one", a_dot_c="1")

    def state() -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in clone.folder.rglob("*") if file.is_file()}

    before = state()
    read(clone)
    assert state() == before
