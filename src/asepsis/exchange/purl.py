"""Package URLs: the name of a package across ecosystems, and the patterns that a rule names many of them by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from asepsis.errors import InputError
from asepsis.sentences import Sentence

MOST_CHARACTERS = 8_192


class PurlError(InputError):
    """A text is no package URL."""

    code = "purl-malformed"
    sentence = Sentence(
        "'{text}' is not a package URL: {reason}.",
        next="Write it as pkg:type/namespace/name@version, encoded as an URL.",
    )


class PurlPatternError(InputError):
    """A text is no pattern of package URLs."""

    code = "purl-pattern-malformed"
    sentence = Sentence(
        "'{text}' is not a pattern of package URLs: {reason}.",
        next="Write a package URL without version, such as pkg:npm/left-pad, or end its name with *, as in pkg:pypi/*.",
    )


@dataclass(frozen=True, slots=True, order=True)
class Purl:
    """A package URL, decoded and brought to its canonical form; make it with `parse` or `build`.

    `namespace` and `subpath` hold their segments joined by "/"; `qualifiers` are sorted by key.
    """

    type: str
    namespace: str | None
    name: str
    version: str | None = None
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str | None = None

    def __str__(self) -> str:
        """Return the canonical text."""
        text = f"pkg:{self.type}/"
        if self.namespace:
            text += f"{_encoded(self.namespace, '/')}/"
        text += _encoded(self.name)
        if self.version:
            text += f"@{_encoded(self.version)}"
        if self.qualifiers:
            text += "?" + "&".join(f"{key}={_encoded(value)}" for key, value in self.qualifiers)
        return f"{text}#{_encoded(self.subpath, '/')}" if self.subpath else text

    @property
    def without_version(self) -> Purl:
        """Return the package itself: no version, qualifiers or subpath."""
        return replace(self, version=None, qualifiers=(), subpath=None)


def parse(text: str) -> Purl:
    """Return the package URL that `text` holds, in its canonical form.

    Read as leniently as the specification lets a reader be: slashes behind the scheme are skipped, keys of qualifiers
    are lowercased, an npm scope may stand with a bare "@". A required namespace or qualifier that is missing is refused
    for the types swift, julia and swid only, since bills are full of, say, deb and golang packages without one. Names
    of golang packages keep their case: the specification asks both for that and for lower case, and Go does not fold.

    Raises `PurlError`.

    Source: ECMA-427 (package-url/purl-spec at 16f3d0e): Core Specification, "How to parse a PURL", type definitions.
    """
    if len(text) > MOST_CHARACTERS:
        raise PurlError(text=f"{text[:60]}...", reason=f"it is longer than {MOST_CHARACTERS:,} characters")
    if (plain := _PLAIN.match(text)) is not None:
        return _plain(*plain.groups())
    rest, _, subpath = _split_right(text, "#")
    rest, _, query = _split_right(rest, "?")
    scheme, colon, rest = rest.partition(":")
    if scheme.lower() != "pkg" or not colon:
        raise PurlError(text=text, reason="it does not start with 'pkg:'")
    type_, slash, rest = rest.lstrip("/").partition("/")
    if not slash:
        raise PurlError(text=text, reason="it names a type or a name, and not both")
    path, version = _split_version(rest)
    namespace, _, name = path.rstrip("/").rpartition("/")
    return _checked(
        text,
        type_,
        [_decoded(text, segment) for segment in namespace.split("/") if segment],
        _decoded(text, name),
        _decoded(text, version),
        _qualifiers(text, query),
        [_decoded(text, segment) for segment in subpath.split("/")],
    )


_PLAIN = re.compile(
    r"pkg:(cargo|composer|gem|golang|maven|npm|nuget|pypi)/"
    r"((?:(?:%40)?[A-Za-z0-9._~-]+/)?(?:[A-Za-z0-9._~-]+/)*)([A-Za-z0-9._~-]+)@([A-Za-z0-9._~+-]+)\Z"
)


def _plain(type_: str, namespace: str, name: str, version: str) -> Purl:
    """Return a package URL of the most common form, in which nothing can be wrong and at most the sign of a scope is encoded."""
    namespace = namespace.replace("%40", "@")
    if type_ in _LOWER_NAMESPACE:
        namespace = namespace.lower()
    if type_ in _LOWER_VERSION:
        version = version.lower()
    return Purl(type_, namespace[:-1] or None, _canonical_name(type_, name), version)


def build(
    type: str | None,
    namespace: str | None,
    name: str | None,
    version: str | None = None,
    qualifiers: Mapping[str, str] | None = None,
    subpath: str | None = None,
) -> Purl:
    """Return the package URL with these parts, none of them encoded, in its canonical form. Raises `PurlError`."""
    text = f"{type or ''}/{namespace or ''}/{name or ''}"
    return _checked(
        text,
        type or "",
        [segment for segment in (namespace or "").split("/") if segment],
        (name or "").strip("/"),
        version or "",
        dict(qualifiers or {}),
        (subpath or "").split("/"),
    )


def _split_right(text: str, separator: str) -> tuple[str, str, str]:
    left, found, right = text.rpartition(separator)
    return (left, found, right) if found else (text, "", "")


def _split_version(rest: str) -> tuple[str, str]:
    """Split path and version; an "@" that begins a segment belongs to an npm scope that was not encoded."""
    path, found, version = rest.rpartition("@")
    if not found or ((not path or path.endswith("/")) and "/" in version):
        return rest, ""
    return path, version


def _qualifiers(text: str, query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        key, _, value = pair.partition("=")
        if key.lower() in found:
            raise PurlError(text=text, reason=f"it names the qualifier '{key.lower()}' twice")
        found[key.lower()] = _decoded(text, value)
    return found


def _decoded(text: str, part: str) -> str:
    if "%" not in part:
        return part
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError as problem:
        raise PurlError(text=text, reason=f"'{part}' does not decode to UTF-8") from problem


def _encoded(part: str, safe: str = "") -> str:
    return quote(part, safe=f":{safe}")  # letters, digits and ".-_~" are never quoted


_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9.-]*\Z")
_KEY = re.compile(r"[a-z][a-z0-9._-]*\Z")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")

# Source: package-url/purl-spec at 16f3d0e, types/*-definition.json
_LOWER_NAMESPACE = frozenset(
    {
        "alpm",
        "apk",
        "bitbucket",
        "brew",
        "composer",
        "deb",
        "github",
        "hex",
        "luarocks",
        "qpkg",
        "rpm",
        "vscode-extension",
        "yocto",
    }
)
_LOWER_NAME = frozenset(
    {
        "alpm",
        "apk",
        "bitbucket",
        "bitnami",
        "brew",
        "chrome-extension",
        "composer",
        "deb",
        "github",
        "hex",
        "luarocks",
        "oci",
        "otp",
        "pub",
        "pypi",
        "vscode-extension",
    }
)
_LOWER_VERSION = frozenset({"huggingface", "oci", "pypi", "vscode-extension"})
_LEAST_SEGMENTS = {"swift": 2}  # host and owner
_NEEDS_QUALIFIER = {"julia": "uuid", "swid": "tag_id"}
_NAME_FORM = {"chrome-extension": re.compile(r"[a-p]{32}\Z")}
_VERSION_FORM = {"chrome-extension": re.compile(r"[0-9]+(\.[0-9]+){0,3}\Z")}


def _checked(
    text: str,
    type_: str,
    namespace: list[str],
    name: str,
    version: str,
    qualifiers: dict[str, str],
    subpath: list[str],
) -> Purl:
    """Return the parts, decoded, as a package URL in canonical form, or raise what is wrong with them."""
    if not _TYPE.match(type_):
        raise PurlError(text=text, reason=f"'{type_}' is not a type")
    type_ = type_.lower()
    name, version = _canonical_name(type_, name), version.lower() if type_ in _LOWER_VERSION else version
    subpath = [segment for segment in subpath if segment not in ("", ".", "..")]
    qualifiers = {key: value for key, value in sorted(qualifiers.items()) if value}
    if bad := next((key for key in qualifiers if not _KEY.match(key)), None):
        raise PurlError(text=text, reason=f"'{bad}' is not a key of a qualifier")
    if reason := _fault(type_, namespace, name, version, qualifiers, subpath):
        raise PurlError(text=text, reason=reason)
    joined = "/".join(segment.lower() if type_ in _LOWER_NAMESPACE else segment for segment in namespace)
    if type_ == "cpan":
        joined = joined.upper()
    return Purl(type_, joined or None, name, version or None, tuple(qualifiers.items()), "/".join(subpath) or None)


def _canonical_name(type_: str, name: str) -> str:
    if type_ in _LOWER_NAME:
        name = name.lower()
    if type_ == "pypi":
        name = name.replace("_", "-")
    if type_ == "pub":
        name = re.sub("[^a-z0-9_]", "_", name)
    return name


def _fault(
    type_: str, namespace: list[str], name: str, version: str, qualifiers: dict[str, str], subpath: list[str]
) -> str | None:
    if not name:
        return "it has no name"
    if any("/" in segment for segment in (*namespace, *subpath)):
        return "a segment of its path holds a slash"
    if any(_UNPRINTABLE.search(part) for part in (*namespace, name, version, *qualifiers.values(), *subpath)):
        return "it holds a character that no name can have"
    if len(namespace) < (least := _LEAST_SEGMENTS.get(type_, 0)):
        return f"the type {type_} asks for a namespace of {least} segments"
    if (key := _NEEDS_QUALIFIER.get(type_)) and key not in qualifiers:
        return f"the type {type_} asks for the qualifier '{key}'"
    if (form := _NAME_FORM.get(type_)) and not form.match(name):
        return f"'{name}' is no name of the type {type_}"
    if version and (form := _VERSION_FORM.get(type_)) and not form.match(version):
        return f"'{version}' is no version of the type {type_}"
    return None


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern taken apart; `below` is a whole name of "*", `open_*` a "*" at the end."""

    type: str
    namespace: str
    name: str
    open_namespace: bool
    open_name: bool

    @property
    def below(self) -> bool:
        return self.open_name and not self.name


def matches(pattern: str, purl: Purl) -> bool:
    """Say whether `purl` is among the packages that `pattern` names; its version does not matter.

    A pattern is a package URL without version, qualifiers and subpath. A name that ends in "*" stands for every name
    that begins so; a name of "*" alone for everything below its namespace, at any depth ("pkg:pypi/*",
    "pkg:npm/@fhir/*", "pkg:golang/github.com/acme/*"); a namespace that ends in "*" for every namespace that begins so.
    Cases count, but for the types that do not tell packages apart by case: nuget, golang and those in lower case.

    Raises `PurlPatternError`.
    """
    wanted = _taken_apart(pattern)
    if wanted.type != purl.type:
        return False
    namespace, name = _folded(purl.type, purl.namespace or ""), _folded(purl.type, purl.name)
    if wanted.open_namespace:
        fits = namespace.startswith(wanted.namespace)
    elif wanted.below:
        fits = not wanted.namespace or f"{namespace}/".startswith(f"{wanted.namespace}/")
    else:
        fits = namespace == wanted.namespace
    return fits and (name.startswith(wanted.name) if wanted.open_name else name == wanted.name)


def precision(pattern: str) -> tuple[int, int]:
    """Return a key that sorts patterns from the most precise: whole packages first, then the longer beginning.

    Raises `PurlPatternError`.
    """
    wanted = _taken_apart(pattern)
    if not wanted.open_name and not wanted.open_namespace:
        return 0, 0
    return 1, -len(wanted.namespace) - len(wanted.name)


@lru_cache(maxsize=4096)
def _taken_apart(pattern: str) -> _Pattern:
    head, _, last = pattern.rpartition("/")
    open_name, open_namespace = last.endswith("*"), head.endswith("*")
    # A letter stands in for a name that is "*" alone, since a package URL needs one.
    plain = f"{head.removesuffix('*')}/{last.removesuffix('*') or 'x'}"
    if "*" in plain:
        raise PurlPatternError(text=pattern, reason="'*' stands elsewhere than at the end of the namespace or the name")
    try:
        purl = parse(plain)
    except PurlError as problem:
        raise PurlPatternError(text=pattern, reason=str(dict(problem.said.arguments)["reason"])) from problem
    if purl != purl.without_version:
        raise PurlPatternError(text=pattern, reason="it names a version, a qualifier or a subpath")
    if open_namespace and not purl.namespace:
        raise PurlPatternError(text=pattern, reason="a '*' cannot stand for the type")
    name = "" if last == "*" else purl.name
    namespace = _folded(purl.type, purl.namespace or "")
    return _Pattern(purl.type, namespace, _folded(purl.type, name), open_namespace, open_name)


def _folded(type_: str, text: str) -> str:
    return text.lower() if type_ in ("nuget", "golang") else text
