"""What a maker may set: each value with its default, the floor it cannot pass, and what is in force."""

from __future__ import annotations

import enum
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from asepsis.clauses.numbers import near
from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence

Setting: TypeAlias = int | bool | str | tuple[str, ...]
Source = Literal["default", "founding", "organisation", "product"]

TIME_ZONE = "people.time_zone"
INDEPENDENCE = "development.independence."

LONGEST_WORD = 60  # characters of a name in a list
MOST_WORDS = 50


class UnknownPolicyError(InputError):
    """No value of this name can be set."""

    code = "policy-unknown"
    sentence = Sentence("Policy has no value '{name}'.", next="Name one that it has; near it are {near}.")


class UnfitValueError(InputError):
    """A value was set to something that it cannot be."""

    code = "policy-unfit"
    sentence = Sentence("{name} cannot be '{found}': it is {expected}.", next="Set it to {expected}.")


class PastFloorError(RefusedError):
    """A value was set past its floor: the standard, or the law, leaves no room there."""

    code = "policy-past-floor"
    sentence = Sentence(
        "{name} cannot be {found}: its floor is {floor} ({why}).", next="Set it to {floor}, or to something stricter."
    )


class LaxerProductError(RefusedError):
    """A product's value is laxer than the organisation's, where a floor exists."""

    code = "policy-laxer-product"
    sentence = Sentence(
        "{name} cannot be {found} for one product: the organisation's is {above}, and a product's may only be stricter.",
        next="Leave it out, set something stricter, or have the organisation's policy revised.",
    )


class Measure(enum.StrEnum):
    """What a value is."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    MINUTES = "minutes"
    COUNT = "count"
    LEVEL = "level"  # of independence, 0 to 3
    FLAG = "flag"
    CHOICE = "choice"  # one of its choices, mildest first
    CHOICES = "choices"  # a set of its choices
    NAMES = "names"  # a set of names that a maker writes; one that ends in + stands for the larger sizes too
    ZONE = "zone"  # an IANA time zone


class Stricter(enum.StrEnum):
    """Which way a value gets stricter. Of a flag, MORE is yes; of a set, LESS is fewer; of a choice, MORE is later."""

    LESS = "less"
    MORE = "more"


RANGES: Mapping[Measure, tuple[int, int]] = MappingProxyType(
    {
        Measure.DAYS: (0, 3650),
        Measure.MONTHS: (1, 600),
        Measure.YEARS: (1, 100),
        Measure.MINUTES: (1, 1440),
        Measure.COUNT: (0, 20),
        Measure.LEVEL: (0, 3),
    }
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a maker may set. `floor` is the laxest it can be, `None` where neither standard nor law gives one.

    `stricter` is `None` for what is neither strict nor lax (a time zone).
    """

    name: str
    measure: Measure
    default: Setting
    stricter: Stricter | None
    floor: Setting | None = None
    why: str = ""
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Return what the value can be, in words that follow "it is"."""
        match self.measure:
            case Measure.FLAG:
                return "yes or no"
            case Measure.CHOICE:
                return f"one of {', '.join(self.choices)}"
            case Measure.CHOICES:
                return f"one or more of {', '.join(self.choices)}"
            case Measure.NAMES:
                return f"one to {MOST_WORDS} different names, joined by commas"
            case Measure.ZONE:
                return "a time zone such as Europe/Berlin"
            case _:
                least, most = RANGES[self.measure]
                what = "" if self.measure in (Measure.COUNT, Measure.LEVEL) else f" of {self.measure.value}"
                return f"a whole number{what} from {least} to {most}"

    def checked(self, value: Any) -> Setting:
        """Return a plain value as this one holds it: numbers, flags and words as they are, a list as a sorted tuple.

        Raises `UnfitValueError` where it is of another type, unknown or out of range. The floor is `admit`'s.
        """
        match self.measure, value:
            case Measure.FLAG, bool():
                return value
            case Measure.CHOICE, str() if value in self.choices:
                return value
            case Measure.ZONE, str() if _is_zone(value):
                return value
            case ((Measure.CHOICES | Measure.NAMES), (list() | tuple())) if self._is_set(value):
                return tuple(sorted(value))
            case _, int() if self.measure in RANGES and not isinstance(value, bool):
                least, most = RANGES[self.measure]
                if least <= value <= most:
                    return value
        raise UnfitValueError(name=self.name, found=told(value)[:LONGEST_WORD], expected=self.expected)

    def parse(self, text: str) -> Setting:
        """Return what a person typed, as this value holds it. Raises `UnfitValueError`."""
        typed: Any = text.strip()
        match self.measure:
            case Measure.FLAG:
                typed = {"yes": True, "no": False}.get(typed.lower(), typed)
            case Measure.CHOICES | Measure.NAMES:
                typed = [word.strip() for word in typed.split(",")]
            case Measure.CHOICE | Measure.ZONE:
                pass
            case _:
                typed = int(typed) if re.fullmatch("[0-9]{1,6}", typed) else typed
        return self.checked(typed)

    def laxer(self, one: Setting, other: Setting) -> bool:
        """Return whether `one` is laxer than `other`: of sets, whether it holds what `other` does not."""
        match self.measure, one, other:
            case _ if self.stricter is None:
                return False
            case Measure.CHOICE, str(), str():
                left, right = self.choices.index(one), self.choices.index(other)
            case _, tuple(), tuple():
                more, fewer = (one, other) if self.stricter is Stricter.LESS else (other, one)
                return not set(more) <= set(fewer)
            case _, int(), int():
                left, right = one, other
            case _:
                raise TypeError(f"{self.name} does not compare {one!r} and {other!r}")
        return left > right if self.stricter is Stricter.LESS else left < right

    def _is_set(self, words: list[Any] | tuple[Any, ...]) -> bool:
        if not 1 <= len(words) <= MOST_WORDS or not all(isinstance(word, str) for word in words):
            return False
        if len(set(words)) < len(words):
            return False
        if self.measure is Measure.CHOICES:
            return set(words) <= set(self.choices)
        return all(word.isprintable() and word.strip() == word and 0 < len(word) <= LONGEST_WORD for word in words)


def _is_zone(name: str) -> bool:
    if re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", name) is None:
        return False
    import zoneinfo  # a zone is looked at when one is set, and this takes its time to load

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return False
    return True


def told(value: Any) -> str:
    """Return a value as a person types it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(str(one) for one in value)
        case _:
            return str(value)


_INDEPENDENCE_OF: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "requirements": (2, "an independent department, as IEC 62443-4-1:2018 Table 3 asks for SVV-1"),
        "threat-mitigation": (2, "an independent department, as IEC 62443-4-1:2018 Table 3 asks for SVV-2"),
        "vulnerability": (1, "an independent person, as IEC 62443-4-1:2018 Table 3 asks for SVV-3"),
        "attack-surface": (1, "an independent person, as IEC 62443-4-1:2018 Table 3 asks for SVV-3"),
        "known-vulnerabilities": (1, "an independent person, as IEC 62443-4-1:2018 Table 3 asks for SVV-3"),
        "penetration": (2, "an independent department or organisation, as IEC 62443-4-1:2018 Table 3 asks for SVV-4"),
        "composition": (0, "none, as IEC 62443-4-1:2018 Table 3 leaves it"),
        "static": (0, "none, as IEC 62443-4-1:2018 Table 3 leaves it"),
        "dynamic": (0, "no table names this type of test"),
        "performance": (0, "no table names this type of test"),
        "boundary": (0, "no table names this type of test"),
        "service-reliance": (0, "no table names this type of test"),
        "integration": (0, "no table names this type of test"),
    }
)
TEST_TYPES: tuple[str, ...] = tuple(_INDEPENDENCE_OF)

ALGORITHMS = ("ECDSA P-256+", "Ed25519", "RSA 3072+", "SHA-256+", "SHA3-256+")


def _values() -> Iterator[Value]:
    less, more = Stricter.LESS, Stricter.MORE
    days, months = Measure.DAYS, Measure.MONTHS
    yield Value("quality.procedure_review_months", months, 24, less)
    yield Value("quality.audit_cycle_months", months, 36, less, 36, "certification cycle; each process once in it")
    yield Value("quality.qualification_months", months, 36, less)
    yield Value("quality.resolution_review_months", months, 12, less, 12, "IEC 81001-5-1:2021, 4.1.8")
    yield Value("quality.management_review_months", months, 12, less)
    yield Value("quality.effect_check_months", months, 6, less)
    yield Value("quality.late_entry_days", days, 14, less)
    yield Value(
        "quality.retention_years",
        Measure.YEARS,
        10,
        more,
        10,
        "after the last release that rests on it is no longer supplied; 15 for implantables; "
        "compare Regulation (EU) 2017/745, Article 10(8)",
    )
    yield Value("development.practices_review_months", months, 12, less, why="coding standards and design practices")
    yield Value("development.environment_check_months", months, 6, less)
    yield Value("development.key_custody_months", months, 12, less)
    yield Value("development.layers_for_high_risk", Measure.COUNT, 2, more, 1, "defence in depth")
    for type_, (level, why) in _INDEPENDENCE_OF.items():
        yield Value(INDEPENDENCE + type_, Measure.LEVEL, level, more, why=f"{why}; a lower level needs a justification")
    yield Value(
        "development.key_storage",
        Measure.CHOICES,
        ("hsm", "kms", "token"),
        less,
        why="IEC 81001-5-1:2021, 5.8.4; an encrypted file must be said here, where management signs it",
        choices=("hsm", "token", "kms", "encrypted-file"),
    )
    yield Value("development.algorithms", Measure.NAMES, ALGORITHMS, less, why="a + stands for the larger sizes too")
    yield Value("configuration.supplier_assessment_months", months, 24, less)
    yield Value("configuration.ledger_verification_days", days, 31, less)
    yield Value(
        "configuration.unmatched_components",
        Measure.CHOICE,
        "gap",
        more,
        "gap",
        "IEC 81001-5-1:2021, 4.3: each item has a category",
        ("shown", "gap"),
    )
    yield Value("risk.model_review_months", months, 12, less, why="parent practice SR-2; unconfirmed for this standard")
    yield Value("risk.control_look_months", months, 12, less, why="where the control names none")
    yield Value("risk.control_look_days", days, 30, less, why="after an event that touches a control")
    yield Value("problems.acknowledge_days", days, 7, less)
    yield Value("problems.investigate_days", days, 30, less)
    yield Value("problems.analyse_days", days, 30, less)
    yield Value("problems.channel_try_months", months, 12, less)
    yield Value(
        "problems.vex_four_eyes",
        Measure.CHOICE,
        "exploited-or-high",
        more,
        why="which statements of exploitability need a second pair of eyes",
        choices=("never", "exploited", "exploited-or-critical", "exploited-or-high", "always"),
    )
    yield Value(
        "problems.disclose_days",
        days,
        30,
        less,
        why="from the fix being available; the laws' own clocks are no policy",
    )
    yield Value("maintenance.feed_age_days", days, 7, less, 30, "older is stale: unknown")
    yield Value(
        "maintenance.scan_age_days", days, 14, less, 30, "scan for known vulnerabilities before the release decision"
    )
    yield Value("maintenance.compatibility_days", days, 30, less, why="after an upstream update")
    yield Value("statements.attestation_months", months, 12, less)
    yield Value(
        "statements.count_recommended",
        Measure.FLAG,
        False,
        more,
        why="recommended and unconfirmed obligations count towards a clause",
    )
    yield Value(
        "people.signing_session_minutes",
        Measure.MINUTES,
        15,
        less,
        15,
        "one continuous period, 21 CFR 11.200(a)(1)(i)",
    )
    yield Value(
        "people.second_eyes_by_quality",
        Measure.FLAG,
        True,
        less,
        why="where only one person holds a role, quality signs as the second pair of eyes",
    )
    yield Value(TIME_ZONE, Measure.ZONE, "UTC", None, why="days and deadlines; the founding of the ledger names it")


POLICY: Mapping[str, Value] = MappingProxyType({value.name: value for value in _values()})


def value_named(name: str) -> Value:
    """Return the value of that name. Raises `UnknownPolicyError`, which names those near it."""
    if (found := POLICY.get(name)) is None:
        raise UnknownPolicyError(name=name[:LONGEST_WORD], near=near(name, POLICY))
    return found


def parse(name: str, text: str) -> Setting:
    """Return what a person set a value to. Raises `UnknownPolicyError`, `UnfitValueError` or `PastFloorError`."""
    value = value_named(name)
    return _above_floor(value, value.parse(text))


def admit(settings: Mapping[str, Any], *, above: InForce | None = None) -> Mapping[str, Setting]:
    """Return the values that a Policy may be submitted with, as they are held.

    `above` is what is in force for the organisation, where the Policy is a product's: where a floor exists, a
    product's value may only be stricter.

    Raises `UnknownPolicyError`, `UnfitValueError`, `PastFloorError` or `LaxerProductError`.
    """
    found = _read(settings)
    if above is None:
        return found
    for name, setting in found.items():
        value = POLICY[name]
        if value.floor is not None and value.laxer(setting, above[name]):
            raise LaxerProductError(name=name, found=told(setting), above=told(above[name]))
    return found


def _read(settings: Mapping[str, Any]) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for name, setting in settings.items():
        value = value_named(name)
        found[name] = _above_floor(value, value.checked(setting))
    return found


def _above_floor(value: Value, setting: Setting) -> Setting:
    if value.floor is not None and value.laxer(setting, value.floor):
        raise PastFloorError(name=value.name, found=told(setting), floor=told(value.floor), why=value.why)
    return setting


@dataclass(frozen=True, slots=True, eq=False)
class InForce(Mapping[str, Setting]):
    """All values of policy as they are in force for a product, or for the organisation. It never changes.

    `policy["quality.audit_cycle_months"]` gives a value; `number`, `flag`, `word` and `words` give it by its type. A
    name that policy does not have raises `KeyError`: it comes from a program, not from a person.
    """

    _settings: Mapping[str, Setting]
    _sources: Mapping[str, Source]

    def __getitem__(self, name: str) -> Setting:
        return self._settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def number(self, name: str) -> int:
        """Return a value that is a number of days, months, years, minutes, things, or a level."""
        match self._settings[name]:
            case bool():
                pass
            case int() as found:
                return found
        raise TypeError(f"{name} is no number")

    def flag(self, name: str) -> bool:
        """Return a value that is yes or no."""
        match self._settings[name]:
            case bool() as found:
                return found
        raise TypeError(f"{name} is no flag")

    def word(self, name: str) -> str:
        """Return a value that is one of its choices, or a time zone."""
        match self._settings[name]:
            case str() as found:
                return found
        raise TypeError(f"{name} is no word")

    def words(self, name: str) -> tuple[str, ...]:
        """Return a value that is a set of words, sorted."""
        match self._settings[name]:
            case tuple() as found:
                return found
        raise TypeError(f"{name} is no set of words")

    @property
    def independence(self) -> Mapping[str, int]:
        """Return the level of independence (0 to 3) that each type of test asks for."""
        return {type_: self.number(INDEPENDENCE + type_) for type_ in TEST_TYPES}

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of all values as canonical JSON, which an assessment names."""
        text = json.dumps(self.as_values(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def source(self, name: str) -> Source:
        """Return who set a value; `default` is nobody's decision and is shown so."""
        return self._sources[name]

    def as_values(self) -> dict[str, Any]:
        """Return all values as plain JSON values."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in self._settings.items()}


def in_force(
    organisation: Mapping[str, Any] | None = None,
    product: Mapping[str, Any] | None = None,
    *,
    time_zone: str | None = None,
) -> InForce:
    """Return what is in force: the defaults, overlaid by the organisation's values, then by the product's.

    Where a floor exists and the product's value is laxer than the organisation's (which may have become stricter
    since), the organisation's stays. `time_zone` is the one that the ledger was founded with.

    Raises `UnknownPolicyError`, `UnfitValueError` or `PastFloorError`.
    """
    settings: dict[str, Setting] = {name: value.default for name, value in POLICY.items()}
    sources: dict[str, Source] = dict.fromkeys(POLICY, "default")
    if time_zone is not None:
        settings[TIME_ZONE], sources[TIME_ZONE] = POLICY[TIME_ZONE].checked(time_zone), "founding"
    for name, setting in _read(organisation or {}).items():
        settings[name], sources[name] = setting, "organisation"
    for name, setting in _read(product or {}).items():
        if POLICY[name].floor is None or not POLICY[name].laxer(setting, settings[name]):
            settings[name], sources[name] = setting, "product"
    return InForce(MappingProxyType(settings), MappingProxyType(sources))


def covered(algorithm: str, names: Iterable[str]) -> bool:
    """Return whether one of `names`, as development.algorithms holds them, stands for `algorithm`.

    Case, blanks, hyphens and underscores do not matter: "RSA 3072+" stands for "rsa-4096" and not for "RSA 2048".
    """
    family, size = _sized(algorithm)
    for name in names:
        named, least = _sized(name.removesuffix("+"))
        if family == named and (size == least or (name.endswith("+") and size > least > 0)):
            return True
    return False


def _sized(algorithm: str) -> tuple[str, int]:
    """Return the family of an algorithm and its size: ("sha3", 256) of "SHA3-256"; size 0 where it names none."""
    *front, last = re.split(r"[\s_-]+", algorithm.strip().casefold())
    digits = last[len(last.rstrip("0123456789")) :][-6:]
    return "".join([*front, last.removesuffix(digits)]), int(digits or 0)
