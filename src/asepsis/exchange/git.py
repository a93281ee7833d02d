"""A Git repository on this machine, into the source of one build: what it holds, and each change since the one before."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from asepsis.errors import InputError
from asepsis.exchange import facts
from asepsis.exchange.instants import instant
from asepsis.exchange.source import Reading, Source, Tally
from asepsis.sentences import Sentence

MOST_CHANGES = 200_000  # between two commits
MOST_SECONDS = 300.0  # for one call of git
MOST_TEXT = 1024 * 1024  # bytes of one message or path
SUMMARY = 200  # characters that are kept of a change's first line
REQUESTS = re.compile(r"\b[A-Z][A-Z0-9]{0,11}-CHG-(?:[0-9]{1,9}|q[a-z0-9]{4,9})\b")  # GW-CHG-12

Who = Callable[[str, str], str]


class RepositoryUnreadableError(InputError):
    """A folder's history cannot be read; the more exact errors are its children."""

    code = "git-unreadable"
    sentence = Sentence(
        "{folder} cannot be read with git: {reason}.", next="Run 'git fsck' in it, and mend what it names."
    )


class GitMissingError(RepositoryUnreadableError):
    """There is no git on this machine."""

    code = "git-missing"
    sentence = Sentence(
        "{folder} cannot be read: git is not installed here.", next="Install git, or read it elsewhere."
    )


class NoRepositoryError(RepositoryUnreadableError):
    """A folder is no repository."""

    code = "git-no-repository"
    sentence = Sentence(
        "{folder} is no Git repository: there is none at the folder itself.",
        next="Name the top folder of a clone, or a bare repository.",
    )


class UnknownRevisionError(RepositoryUnreadableError):
    """A name stands for no commit of the repository."""

    code = "git-unknown-revision"
    sentence = Sentence(
        "'{revision}' names no commit in {folder}.", next="Name a tag, a branch or a commit that 'git log' shows there."
    )


class ShallowRepositoryError(RepositoryUnreadableError):
    """A clone was cut off, so changes would be missing without a sign."""

    code = "git-shallow"
    sentence = Sentence(
        "{folder} is a shallow clone: changes before its cut cannot be seen.",
        next="Run 'git fetch --unshallow' in it, or clone it whole.",
    )


class TooManyChangesError(RepositoryUnreadableError):
    """More lies between two commits than is read."""

    code = "git-too-many-changes"
    sentence = Sentence(
        "{folder} has more than {most} changes up to '{revision}'.",
        next="Name the commit of the release before as the start.",
    )


class SlowRepositoryError(RepositoryUnreadableError):
    """Git did not answer in the time that it was given."""

    code = "git-slow"
    sentence = Sentence("{folder} was not read: git took longer than {seconds} seconds.", next="Allow more time.")


NOT_AN_ANCESTOR = Sentence(
    "'{start}' does not lie on the way to '{end}': the changes are those that only the latter has."
)
GENERATED = Sentence("the repository marks it as generated or as somebody else's (.gitattributes)")
SUBMODULE = Sentence("it is another repository, to be read by itself")
LINK = Sentence("it is a symbolic link")
NO_LANGUAGE = Sentence(
    "{count} files have an extension of no language that is known here; they are listed without one."
)
MERGES_WITH_CHANGES = Sentence(
    "{count} merges change files beyond what they merge; each is listed as a change of its own."
)
TRAILERS = Sentence(
    "Reviewers are those that trailers of the commits and of the merges above them name; nothing proves them."
)


def pseudonym(name: str, email: str) -> str:
    """Return the person that an author line names, without the name: `git:` and 16 hex digits of a SHA-256.

    The digest is over the e-mail address in lower case (the name where there is none). It hides a person from a glance,
    not from somebody who guesses the address.
    """
    return "git:" + hashlib.sha256((email.strip() or name.strip()).lower().encode()).hexdigest()[:16]


def read(
    folder: Path | str,
    *,
    to: str,
    from_: str | None = None,
    requests: re.Pattern[str] = REQUESTS,
    who: Who = pseudonym,
    name: str | None = None,
    seconds: float = MOST_SECONDS,
    most_changes: int = MOST_CHANGES,
) -> Reading[facts.Source]:
    """Return what the commit `to` of the repository at `folder` holds, and each change since `from_`, oldest first.

    A change is a commit that `to` reaches and `from_` does not (without `from_`: every one), merges left out unless they
    change something beyond what they merge. It is merged when the commit of the first-parent line that brought it in was
    committed. Authors are the author and `Co-authored-by`; reviewers are `Reviewed-by`, `Acked-by` and `Approved-by`, the
    last of which is the approver; trailers of a merge count for all that it brought in, and so do the labels that
    `requests` finds in its message. `who(name, email)` maps a person to an id, so that no name is kept.

    Languages go by file extension and are counted in bytes of `to`'s files; what .gitattributes marks as generated or
    vendored is left out and named in the receipt. `name` is what the repository is called, else its folder's name.

    Git runs with no configuration but the repository's own, from which nothing is run: no hook, pager, filter, diff or merge
    program, signature check or transfer. Replaced objects and grafts are not followed.

    Raises a `RepositoryUnreadableError`.
    """
    git = _Git(Path(folder), seconds)
    end = git.commit(to)
    start = git.commit(from_) if from_ is not None else None
    name = name or git.folder.name
    tally = Tally((TRAILERS.said(),))
    if start is not None and not git.succeeds("merge-base", "--is-ancestor", start, end):
        tally.note(NOT_AN_ANCESTOR.said(start=from_, end=to))
    history = _History(git, end, start, to, most_changes)
    changes = tuple(_changes(git, history, requests, who, tally))
    paths, languages = _tree(git, end, tally)
    fact = facts.Source(
        repositories=(name,),
        to_commit=end,
        from_commit=start,
        tag=_tag(git, to, end),
        languages=languages,
        paths=paths,
        changes=changes,
    )
    read_from = Source(f"{name} at {end}", f"{start or ''}..{end}\n".encode())
    return Reading(fact, tally.receipt(read_from, "source", len(changes)))


# what git is asked


_PINNED = (  # over whatever the repository's own configuration says
    "core.hooksPath=" + os.devnull,
    "core.fsmonitor=false",
    "core.attributesFile=" + os.devnull,
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "core.quotePath=false",
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "i18n.logOutputEncoding=UTF-8",
    "trailer.separators=:",
    "gc.auto=0",
    "maintenance.auto=false",
)


class _Git:
    """Git, run on one repository with nothing of its surroundings."""

    def __init__(self, folder: Path, seconds: float) -> None:
        program = shutil.which("git")
        if program is None:
            raise GitMissingError(folder=folder.name)
        self.program, self.seconds = program, seconds
        if not folder.is_dir():
            raise NoRepositoryError(folder=folder.name or str(folder))
        self.folder = folder.resolve()
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "HOME": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(self.folder.parent),
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_GRAFT_FILE": os.devnull,
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_PAGER": "cat",
        }
        if system_root := os.environ.get("SYSTEMROOT"):
            self.environment["SYSTEMROOT"] = system_root
        if not self.succeeds("rev-parse", "--git-dir"):
            raise NoRepositoryError(folder=self.folder.name)
        if self.line("rev-parse", "--is-shallow-repository") != "false":
            raise ShallowRepositoryError(folder=self.folder.name)

    def commit(self, revision: str) -> str:
        """Return the full id of the commit that `revision` names. Raises `UnknownRevisionError`."""
        if not revision or revision.startswith("-") or not re.fullmatch(r"[^\s:\0]{1,250}", revision):
            raise UnknownRevisionError(revision=revision[:60], folder=self.folder.name)
        found = self.lines("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", asking=True)
        if len(found) != 1 or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", found[0]):
            raise UnknownRevisionError(revision=revision, folder=self.folder.name)
        return found[0]

    def succeeds(self, *arguments: str) -> bool:
        with self.running(arguments, asking=True) as (stream, ended):
            stream.read()
            return ended() == 0

    def line(self, *arguments: str) -> str:
        return "".join(self.lines(*arguments)[:1])

    def lines(self, *arguments: str, asking: bool = False) -> list[str]:
        with self.running(arguments, asking=asking) as (stream, _):
            return stream.read().decode("utf-8", "replace").splitlines()

    def texts(self, *arguments: str, given: bytes = b"", index: Path | None = None) -> Iterator[str]:
        """Yield what git writes between null characters, as it writes it."""
        with self.running(arguments, given=given, index=index) as (stream, _):
            rest = b""
            while chunk := stream.read(1 << 16):
                *whole, rest = (rest + chunk).split(b"\0")
                yield from (text.decode("utf-8", "replace") for text in whole)
                if len(rest) > MOST_TEXT:
                    raise RepositoryUnreadableError(
                        folder=self.folder.name, reason="a message or path in it is too long"
                    )
            if rest:
                yield rest.decode("utf-8", "replace")

    @contextmanager
    def running(
        self, arguments: Iterable[str], *, given: bytes = b"", index: Path | None = None, asking: bool = False
    ) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
        """Run git for as long as its output is read; one that fails raises, unless it is only asked a question."""
        pinned = [word for setting in (*_PINNED, f"safe.directory={self.folder}") for word in ("-c", setting)]
        command = [self.program, "--no-pager", *pinned, *arguments]
        environment = self.environment | ({"GIT_INDEX_FILE": str(index)} if index else {})
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as complaint:
            asked.write(given)
            asked.seek(0)
            process = subprocess.Popen(  # noqa: S603  no shell, a found program, and revisions that are ids by now
                command, cwd=self.folder, env=environment, stdin=asked, stdout=subprocess.PIPE, stderr=complaint
            )
            late = threading.Event()

            def stop() -> None:
                late.set()
                process.kill()

            alarm = threading.Timer(self.seconds, stop)
            alarm.start()
            assert process.stdout
            whole = False
            try:
                yield process.stdout, process.wait
                whole = True
            finally:
                if not whole:
                    process.kill()
                process.stdout.close()
                code = process.wait()
                alarm.cancel()
            if late.is_set():
                raise SlowRepositoryError(folder=self.folder.name, seconds=round(self.seconds))
            if code and not asking:
                complaint.seek(0)
                said = complaint.read(2000).decode("utf-8", "replace").strip().splitlines()
                reason = (
                    said[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
                    if said
                    else f"it ended with {code}"
                )
                raise RepositoryUnreadableError(folder=self.folder.name, reason=reason)


# the history between two commits


class _History:
    """The commits that one commit reaches and another does not, and which merge brought each of them in."""

    def __init__(self, git: _Git, end: str, start: str | None, asked: str, most: int) -> None:
        bounds = [end, *([f"^{start}"] if start else [])]
        listed = git.lines(
            "rev-list", "--topo-order", "--reverse", "--parents", f"--max-count={most + 1}", *bounds, "--"
        )
        if len(listed) > most:
            raise TooManyChangesError(folder=git.folder.name, most=most, revision=asked)
        self.parents = {commit: parents for commit, *parents in map(str.split, listed)}
        self.brought_by = self._brought_by(end)

    def _brought_by(self, end: str) -> dict[str, str]:
        """Return, for each commit, the one of the first-parent line through which it came in first."""
        line, commit = [], end
        while commit in self.parents:
            line.append(commit)
            parents = self.parents[commit]
            if not parents:
                break
            commit = parents[0]
        brought: dict[str, str] = {}
        for step in reversed(line):
            waiting = [step]
            while waiting:
                commit = waiting.pop()
                if commit in self.parents and commit not in brought:
                    brought[commit] = step
                    waiting += self.parents[commit]
        return brought

    def is_merge(self, commit: str) -> bool:
        return len(self.parents[commit]) > 1


@dataclass(frozen=True, slots=True)
class _Commit:
    """One commit as git tells it."""

    id: str
    author: tuple[str, str]
    committed: str
    message: str
    trailers: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]


_FORMAT = "%H%x00%an%x00%ae%x00%ct%x00%B%x00%(trailers:only,unfold,separator=%x1f)%x00"
_DIFF = ("diff-tree", "--stdin", "--root", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")


def _changes(git: _Git, history: _History, requests: re.Pattern[str], who: Who, tally: Tally) -> Iterator[facts.Change]:
    commits = {commit.id: commit for commit in _commits(git, history.parents)}
    own = _with_own_changes(git, [one.id for one in commits.values() if history.is_merge(one.id) and one.paths])
    if own:
        tally.note(MERGES_WITH_CHANGES.said(count=len(own)))
    for identity in history.parents:
        if history.is_merge(identity) and identity not in own:
            continue
        commit, merge = commits[identity], commits[history.brought_by[identity]]
        yield _change(commit, merge, requests, who)


def _change(commit: _Commit, merge: _Commit, requests: re.Pattern[str], who: Who) -> facts.Change:
    told = [commit] if commit is merge else [commit, merge]
    people = defaultdict[str, list[str]](list)
    for one in told:
        for key, value in one.trailers:
            if key != "co-authored-by" or one is commit:
                people[key].append(who(*_person(value)))
    reviewers = people["reviewed-by"] + people["acked-by"] + people["approved-by"]
    text = "\n".join(one.message for one in told)
    return facts.Change(
        id=commit.id,
        authors=_once([who(*commit.author), *people["co-authored-by"]]),
        merged_on=merge.committed,
        summary=commit.message.strip().partition("\n")[0][:SUMMARY],
        reviewers=_once(reviewers),
        approver=people["approved-by"][-1] if people["approved-by"] else None,
        paths=commit.paths,
        requests=_once(found[0] for found in requests.finditer(text)),
    )


def _commits(git: _Git, identities: Iterable[str]) -> Iterator[_Commit]:
    """Yield each commit with the paths that it changes; for a merge, those that differ from all its parents."""
    asked = "".join(f"{identity}\n" for identity in identities).encode()
    paths = _paths_changed(git, asked)
    told = git.texts("diff-tree", "--stdin", "--always", "-s", f"--format={_FORMAT}", given=asked)
    for identity, name, email, committed, message, trailers in zip(told, told, told, told, told, told, strict=False):
        commit = identity.lstrip("\n")
        pairs = (line.partition(":") for line in trailers.split("\x1f"))
        yield _Commit(
            id=commit,
            author=(name, email),
            committed=_committed(git, commit, committed),
            message=message,
            trailers=tuple((key.strip().lower(), value.strip()) for key, colon, value in pairs if colon),
            paths=tuple(paths.get(commit, ())),
        )


def _paths_changed(git: _Git, asked: bytes) -> dict[str, list[str]]:
    """Return the paths that each commit changes. A description, which starts with a colon, stands before each path."""
    paths: dict[str, list[str]] = {}
    commit = ""
    told = git.texts(*_DIFF, "-c", "-z", "--raw", "--no-abbrev", given=asked)
    for text in told:
        if text.startswith(":"):
            paths.setdefault(commit, []).append(next(told))
        else:
            commit = text
    return paths


def _committed(git: _Git, commit: str, seconds: str) -> str:
    try:
        return instant(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError) as problem:
        reason = f"the commit {commit} bears no time that a calendar knows"
        raise RepositoryUnreadableError(folder=git.folder.name, reason=reason) from problem


def _with_own_changes(git: _Git, merges: list[str]) -> frozenset[str]:
    """Return those merges that hold lines which none of their parents has."""
    own = set()
    for merge in merges:
        with git.running((*_DIFF, "--cc", "-p", "--no-commit-id"), given=f"{merge}\n".encode()) as (stream, _):
            for chunk in iter(lambda: stream.read(1 << 16), b""):
                if chunk.strip():
                    own.add(merge)
    return frozenset(own)


def _person(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?)\s*<([^<>]*)>.*", text, re.DOTALL)
    return (found[1], found[2]) if found else (text, "")


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _tag(git: _Git, asked: str, commit: str) -> str | None:
    """Return the tag that was asked for, else the only one at the commit."""
    tags = git.lines("for-each-ref", "--format=%(refname:strip=2)", f"--points-at={commit}", "refs/tags")
    if (named := asked.removeprefix("refs/tags/")) in tags:
        return named
    return tags[0] if len(tags) == 1 else None


# what a commit holds


def _tree(git: _Git, commit: str, tally: Tally) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, int], ...]]:
    """Return (path, language) of each file and (language, bytes) of each language, largest first."""
    sizes: dict[str, int] = {}
    for line in git.texts("ls-tree", "-r", "-l", "-z", "--full-tree", commit):
        described, _, path = line.partition("\t")
        mode, _, _, size = described.split()
        if mode == "160000":
            tally.leave(path, SUBMODULE.said())
        elif mode == "120000":
            tally.leave(path, LINK.said())
        else:
            sizes[path] = int(size)
    for path in _set_apart(git, commit, sizes):
        tally.leave(path, GENERATED.said())
        del sizes[path]
    languages = {path: language_of(path) for path in sizes}
    if unknown := sum(language is None for language in languages.values()):
        tally.note(NO_LANGUAGE.said(count=unknown))
    totals: Counter[str] = Counter()
    for path, language in languages.items():
        if language:
            totals[language] += sizes[path]
    paths = tuple(sorted((path, language or "") for path, language in languages.items()))
    return paths, tuple(sorted(totals.items(), key=lambda one: (-one[1], one[0])))


_APART = ("linguist-generated", "linguist-vendored")


def _set_apart(git: _Git, commit: str, paths: Iterable[str]) -> list[str]:
    """Return the paths that the commit's own .gitattributes mark as generated or vendored."""
    asked = "".join(f"{path}\0" for path in paths).encode("utf-8", "replace")
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        list(git.texts("read-tree", commit, index=index))
        told = git.texts("check-attr", "--cached", "-z", "--stdin", *_APART, given=asked, index=index)
        answers = zip(told, told, told, strict=False)  # path, attribute, value
        return list(_once(path for path, _, value in answers if value in ("set", "true")))


def language_of(path: str) -> str | None:
    """Return the language that a path's name or extension stands for; `None` where it is none that is known here."""
    pure = PurePosixPath(path)
    return _NAMES.get(pure.name) or _EXTENSIONS.get(pure.suffix.lower())


_NAMES = {"Dockerfile": "Dockerfile", "Makefile": "Makefile", "CMakeLists.txt": "CMake", "Jenkinsfile": "Groovy"}
_LANGUAGES = {
    "Ada": "adb ads",
    "Assembly": "asm s",
    "C": "c h",
    "C#": "cs",
    "C++": "cc cpp cxx hh hpp hxx inl ipp tpp",
    "CMake": "cmake",
    "CSS": "css",
    "Clojure": "clj cljs",
    "Dart": "dart",
    "Elixir": "ex exs",
    "Erlang": "erl hrl",
    "F#": "fs fsi",
    "Fortran": "f f90 f95",
    "Go": "go",
    "Groovy": "groovy gradle",
    "HCL": "tf hcl",
    "HTML": "html htm",
    "Haskell": "hs",
    "Java": "java",
    "JavaScript": "js cjs mjs jsx",
    "Julia": "jl",
    "Kotlin": "kt kts",
    "Lua": "lua",
    "MATLAB": "m",
    "Objective-C": "mm",
    "PHP": "php",
    "Pascal": "pas",
    "Perl": "pl pm",
    "PowerShell": "ps1 psm1",
    "Python": "py pyi pyx",
    "QML": "qml",
    "R": "r",
    "Ruby": "rb",
    "Rust": "rs",
    "SCSS": "scss sass",
    "SQL": "sql",
    "Scala": "scala",
    "Shell": "sh bash zsh",
    "Structured Text": "st",
    "Swift": "swift",
    "SystemVerilog": "sv svh",
    "TypeScript": "ts tsx mts cts",
    "VHDL": "vhd vhdl",
    "Verilog": "v",
    "Visual Basic": "vb bas",
    "Vue": "vue",
    "Zig": "zig",
}
_EXTENSIONS = {f".{extension}": language for language, all_ in _LANGUAGES.items() for extension in all_.split()}
