"""Each lock file is told by its content and read; the samples stand in tests/samples/lockfiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from asepsis.errors import InputError
from asepsis.exchange.bill import Bill
from asepsis.exchange.facts import document_bytes, read_document
from asepsis.exchange.formats import FACTS, FORMATS
from asepsis.exchange.source import Source

SAMPLES = Path(__file__).parents[2] / "samples/lockfiles"
COMPONENTS = FACTS["components"]

# file: format, product, and for each component its package URL or name, its place, and the rows that depend on it
EXPECTED: dict[str, tuple[str, str | None, list[tuple[str, str, list[int]]]]] = {
    "Cargo.lock": (
        "cargo",
        "pump",
        [
            ("pkg:cargo/rand@0.7.3", "unplaced", []),
            ("pkg:cargo/rand@0.8.5", "direct", []),
            ("serde", "direct", [1]),
        ],
    ),
    "Gemfile.lock": (
        "gemfile",
        None,
        [
            ("parts", "direct", []),
            ("pkg:gem/nokogiri@1.18.2", "direct", []),
            ("pkg:gem/nokogiri@1.18.2?platform=x86_64-linux-gnu", "direct", []),
            ("pkg:gem/racc@1.8.1", "transitive", [1, 2]),
            ("pkg:gem/rack@3.1.8", "transitive", [0]),
        ],
    ),
    "Pipfile.lock": (
        "pipfile",
        None,
        [
            ("pkg:pypi/certifi@2024.8.30", "unplaced", []),
            ("own", "unplaced", []),
            ("pkg:pypi/pytest@8.3.4", "unplaced", []),
        ],
    ),
    "composer.lock": (
        "composer",
        None,
        [
            ("pkg:composer/monolog/monolog@3.8.1", "unplaced", []),
            ("pkg:composer/psr/log@v3.0.2", "unplaced", [0]),
            ("pkg:composer/phpunit/phpunit@11.5.6", "unplaced", []),
        ],
    ),
    "go.mod": (
        "go-mod",
        "example.com/pump",
        [
            ("pkg:golang/github.com/BurntSushi/toml@v1.4.0", "direct", []),
            ("pkg:golang/golang.org/x/text@v0.21.0", "transitive", []),
            ("pkg:golang/example.com/new@v1.1.0", "direct", []),
            ("pkg:golang/golang.org/x/sys@v0.28.0", "transitive", []),
        ],
    ),
    "go.sum": (
        "go-sum",
        None,
        [
            ("pkg:golang/github.com/BurntSushi/toml@v1.4.0", "unplaced", []),
            ("pkg:golang/golang.org/x/text@v0.21.0", "unplaced", []),
        ],
    ),
    "gradle.lockfile": (
        "gradle",
        None,
        [
            ("pkg:maven/com.google.guava/guava@33.4.0-jre", "unplaced", []),
            ("pkg:maven/org.junit/junit-bom@5.11.4", "unplaced", []),
        ],
    ),
    "package-lock-1.json": (
        "package-lock",
        None,
        [
            ("pkg:npm/core@1.2.3", "unplaced", []),
            ("pkg:npm/left@1.3.0", "unplaced", []),
            ("pkg:npm/left@2.0.0", "unplaced", [0]),
        ],
    ),
    "package-lock.json": (
        "package-lock",
        "pump",
        [
            ("pkg:npm/%40fhir/core@1.2.3", "direct", []),
            ("pkg:npm/left@2.0.0", "transitive", [0]),
            ("pkg:npm/left@1.3.0", "direct", [3]),
            ("parts", "direct", []),
        ],
    ),
    "packages.lock.json": (
        "dotnet",
        None,
        [
            ("pkg:nuget/Serilog@4.2.0", "direct", [2]),
            ("pkg:nuget/System.Text.Json@8.0.5", "transitive", [0]),
            ("parts", "direct", []),
        ],
    ),
    "pnpm-lock-5.yaml": (
        "pnpm",
        None,
        [("pkg:npm/%40fhir/core@1.2.3", "direct", []), ("pkg:npm/left@2.0.0", "transitive", [0])],
    ),
    "pnpm-lock.yaml": (
        "pnpm",
        None,
        [("pkg:npm/%40fhir/core@1.2.3", "direct", []), ("pkg:npm/left@2.0.0", "transitive", [0])],
    ),
    "poetry.lock": (
        "poetry",
        None,
        [
            ("pkg:pypi/anyio@4.8.0", "unplaced", []),
            ("pkg:pypi/idna@3.10", "unplaced", [0]),
            ("pkg:pypi/pytest@8.3.4", "unplaced", [0]),
        ],
    ),
    "pom.xml": (
        "pom",
        "pump",
        [
            ("pkg:maven/ca.uhn.hapi.fhir/hapi-fhir-base@7.4.0", "direct", []),
            ("pkg:maven/org.slf4j/slf4j-api@2.0.16", "direct", []),
            ("pkg:maven/org.acme/parts@2.0.0?classifier=linux", "direct", []),
            ("pkg:maven/org.junit/junit", "direct", []),
            ("pkg:maven/org.other/ranged", "direct", []),
        ],
    ),
    "pylock.toml": (
        "pylock",
        None,
        [
            ("pkg:pypi/attrs@25.1.0", "unplaced", [1]),
            ("pkg:pypi/cattrs@24.1.2", "unplaced", []),
            ("own", "unplaced", []),
        ],
    ),
    "requirements.txt": (
        "requirements",
        None,
        [
            ("pkg:pypi/django@5.2.19", "unplaced", []),
            ("pkg:pypi/uvicorn@0.30.1", "unplaced", []),
            ("pkg:pypi/requests", "unplaced", []),
            ("pkg:pypi/zope-interface@6.4", "unplaced", []),
            ("mine", "unplaced", []),
        ],
    ),
    "uv.lock": (
        "uv",
        "pump",
        [
            ("pkg:pypi/click@8.1.8", "direct", []),
            ("pkg:pypi/colorama@0.4.6", "transitive", [0]),
            ("ruff", "direct", []),
        ],
    ),
    "yarn-berry.lock": (
        "yarn-berry",
        "pump",
        [("pkg:npm/%40fhir/core@1.2.3", "direct", []), ("pkg:npm/left@2.0.0", "transitive", [0])],
    ),
    "yarn.lock": (
        "yarn",
        None,
        [("pkg:npm/%40fhir/core@1.2.3", "unplaced", [1]), ("pkg:npm/left@2.0.0", "unplaced", [0])],
    ),
}
LEFT = {
    "Cargo.lock": ["the purl of serde"],
    "Gemfile.lock": ["the purl of parts"],
    "Pipfile.lock": ["the purl of own"],
    "go.mod": ["example.com/near"],
    "go.sum": ["line 5"],
    "gradle.lockfile": ["line 6"],
    "package-lock.json": ["the purl of parts"],
    "packages.lock.json": ["the purl of parts"],
    "pom.xml": ["org.junit/junit", "org.other/ranged", "what the dependencies bring along"],
    "pylock.toml": ["the purl of own"],
    "requirements.txt": ["line 3", "requests", "mine", "the purl of mine", "line 12"],
    "uv.lock": ["the purl of ruff"],
}
each = pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))


def bill(name: str) -> Bill:
    reading = COMPONENTS.format_of(SAMPLES / name).reading(SAMPLES / name)
    assert isinstance(reading, Bill)
    return reading


@each
def test_a_lock_file_is_told_by_its_content_and_read_with_places_and_parents(name: str) -> None:
    format_, product, components = EXPECTED[name]
    found = bill(name)
    assert COMPONENTS.format_of(SAMPLES / name).name == format_
    assert found.fact.product == product
    assert [
        (one.purl or one.name, one.place, list(parents))
        for one, parents in zip(found.fact.components, found.parents, strict=True)
    ] == components
    assert read_document(document_bytes(found.fact)) == found.fact


@each
def test_what_is_not_read_of_a_lock_file_is_told(name: str) -> None:
    assert [what for what, _ in bill(name).receipt.not_taken] == LEFT.get(name, [])


def hashes(name: str) -> list[tuple[str, str]]:
    return [(algorithm, content[:8]) for one in bill(name).fact.components for algorithm, content in one.hashes]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("package-lock.json", [("SHA-512", "cf83e135")]),
        ("package-lock-1.json", [("SHA-1", "da39a3ee")]),
        ("yarn.lock", [("SHA-512", "cf83e135"), ("SHA-1", "da39a3ee"), ("SHA-1", "da39a3ee")]),
        ("packages.lock.json", [("SHA-512", "cf83e135")]),
        ("composer.lock", [("SHA-1", "da39a3ee")]),
        ("Gemfile.lock", [("SHA-256", "d3fbcbca")]),
        ("requirements.txt", [("SHA-256", "aa00aa00"), ("SHA-256", "bb00bb00")]),
        ("go.sum", [("h1", "kuoIxZQy"), ("h1", "zyQAAkrw")]),
        ("yarn-berry.lock", []),
    ],
)
def test_hashes_are_written_in_hex_and_dropped_where_they_are_none(name: str, found: list[tuple[str, str]]) -> None:
    assert hashes(name) == found


def test_packages_for_development_are_counted() -> None:
    told = [getattr(note, "text", str)() for note in bill("package-lock.json").receipt.notes]
    assert "Packages that only development and tests need are listed too: 1." in told


LOCKS = sorted({format_ for format_, _, _ in EXPECTED.values()})
REFUSED = {"json": b'{"a": [1]}', "xml": b"<a/>", "toml": b"a = 1\n", "yaml": b"a: 1\n", "text": b"!!!\n???\n"}


@pytest.mark.parametrize("format_", LOCKS)
@pytest.mark.parametrize("form", sorted(REFUSED))
def test_what_is_no_lock_file_is_refused_in_one_sentence(format_: str, form: str) -> None:
    with pytest.raises(InputError, match=r"^x cannot be read as|^x is not JSON"):
        FORMATS[format_].read(Source("x", REFUSED[form]))


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_lock_file_that_is_cut_off_is_read_or_refused(name: str, part: float) -> None:
    data = (SAMPLES / name).read_bytes()
    cut = Source(name, data[: int(len(data) * part)])
    try:
        FORMATS[EXPECTED[name][0]].read(cut)
    except InputError as refusal:
        told = str(refusal)
    else:
        told = name
    assert name in told


def test_a_yaml_that_multiplies_itself_is_refused() -> None:
    bomb = "__metadata:\n  version: 8\na: &a [x,x]\nb: &b [*a,*a,*a,*a]\n"
    with pytest.raises(InputError, match="has an alias, which no bill needs, at line 4"):
        FORMATS["yarn-berry"].read(Source("yarn.lock", bomb.encode()))


@pytest.mark.parametrize("format_", ["pylock", "cargo", "pnpm", "package-lock"])
def test_deep_nesting_is_refused(format_: str) -> None:
    deep = {"pylock": "a = ", "cargo": "a = ", "pnpm": "lockfileVersion: ", "package-lock": '{"a":'}[format_]
    with pytest.raises(InputError, match=r"nests deeper than 200 levels|exceeded maximum nesting depth"):
        FORMATS[format_].read(Source("x", (deep + "[" * 50_000).encode()))


ALIASES = {
    "yarn": """# yarn lockfile v1

"own@npm:@acme/pump@^2.0.0", "@acme/pump@^2.0.0":
  version "2.1.0"
  resolved "https://registry.example/@acme/pump/-/pump-2.1.0.tgz#b44a9b6297bcb698f1c51a3545a2b3b368d59c52"
""",
    "yarn-berry": """__metadata:
  version: 8

"own@npm:@acme/pump@^2.0.0":
  version: 2.1.0
  resolution: "@acme/pump@npm:2.1.0"
""",
    "package-lock": """{"lockfileVersion": 1, "dependencies": {"own": {"version": "npm:@acme/pump@2.1.0"}}}""",
    "pnpm": """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      own: {specifier: 'npm:@acme/pump@2.1.0', version: '@acme/pump@2.1.0'}
packages:
  '@acme/pump@2.1.0':
    resolution: {integrity: sha512-AAAA}
""",
}


@pytest.mark.parametrize("format_", ALIASES)
def test_a_package_under_a_name_of_the_project_is_told_by_its_own(format_: str) -> None:
    read = FORMATS[format_].read(Source("lock", ALIASES[format_].encode()))
    assert [one.purl for one in read.fact.components] == ["pkg:npm/%40acme/pump@2.1.0"]


@pytest.mark.parametrize(
    "version", ["git+ssh://git@forge.example/a/b.git#0123", "file:../b", "https://forge.example/b.tgz"]
)
def test_what_comes_from_elsewhere_has_no_package_url_in_the_first_form_of_npm_either(version: str) -> None:
    document = f'{{"lockfileVersion": 1, "dependencies": {{"b": {{"version": "{version}"}}}}}}'
    (one,) = FORMATS["package-lock"].read(Source("lock", document.encode())).fact.components
    assert (one.name, one.purl) == ("b", None)
