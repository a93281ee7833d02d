"""YAML as people write it in an editor, read without surprises: texts, lists and maps, and nothing that acts.

Refused: a key that stands twice, anchors and aliases, tags, several documents, more than 1 MiB, more than 30 levels. All
values are texts as they are written; the field that they are for says whether a text is a number, a day or a yes.
"""

from __future__ import annotations

import re
from typing import Any, Final

from asepsis.errors import InputError
from asepsis.sentences import Sentence

MOST_BYTES: Final = 1024 * 1024
MOST_DEPTH: Final = 30
TOO_DEEP: Final = f"it nests deeper than {MOST_DEPTH} levels"


class YamlError(InputError):
    """A text is not YAML, or holds something of YAML that is not read here."""

    code = "yaml-unreadable"
    sentence = Sentence("{source}, line {line}: {reason}.", next="Correct that line and give it again.")


class YamlTooLargeError(InputError):
    """A text has more bytes than are read."""

    code = "yaml-too-large"
    sentence = Sentence(
        "{source} has more than {most} bytes, which no record needs.",
        next="Put what is long into a file and name it as evidence.",
    )


class Word(str):
    """A text, with the line it stands in and whether it was written without quotes."""

    __slots__ = ("bare", "line")

    line: int
    bare: bool

    def __new__(cls, text: str, line: int, *, bare: bool) -> Word:
        made = super().__new__(cls, text)
        made.line, made.bare = line, bare
        return made

    @property
    def absent(self) -> bool:
        """Return whether it stands for nothing: an empty text, or a bare `~` or `null`."""
        return not self.strip() or (self.bare and self in ("~", "null", "Null", "NULL"))


class Listed(list[Any]):
    """A list, with the line in which it begins."""

    line: int = 1


class Mapped(dict[Word, Any]):
    """A map, with the line in which it begins."""

    line: int = 1


Tree = Word | Listed | Mapped


def read(data: bytes, source: str) -> Tree:
    """Return the one document that `data` holds; `source` is what messages call it.

    Raises `YamlError` or `YamlTooLargeError`.
    """
    import yaml

    if len(data) > MOST_BYTES:
        raise YamlTooLargeError(source=source, most=MOST_BYTES)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(source)
    try:
        for event in yaml.parse(_text(data, source), Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(source=source, line=mark.line + 1 if mark else 1, reason=_told(error)) from error
    except yaml.YAMLError as error:
        raise YamlError(source=source, line=1, reason=f"it is not YAML ({_one_line(str(error))})") from error
    return builder.document()


def _text(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlError(source=source, line=line, reason="a byte is not UTF-8") from error
    if found := re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        line = text.count("\n", 0, found.start()) + 1
        reason = f"the character U+{ord(found[0]):04X} cannot stand in YAML"
        raise YamlError(source=source, line=line, reason=reason)
    return text


def _told(error: Any) -> str:
    if "nesting depth" in (error.problem or ""):  # the scanner reads ahead and has a bound of its own
        return TOO_DEEP
    found = f"it is not YAML: {_one_line(error.problem or error.context or 'it breaks off')}"
    if "mapping values are not allowed" in found:
        found += " (put a text that holds a colon into quotes)"
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())[:150]


class _Builder:
    """Puts a document together, event by event, without ever calling itself."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.documents: list[Tree] = []
        self.open: list[Listed | Mapped] = []
        self.keys: list[Word | None] = []  # of each open map the key that waits for its value

    def document(self) -> Tree:
        """Return the document. Raises `YamlError` where there are several."""
        if not self.documents:
            return Mapped()
        return self.documents[0]

    def take(self, event: Any) -> None:
        """Take in the next event."""
        line = event.start_mark.line + 1
        match type(event).__name__:
            case "AliasEvent":
                self._refuse(line, "an alias (*name) is not read here: write the value out")
            case "DocumentStartEvent" if self.documents:
                self._refuse(line, "a second document begins; one file holds one record")
            case "ScalarEvent":
                self._plain(event, line)
                self._put(Word(event.value, line, bare=not event.style), line)
            case "SequenceStartEvent":
                self._plain(event, line)
                self._begin(Listed(), line)
            case "MappingStartEvent":
                self._plain(event, line)
                self._begin(Mapped(), line)
            case "SequenceEndEvent" | "MappingEndEvent":
                self.open.pop()
                self.keys.pop()

    def _plain(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._refuse(line, "an anchor (&name) is not read here: write the value out")
        if event.tag is not None:
            self._refuse(line, "a tag (!name) is not read here: the field says what its value is")

    def _begin(self, made: Listed | Mapped, line: int) -> None:
        made.line = line
        if len(self.open) >= MOST_DEPTH:
            self._refuse(line, TOO_DEEP)
        if self.open and isinstance(self.open[-1], Mapped) and self.keys[-1] is None:
            self._refuse(line, "the name of a field is a list or a map")
        self._put(made, line)
        self.open.append(made)
        self.keys.append(None)

    def _put(self, value: Tree, line: int) -> None:
        if not self.open:
            self.documents.append(value)
            return
        into = self.open[-1]
        if isinstance(into, Listed):
            into.append(value)
            return
        key = self.keys[-1]
        if key is not None:
            into[key] = value
            self.keys[-1] = None
        elif isinstance(value, Word):
            if value in into:
                self._refuse(line, f"'{value[:60]}' stands twice in one map")
            self.keys[-1] = value

    def _refuse(self, line: int, reason: str) -> None:
        raise YamlError(source=self.source, line=line, reason=reason)


# --- writing --------------------------------------------------------------------------------------------------------

_BARE = re.compile(r"[A-Za-z0-9_/.(](?:[A-Za-z0-9_/.,;()+=§%€äöüÄÖÜßéè' -]|:(?=\S)|#(?<=\S#))*")
_NOT_BARE = {"null", "Null", "NULL", ".", "..", "..."}
_BLOCK = re.compile(r"[^\s#][^\r\x85\u2028\u2029\t]*")


def written(text: str, indent: int = 0) -> str:
    """Return `text` as a value behind `name: ` or `- `, such that `read` gives it back; `indent` is that of the name."""
    if _BARE.fullmatch(text) and text == text.strip() and text not in _NOT_BARE and not text.endswith(":"):
        return text
    if "\n" in text and _BLOCK.fullmatch(text) and _readable(text) and not re.search(r"[ ]\n|[ ]\Z", text):
        return _block(text, " " * (indent + 2))
    return _quoted(text)


def _block(text: str, margin: str) -> str:
    body = text.rstrip("\n")
    endings = len(text) - len(body)
    chomp = {0: "-", 1: ""}.get(endings, "+")
    lines = [f"{margin}{line}" if line else "" for line in body.split("\n")] + [""] * max(endings - 1, 0)
    return f"|{chomp}\n" + "\n".join(lines)


def _readable(text: str) -> bool:
    return all(one == "\n" or one.isprintable() for one in text)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(one) for one in text) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    if one.isprintable():
        return one
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
