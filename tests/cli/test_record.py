from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from asepsis.configuration.records import Supplier
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from tests.cli.conftest import OTHER_WORDS, WORDS, Desk, process

PROFILE = """
title: Bedside gateway
name: Bedside gateway
form: samd
intended_use: Moves studies from the ward to the archive.
users:
  - who: ward nurse
environment_of_use: The clinical network of a hospital.
foreseeable_misuse: One login for the whole ward.
safety_class: B
reachable: hospital-network
accounts: yes
relies_on_services: no
"""
SUPPLIER = """
title: Library makers
name: Library makers
contact: security@example.org
disclosure_channel: The same mailbox.
kind: open-source
"""
ACTION = "title: Mend it\norigin: review\nbecause: [{}]\nwhat: Mend what broke.\nowner: Ada\ndue: 2027-01-01\n"


def an_editor(desk: Desk, program: str) -> str:
    """Return a command that edits a file as `program` says: it has the text as `text` and how often it ran as `run`."""
    script = desk.file("editor.py", EDITOR.replace("PROGRAM", program.replace("\n", "\n    ")))
    return f"{sys.executable} {script}"


EDITOR = """
import pathlib, sys
path, counter = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).with_suffix(".count")
run = int(counter.read_text()) + 1 if counter.exists() else 1
counter.write_text(str(run))
text = path.read_text()
(counter.with_name(f"seen-{run}.txt")).write_text(text)
def edit(text, run):
    PROGRAM
    return text
path.write_text(edit(text, run))
"""


def seen(desk: Desk, run: int) -> str:
    return (desk.home.parent / f"seen-{run}.txt").read_text(encoding="utf-8")


def kept(desk: Desk) -> list[Path]:
    folder = desk.home / "edits"
    return sorted(folder.iterdir()) if folder.is_dir() else []


# --- writing --------------------------------------------------------------------------------------------------------


def test_a_record_goes_from_a_file_to_effective(desk: Desk) -> None:
    made = desk.done("record", "new", "PRD", desk.file("profile.yaml", PROFILE))
    assert made.out == "GW-PRD-1 is saved as a draft.\nNext: asepsis record submit GW-PRD-1\n"
    submitted = desk.done("record", "submit", "GW-PRD-1")
    assert "waits to be approved by regulatory and reviewed by clinical" in submitted.out
    signed = desk.done("record", "approve", "GW-PRD-1", "--passphrase-file", desk.words)
    assert signed.out == "GW-PRD-1 is signed. It is effective.\n"
    assert desk.value("record", "show", "GW-PRD-1")["standing"] == "effective"


def test_an_incomplete_draft_is_saved_and_says_what_it_lacks(desk: Desk) -> None:
    said = desk.value("record", "new", "ProductProfile", desk.file("profile.yaml", "title: Gateway"))
    assert (said["complete"], "intended_use is missing" in said["lacks"]) == (False, True)


def test_an_incomplete_draft_cannot_be_submitted(desk: Desk) -> None:
    desk.done("record", "new", "ProductProfile", desk.file("profile.yaml", "title: Gateway"))
    said = desk.run("record", "submit", "GW-PRD-1")
    assert (said.code, "intended_use is missing" in said.err) == (4, True)


def test_what_cannot_be_read_saves_nothing(desk: Desk) -> None:
    said = desk.run("record", "new", "ProductProfile", desk.file("profile.yaml", "form: toaster"))
    assert (said.code, "form is 'toaster'" in said.err) == (4, True)
    assert desk.value("record", "list", "ProductProfile")["total"] == 0


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "a: !!python/object/apply:os.system [id]", "title: a\ntitle: b", b"\xff\xfe\x00", b"\x00"]
)
def test_hostile_files_are_refused_with_one_sentence(text: str | bytes, desk: Desk) -> None:
    said = desk.run("record", "new", "ProductProfile", desk.file("profile.yaml", text))
    assert (said.code, said.out, len(said.err.splitlines())) == (4, "", 2)
    assert "profile.yaml, line" in said.err


def test_a_file_with_too_many_bytes_is_refused(desk: Desk) -> None:
    said = desk.run("record", "new", "ProductProfile", desk.file("profile.yaml", b"#" * (2 * 1024 * 1024)))
    assert (said.code, "1,048,576 bytes" in said.err) == (4, True)


def test_an_unknown_kind_is_refused(desk: Desk) -> None:
    said = desk.run("record", "new", "Nonsense", desk.file("profile.yaml", PROFILE))
    assert (said.code, "asepsis kinds" in said.err) == (4, True)


def test_evidence_given_as_a_file_is_kept(desk: Desk) -> None:
    desk.file("certificate.pdf", b"%PDF signed")
    text = "title: QMS\ncertificate:\n  file: certificate.pdf\n  shows: certificate\n"
    label = desk.value("record", "new", "QualitySystem", desk.file("qms.yaml", text))["label"]
    digest = desk.value("record", "show", label)["content"]["certificate"]["digest"]
    assert queries.file(digest) == b"%PDF signed"


def test_a_kind_of_the_organisation_needs_no_product(desk: Desk) -> None:
    assert desk.value("record", "new", "Supplier", desk.file("s.yaml", SUPPLIER))["label"] == "ORG-SUP-1"


def test_of_two_products_one_has_to_be_named(desk: Desk) -> None:
    desk.done("product", "new", "PX", "Pump")
    profile = desk.file("profile.yaml", PROFILE)
    said = desk.run("record", "new", "ProductProfile", profile)
    assert (said.code, "--product" in said.err) == (2, True)
    assert desk.value("record", "new", "ProductProfile", profile, "--product", "px")["label"] == "PX-PRD-1"


def test_who_is_not_named_cannot_write(desk: Desk) -> None:
    said = desk.run("record", "new", "ProductProfile", desk.file("profile.yaml", PROFILE), who=None)
    assert (said.code, "--as" in said.err) == (2, True)


def test_who_holds_no_role_cannot_write(desk: Desk) -> None:
    said = desk.run("record", "new", "ProductProfile", desk.file("profile.yaml", PROFILE), "--as", "Bob")
    assert (said.code, "not hold that role" in said.err) == (1, True)


# --- editing --------------------------------------------------------------------------------------------------------


def test_a_record_is_written_in_an_editor(desk: Desk) -> None:
    editor = an_editor(desk, 'text = text.replace("# title:", "title: Gateway")')
    said = desk.done("record", "new", "ProductProfile", EDITOR=editor)
    assert said.out.startswith("GW-PRD-1 is saved as a draft.")
    assert kept(desk) == []


def test_a_record_is_revised_in_an_editor(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    editor = an_editor(desk, 'text = text.replace("kind: open-source", "kind: off-the-shelf")')
    said = desk.done("record", "edit", label, EDITOR=editor)
    assert said.out.startswith(f"{label} is saved as revision 2.")
    assert desk.value("record", "diff", label)["changes"][0]["after"] == "off-the-shelf"


def test_what_is_wrong_stands_on_top_when_the_editor_opens_again(desk: Desk) -> None:
    program = (
        'text = text.replace("# kind:", "kind: magic") if run == 1 else text.replace("kind: magic", "kind: service")'
    )
    desk.done("record", "new", "Supplier", EDITOR=an_editor(desk, program))
    first = seen(desk, 2).splitlines()[0]
    assert first.startswith("# ! line ")
    assert "kind is 'magic', not one of made-for-us, off-the-shelf, open-source, service" in first
    assert desk.value("record", "show", "ORG-SUP-1")["content"] == {"kind": "service"}


def test_what_the_store_refuses_is_told_in_the_editor_too(desk: Desk) -> None:
    program = 'text = "role: ORG-SUP-1" if run == 1 else text.replace("ORG-SUP-1", "ORG-ROL-1")'
    desk.effective("Supplier", SUPPLIER)
    desk.done("record", "new", "Appointment", EDITOR=an_editor(desk, program))
    assert "is of another kind than this field takes" in seen(desk, 2).splitlines()[0]


def test_problems_do_not_pile_up(desk: Desk) -> None:
    program = 'text = text.replace("# kind:", "kind: magic").replace("kind: magic1", "kind: service") if run != 2 else '
    program += 'text.replace("kind: magic", "kind: magic1")'
    desk.done("record", "new", "Supplier", EDITOR=an_editor(desk, program))
    assert [line[:4] for line in seen(desk, 3).splitlines()[:3]] == ["# ! ", "# ! ", "# A "]


def test_who_gives_up_finds_the_text_in_a_file(desk: Desk) -> None:
    editor = an_editor(desk, 'text = text.replace("# kind:", "kind: magic\\n# what I wrote")')
    said = desk.run("record", "new", "Supplier", EDITOR=editor)
    (file,) = kept(desk)
    assert (said.code, str(file) in said.err) == (1, True)
    assert "# what I wrote" in file.read_text(encoding="utf-8")


def test_the_kept_text_can_be_given_in_the_place_of_the_editor(desk: Desk) -> None:
    desk.run("record", "new", "Supplier", EDITOR=an_editor(desk, 'text = text.replace("# kind:", "kind: magic")'))
    (file,) = kept(desk)
    file.write_text(file.read_text(encoding="utf-8").replace("magic", "service"), encoding="utf-8")
    assert desk.done("record", "new", "Supplier", file).code == 0


def test_an_editor_that_fails_after_writing_keeps_the_text(desk: Desk) -> None:
    editor = an_editor(desk, 'path.write_text(text + "# mine")\nsys.exit(3)')
    said = desk.run("record", "new", "Supplier", EDITOR=editor)
    (file,) = kept(desk)
    assert (said.code, str(file) in said.err, file.read_text(encoding="utf-8").endswith("# mine")) == (3, True, True)


def test_an_unchanged_text_saves_nothing_and_leaves_nothing(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    said = desk.run("record", "edit", label, EDITOR=an_editor(desk, "pass"))
    assert (said.code, kept(desk)) == (1, [])
    assert desk.value("record", "show", label)["revision"] == 1


def test_without_an_editor_a_file_is_asked_for(desk: Desk) -> None:
    said = desk.run("record", "new", "Supplier", EDITOR="no-such-editor-anywhere")
    assert (said.code, "give a file" in said.err, kept(desk)) == (3, True, [])


def test_the_kept_texts_are_for_their_owner_alone(desk: Desk) -> None:
    desk.run("record", "new", "Supplier", EDITOR=an_editor(desk, 'text = text.replace("# kind:", "kind: magic")'))
    (file,) = kept(desk)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_revision_by_somebody_else_meanwhile_is_not_overwritten(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    other = desk.file("other.yaml", SUPPLIER.replace("Library makers", "Others"))
    program = (
        f"import subprocess\nsubprocess.run({[sys.executable, '-m', 'asepsis', 'record', 'edit', label, str(other)]!r},"
    )
    program += " check=True, stdout=2)\ntext = text.replace('open-source', 'service')"
    editor = an_editor(desk, program)
    source = str(Path(__file__).parents[2] / "src")
    said = desk.run("record", "edit", label, EDITOR=editor, ASEPSIS_HOME=str(desk.home), PYTHONPATH=source)
    assert (said.code, "revised by somebody else" in said.err) == (1, True)
    assert "What you wrote is kept in" in said.err
    assert desk.value("record", "show", label)["content"]["title"] == "Others"


# --- signing --------------------------------------------------------------------------------------------------------


def submitted(desk: Desk) -> str:
    desk.done("record", "new", "ProductProfile", desk.file("profile.yaml", PROFILE))
    desk.done("record", "submit", "GW-PRD-1")
    return "GW-PRD-1"


def test_each_slot_gets_an_approval_of_its_own(desk: Desk) -> None:
    said = desk.value("record", "approve", submitted(desk), "--passphrase-file", desk.words)
    assert sorted(one["meaning"] for one in said["signed"]) == ["approved", "reviewed"]


def test_one_meaning_alone_can_be_signed(desk: Desk) -> None:
    said = desk.value("record", "approve", submitted(desk), "--meaning", "reviewed", "--passphrase-file", desk.words)
    assert said["records"][0]["waits_for"] == ["approved by regulatory"]


def test_what_is_signed_is_shown_with_its_name(desk: Desk) -> None:
    said = desk.done("record", "approve", submitted(desk), "--passphrase-file", desk.words)
    assert "GW-PRD-1 (ProductProfile, revision 1): Bedside gateway; signed as" in said.err


def test_a_set_is_signed_in_one_act(desk: Desk) -> None:
    desk.done("record", "new", "Supplier", desk.file("s.yaml", SUPPLIER))
    desk.done("record", "new", "Supplier", desk.file("s.yaml", SUPPLIER))
    desk.done("record", "submit", "ORG-SUP-1", "ORG-SUP-2")
    desk.done("record", "approve", "ORG-SUP-1", "ORG-SUP-2", "--passphrase-file", desk.words)
    assert "one of a set of 2" in desk.done("record", "history", "ORG-SUP-2").out


def test_a_wrong_passphrase_signs_nothing(desk: Desk) -> None:
    said = desk.run(
        "record", "approve", submitted(desk), "--passphrase-file", desk.file("wrong.txt", "wrong horses everywhere")
    )
    assert (said.code, "nothing was signed" in said.err) == (1, True)
    assert desk.value("record", "show", "GW-PRD-1")["head"] == "submitted"


def test_somebody_elses_passphrase_signs_nothing(desk: Desk) -> None:
    assert desk.run("record", "approve", submitted(desk), "--passphrase-file", desk.other_words).code == 1


def test_without_a_terminal_a_passphrase_comes_from_a_file(desk: Desk) -> None:
    said = desk.run("record", "approve", submitted(desk))
    assert (said.code, "--passphrase-file" in said.err) == (2, True)


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xff\n", b"x" * 5_000])
def test_a_file_that_holds_no_passphrase_is_told(data: bytes, desk: Desk) -> None:
    said = desk.run("record", "approve", submitted(desk), "--passphrase-file", desk.file("words.txt", data))
    assert (said.code, "passphrase file words.txt" in said.err) == (4, True)


def test_a_passphrase_that_others_can_read_is_told(desk: Desk) -> None:
    words = desk.words
    words.chmod(0o644)
    assert "chmod 600" in desk.done("record", "approve", submitted(desk), "--passphrase-file", words).err


def test_a_draft_cannot_be_signed(desk: Desk) -> None:
    desk.done("record", "new", "ProductProfile", desk.file("profile.yaml", PROFILE))
    assert desk.run("record", "approve", "GW-PRD-1", "--passphrase-file", desk.words).code == 1


def test_an_author_does_not_sign_what_four_eyes_see(desk: Desk) -> None:
    label = desk.value("policy", "set", "quality.procedure_review_months", "12", "--why", "It fits.")["label"]
    desk.done("record", "submit", label)
    said = desk.run("record", "approve", label, "--passphrase-file", desk.words)
    assert (said.code, "somebody else" in said.err) == (1, True)


def test_nothing_of_a_passphrase_is_written_or_named(desk: Desk) -> None:
    said = desk.done("record", "approve", submitted(desk), "--passphrase-file", desk.words)
    refused = desk.run("record", "approve", "GW-PRD-1", "--passphrase-file", desk.other_words)
    told = said.out + said.err + refused.out + refused.err
    assert [word for text in (WORDS, OTHER_WORDS) for word in text.split() if word in told] == []
    stored = b"".join(path.read_bytes() for path in desk.home.rglob("*") if path.is_file())
    assert WORDS.encode() not in stored


def test_no_option_takes_a_passphrase(desk: Desk) -> None:
    for command in (["record", "approve"], ["init"], ["person", "add"], ["attest"]):
        told = desk.run(*command, "--help").out
        assert ("--passphrase-file" in told, "--passphrase " in told, "PASSPHRASE" in told) == (True, False, False)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="this system shows no command lines in /proc")
def test_nothing_of_a_passphrase_is_in_the_process_list(desk: Desk) -> None:
    submitted(desk)
    pipe = desk.home.parent / "pipe"
    os.mkfifo(pipe, 0o600)
    command = [sys.executable, "-m", "asepsis", "record", "approve", "GW-PRD-1", "--passphrase-file", str(pipe)]
    source = str(Path(__file__).parents[2] / "src")
    environment = {**os.environ, "ASEPSIS_HOME": str(desk.home), "ASEPSIS_PERSON": "Ada", "PYTHONPATH": source}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        with pipe.open("w") as words:  # opens once the process waits for the passphrase
            told = Path(f"/proc/{running.pid}/cmdline").read_bytes() + Path(f"/proc/{running.pid}/environ").read_bytes()
            words.write(WORDS + "\n")
        out, _ = running.communicate()
    assert (running.returncode, b"is effective" in out) == (0, True)
    assert WORDS.encode() not in told


def test_a_rejected_record_is_told_with_its_reason(desk: Desk) -> None:
    desk.done("record", "reject", submitted(desk), "--why", "The use is too wide.")
    assert "rejected revision 1: The use is too wide." in desk.done("record", "history", "GW-PRD-1").out
    assert desk.value("record", "show", "GW-PRD-1")["head"] == "rejected"


def test_a_draft_is_withdrawn_by_its_author(desk: Desk) -> None:
    desk.done("record", "new", "ProductProfile", desk.file("profile.yaml", PROFILE))
    desk.done("record", "withdraw", "GW-PRD-1", "--why", "Begun by mistake.")
    assert desk.value("record", "show", "GW-PRD-1")["head"] == "withdrawn"


def test_what_is_effective_is_retired_and_not_withdrawn(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    assert desk.run("record", "withdraw", label, "--why", "Gone.").code == 1
    said = desk.value("record", "retire", label, "--why", "Gone.")
    assert said["records"][0]["waits_for"] == ["reviewed by quality"]
    assert desk.value("record", "show", label)["standing"] == "effective"


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_list_filters_by_kind_state_person_and_day(desk: Desk) -> None:
    supplier = desk.effective("Supplier", SUPPLIER)
    desk.done("record", "new", "ImprovementAction", desk.file("a.yaml", ACTION.format(supplier)))

    def labels(*options: str) -> list[str]:
        return [one["label"] for one in desk.value("record", "list", *options)["records"]]

    assert labels("Supplier") == labels("sup") == ["ORG-SUP-1"]
    assert labels("--state", "draft") == ["ORG-IMP-1"]
    assert labels("--who", "Ada", "IMP") == ["ORG-IMP-1"]
    assert labels("--due", "2027-01-01") == ["ORG-IMP-1"]
    assert labels("--due", "2027-06-01") == ["ORG-IMP-1"]
    assert labels("--due", "2026-12-31") == []
    assert labels("--product", "GW") == []


def test_a_list_comes_in_pages_without_holes(desk: Desk) -> None:
    for _ in range(5):
        desk.done("record", "new", "Supplier", desk.file("s.yaml", SUPPLIER))
    pages = [desk.value("record", "list", "Supplier", "--size", "2", "--page", str(page)) for page in (1, 2, 3, 4)]
    assert [one["label"] for page in pages for one in page["records"]] == [f"ORG-SUP-{n}" for n in range(1, 6)]
    assert (pages[0]["total"], pages[0]["pages"]) == (5, 3)


@pytest.mark.parametrize("option", [["--state", "asleep"], ["--due", "soon"], ["--due", "2026-02-30"]])
def test_a_filter_that_fits_no_record_at_all_is_told(option: list[str], desk: Desk) -> None:
    assert desk.run("record", "list", *option).code == 4


def test_show_tells_links_both_ways(desk: Desk) -> None:
    supplier = desk.effective("Supplier", SUPPLIER)
    action = desk.value("record", "new", "ImprovementAction", desk.file("a.yaml", ACTION.format(supplier)))["label"]
    assert [one["label"] for one in desk.value("record", "show", supplier)["referred_by"]] == [action]
    assert f"{supplier} (Library makers)" in desk.done("record", "show", action).out


def test_show_names_who_signed_with_time_and_meaning(desk: Desk) -> None:
    label = submitted(desk)
    assert desk.value("record", "show", label)["signatures"] == []
    desk.done("record", "approve", label, "--passphrase-file", desk.words)
    signed = desk.value("record", "show", label)["signatures"]
    said = desk.done("record", "show", label).out
    assert signed
    for one in signed:
        assert all(word in said for word in (one["name"], one["meaning"], one["at"][:10], one["how"]))


def test_show_of_what_is_not_there_is_told(desk: Desk) -> None:
    said = desk.run("record", "show", "GW-THR-9")
    assert (said.code, said.err.splitlines()[0]) == (4, "There is no record GW-THR-9 here.")


def test_a_title_cannot_steer_the_terminal(desk: Desk) -> None:
    text = SUPPLIER.replace("title: Library makers", r'title: "Library\e[2Jmakers [red]\u202e"')
    label = desk.value("record", "new", "Supplier", desk.file("s.yaml", text))["label"]
    for command in (["show", label], ["list"], ["diff", label], ["history", label]):
        told = desk.done("record", *command).out
        assert ("\x1b" in told, "\u202e" in told) == (False, False)
        assert "Library�[2Jmakers [red]" in told or command[0] == "diff"


def test_history_tells_what_happened_in_order(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    forms = [one["form"] for one in desk.value("record", "history", label)["events"]]
    assert forms == ["revision", "submission", "approval"]


def test_history_tells_times_in_the_zone_of_the_organisation(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    at = desk.value("record", "history", label)["events"][0]["at"]
    told = f"{datetime.fromisoformat(at).astimezone(ZoneInfo('Europe/Zurich')):%Y-%m-%d %H:%M}"
    assert told in desk.done("record", "history", label).out


def test_diff_marks_words_that_came_and_went(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    desk.done("record", "edit", label, desk.file("s.yaml", SUPPLIER.replace("The same mailbox", "The other mailbox")))
    assert "The [-same -]{+other +}mailbox." in desk.done("record", "diff", label).out
    assert "[-other -]{+same +}" in desk.done("record", "diff", label, "2", "1").out


def test_diff_against_a_revision_that_is_not_there_is_told(desk: Desk) -> None:
    label = desk.effective("Supplier", SUPPLIER)
    said = desk.run("record", "diff", label, "1", "7")
    assert (said.code, "has no revision 7; it has 1" in said.err) == (4, True)


def test_an_embargoed_record_is_there_for_security_alone(desk: Desk) -> None:
    hand = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    _, label = acts.create(hand, Supplier, {"title": "Secret"}, None, persons=())
    assert desk.run("record", "show", label, who=None).code == 4
    assert desk.run("record", "show", label, "--as", "Bob").code == 4
    assert desk.run("record", "show", label, "--as", "Ada").code == 0
    assert desk.value("record", "list", "Supplier", who=None)["total"] == 0
    assert desk.value("record", "list", "Supplier", who="Ada")["total"] == 1


def test_a_failure_is_one_json_object_on_standard_error(desk: Desk) -> None:
    said = desk.run("record", "show", "GW-THR-9", "--json")
    assert said.out == ""
    assert json.loads(said.err) == {
        "error": "record-unknown",
        "message": "There is no record GW-THR-9 here.",
        "next": "`asepsis record list` shows what there is.",
    }


def test_the_whole_way_works_in_processes_of_its_own(desk: Desk) -> None:
    home, editor = desk.home, an_editor(desk, 'text = text.replace("# title:", "title: Gateway")')
    made = process(home, "record", "new", "PRD", ASEPSIS_PERSON="Ada", EDITOR=editor)
    assert (made.code, made.out.splitlines()[0]) == (0, "GW-PRD-1 is saved as a draft."), made.err
    edited = process(home, "record", "edit", "GW-PRD-1", desk.file("p.yaml", PROFILE), "--as", "Ada", "--json")
    assert edited.value["complete"], edited.err
    assert process(home, "record", "submit", "GW-PRD-1", "--as", "Ada").code == 0
    signed = process(home, "record", "approve", "GW-PRD-1", "--as", "Ada", "--passphrase-file", desk.words, "--json")
    assert signed.value["records"][0]["state"] == "effective", signed.err
    baseline = process(home, "baseline", "make", "--as", "Ada", "--json")
    assert baseline.value["product"] == "GW", baseline.err
    assert process(home, "baseline", "list", "--json").value["baselines"][0]["position"] == baseline.value["position"]
    assert process(home, "record", "list", "--json").value["total"] == 5
    assert process(home, "record", "show", "nonsense").code == 4
    assert process(home, "record", "approve", "GW-PRD-1", "--as", "Ada", "--passphrase-file", desk.words).code == 1
    assert process(home, "record", "approve").code == 2
    verified = process(home, "ledger", "verify", "--json")
    assert (verified.code, verified.value["agrees"]) == (0, True), verified.out
