"""pom.xml: the dependencies that a project of Maven names itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asepsis.exchange.bill import Bill
from asepsis.exchange.lockfiles.lock import ROOT, Lock
from asepsis.exchange.source import Source
from asepsis.exchange.xml_nodes import Node, nodes
from asepsis.sentences import Sentence

DIRECT_ONLY = Sentence("a pom.xml names the direct dependencies only")
UNRESOLVED = Sentence("its version '{version}' is set elsewhere, so the component has none")
NO_VERSION = Sentence("its version is set elsewhere, so the component has none")

MOST_STEPS = 20  # of a property whose value is another one
_PROPERTY = re.compile(r"\$\{([^${}]{1,200})\}")


def read(source: Source) -> Bill:
    """Return the dependencies of a pom.xml, in its order, all of them direct.

    Versions are taken from the dependency, else from `dependencyManagement`, and properties of the same file are put in.
    What is set in a parent is not known here and told.

    Raises `UnreadableLockError` and what `xml_nodes.nodes` raises.

    Source: Maven, "POM Reference".
    """
    lock = Lock(source, "pom.xml", "maven")
    project = Node("project")
    for holder, node in nodes(source):
        if not holder and node.name != "project":
            raise lock.refuse(f"its root is '{node.name[:80]}', and 'project' is expected")
        if holder:
            project.children.append(node)
    properties = _properties(project)
    lock.of(project.said("artifactId"), _filled(project.said("version"), properties))
    managed = project.child("dependencyManagement")
    set_ = {_called(one, properties): one.said("version") for one in _dependencies(managed)} if managed else {}
    lock.requires(ROOT, ())
    dependencies = list(_dependencies(project))
    for one in dependencies:
        called = _called(one, properties)
        version = _filled(one.said("version") or set_.get(called), properties)
        if version is None or "${" in version or version[:1] in "[(":
            lock.tally.leave(called, NO_VERSION.said() if version is None else UNRESOLVED.said(version=version))
            version = None
        key, classifier, kind = f"{called}@{version}", one.said("classifier"), one.said("type")
        qualifiers = {"classifier": classifier or "", "type": kind if kind and kind != "jar" else ""}
        lock.package(
            called,
            version,
            key=key,
            qualifiers=qualifiers,
            is_for_development=one.said("scope") == "test",
        )
        if lock.has(key):
            lock.requires(ROOT, [key])
    if dependencies:
        lock.tally.leave("what the dependencies bring along", DIRECT_ONLY.said())
    return lock.bill()


def _dependencies(holder: Node) -> Iterator[Node]:
    return (one for one in holder.listed("dependencies") if one.name == "dependency")


def _called(one: Node, properties: dict[str, str]) -> str:
    group, name = _filled(one.said("groupId"), properties), _filled(one.said("artifactId"), properties)
    return f"{group}/{name}" if group and name else ""


def _properties(project: Node) -> dict[str, str]:
    parent = project.child("parent")
    found = {one.name: one.text or "" for one in project.listed("properties")}
    for name in ("groupId", "artifactId", "version"):
        value = project.said(name) or (parent.said(name) if parent else None)
        if value:
            found |= {f"project.{name}": value, f"pom.{name}": value}
        if parent and (inherited := parent.said(name)):
            found[f"project.parent.{name}"] = inherited
    return found


def _filled(text: str | None, properties: dict[str, str]) -> str | None:
    """Return a text with its properties put in, as far as they are known."""
    for _ in range(MOST_STEPS):
        if text is None or "${" not in text or len(text) > 1000:
            return text
        filled = _PROPERTY.sub(lambda found: properties.get(found[1], found[0]), text)
        if filled == text:
            return text
        text = filled
    return text
