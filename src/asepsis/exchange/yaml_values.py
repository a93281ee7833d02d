"""YAML as plain values, for formats that need no more of it: every scalar is a text, but for null, true and false."""

from __future__ import annotations

from typing import Any, NoReturn

import yaml

from asepsis.exchange.source import MIB, MOST_DEPTH, Source, UnreadableError
from asepsis.sentences import Sentence

MOST_BYTES = 64 * MIB


class UnreadableYamlError(UnreadableError):
    """A source is not YAML as it is read here."""

    code = "yaml-unreadable"
    sentence = Sentence(
        "{source} cannot be read as YAML: {reason} at line {line}, column {column}.",
        next="Have the tool that made it write it again, and give that file as it is.",
    )


def decode_yaml(source: Source) -> Any:
    """Return the one document of `source` as dicts, lists, texts, booleans and `None`.

    Aliases, keys that stand twice, more than 200 levels and a second document are refused.

    Raises `UnreadableYamlError` with the place, `EncodingError` or `SourceTooLargeError`.
    """
    text = source.limited(MOST_BYTES).text()
    reader = _Reader(source)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        _refuse(source, mark, problem.problem or "it is not well-formed")
    except yaml.YAMLError as problem:  # a character that YAML does not allow
        raise UnreadableYamlError(
            source=source.name, reason=str(problem).partition("\n")[0], line=1, column=1
        ) from problem
    return reader.value


_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
_KEY_COMES = object()


def _refuse(source: Source, mark: Any, reason: str) -> NoReturn:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    raise UnreadableYamlError(source=source.name, reason=reason, line=line, column=column)


class _Reader:
    """Puts values together from the events of the parser."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.value: Any = None
        self._documents = 0
        self._open: list[Any] = []
        self._keys: list[Any] = []  # of each open mapping the key whose value comes next

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                plain = event.style is None and event.value in _WORDS and event.implicit[0]
                self._put(_WORDS[event.value] if plain else event.value, event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self._open) >= MOST_DEPTH:
                    _refuse(self._source, event.start_mark, f"it nests deeper than {MOST_DEPTH} levels")
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                self._put(value, event)
                self._open.append(value)
                self._keys.append(_KEY_COMES)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
                self._keys.pop()
            case yaml.AliasEvent():
                _refuse(self._source, event.start_mark, "it has an alias, which no bill needs,")
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    _refuse(self._source, event.start_mark, "a second document begins")

    def _put(self, value: Any, event: Any) -> None:
        if not self._open:
            self.value = value
            return
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif self._keys[-1] is _KEY_COMES:
            if not isinstance(event, yaml.ScalarEvent):
                _refuse(self._source, event.start_mark, "a key is no plain text")
            if event.value in holder:
                _refuse(self._source, event.start_mark, f"the key '{event.value[:80]}' stands twice")
            self._keys[-1] = event.value
        else:
            holder[self._keys[-1]] = value
            self._keys[-1] = _KEY_COMES
