"""The tables: what is kept (Entry, Content, StoredFile, Checkpoint) and what is worked out of it (all others).

The projections are a pure function of the entries and of the contents that are there; `ledger rebuild` makes them anew.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

ID = 32
DIGEST = 64
INSTANT = 27


BARE = "bare"


class Entry(models.Model):
    """One thing that happened, as its canonical bytes; `record` is worked out of it so that it can be found.

    After restoring a bundle in which something was withheld, an entry can be bare: its name alone, without bytes. Its
    form and whose it is are then `BARE`, so that nothing takes it for the organisation's.
    """

    position = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=DIGEST, unique=True)
    form = models.CharField(max_length=16)
    of = models.CharField(max_length=ID, null=True)
    record = models.CharField(max_length=ID, null=True)
    data = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["record", "position"], name="entry_record"),
            models.Index(fields=["of", "position"], name="entry_of"),
            models.Index(fields=["form", "position"], name="entry_form"),
        ]


class Content(models.Model):
    """The bytes of one value with its salt, by digest."""

    digest = models.CharField(max_length=DIGEST, primary_key=True)
    data = models.BinaryField()


class StoredFile(models.Model):
    """Evidence, fact documents and assessments: bytes by digest."""

    digest = models.CharField(max_length=DIGEST, primary_key=True)
    size = models.BigIntegerField()
    data = models.BinaryField()


class Checkpoint(models.Model):
    """A signed note over the tree of the first `size` entries. `kept` says why it stays; empty: the newest only."""

    size = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=INSTANT)
    note = models.TextField()
    kept = models.CharField(max_length=16, default="")


class Ledger(models.Model):
    """One row: how far the tree has grown, and what the founding entry says."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField()
    peaks = models.TextField()
    last_at = models.CharField(max_length=INSTANT)
    origin = models.CharField(max_length=16)
    clock_offset_s = models.BigIntegerField(default=0)
    key = models.CharField(max_length=DIGEST)
    time_zone = models.CharField(max_length=64)
    program = models.CharField(max_length=32)


class Product(models.Model):
    """A product by its id, with the code that its labels begin with."""

    id = models.CharField(max_length=ID, primary_key=True)
    code = models.CharField(max_length=8, unique=True)
    name = models.TextField()
    founded_at = models.CharField(max_length=INSTANT)
    changed_position = models.BigIntegerField(default=0)


class Person(models.Model):
    """A person by pseudonymous id, with the newest name card."""

    id = models.CharField(max_length=ID, primary_key=True)
    card = models.CharField(max_length=DIGEST)
    name = models.TextField()
    admitted_at = models.CharField(max_length=INSTANT)


class Record(models.Model):
    """One record as it stands: its head, its effective revision, and the columns that lists filter and sort by."""

    id = models.CharField(max_length=ID, primary_key=True)
    product = models.CharField(max_length=ID, null=True)
    kind = models.CharField(max_length=64)
    label = models.CharField(max_length=32, unique=True)
    number = models.BigIntegerField(null=True)
    title = models.TextField()
    head_state = models.CharField(max_length=10)
    standing = models.CharField(max_length=10)
    head_name = models.CharField(max_length=DIGEST)
    head_number = models.BigIntegerField()
    head_content = models.CharField(max_length=DIGEST)
    effective_name = models.CharField(max_length=DIGEST, null=True)
    effective_number = models.BigIntegerField(default=0)
    effective_content = models.CharField(max_length=DIGEST, null=True)
    who = models.CharField(max_length=ID, null=True)
    due = models.CharField(max_length=10, null=True)
    rank = models.BigIntegerField(null=True)
    group = models.CharField(max_length=64, null=True)
    changed_at = models.CharField(max_length=INSTANT)
    changed_position = models.BigIntegerField()
    seen = models.BigIntegerField(default=0)
    turns = models.TextField(default="[]")
    looked = models.TextField(default="")
    history = models.BinaryField()
    embargoed = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["product", "kind", "number"], name="record_kind"),
            models.Index(fields=["product", "kind", "head_state", "number"], name="record_state_number"),
            models.Index(fields=["product", "kind", "who", "number"], name="record_who_number"),
            models.Index(fields=["product", "kind", "group", "number"], name="record_group_number"),
            models.Index(fields=["product", "kind", "due", "id"], name="record_due_id"),
            models.Index(fields=["product", "kind", "-rank", "id"], name="record_rank_id"),
            models.Index(fields=["product", "kind", "standing", "number"], name="record_kind_standing"),
            models.Index(fields=["product", "kind", "changed_position"], name="record_kind_changed"),
            models.Index(fields=["product", "changed_position", "id"], name="record_changed_id"),
            models.Index(fields=["product", "standing", "changed_position"], name="record_standing"),
            models.Index(fields=["product", "head_state", "changed_position"], name="record_waiting"),
        ]


class Link(models.Model):
    """One reference, found in the head or the effective content of its source."""

    source = models.CharField(max_length=ID)
    target = models.CharField(max_length=ID)
    field = models.CharField(max_length=64)
    names = models.BooleanField()
    head = models.BooleanField()
    effective = models.BooleanField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["target", "source"], name="link_target"),
            models.Index(fields=["source"], name="link_source"),
        ]


class Words(models.Model):
    """The words that stand in a record, by which it is found; `position` is the entry with which the record began.

    SQLite keeps an index of FTS5 beside it, PostgreSQL two columns more; both follow the rows by themselves.
    """

    position = models.BigIntegerField(primary_key=True)
    record = models.CharField(max_length=ID, unique=True)
    title = models.TextField()
    words = models.TextField()


class Holding(models.Model):
    """A system role that a person holds, out of an effective Appointment. `deputy`: in the holder's place."""

    appointment = models.CharField(max_length=ID)
    person = models.CharField(max_length=ID)
    role = models.CharField(max_length=20)
    product = models.CharField(max_length=ID, null=True)
    since = models.CharField(max_length=10)
    until = models.CharField(max_length=10, null=True)
    deputy = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "role"], name="holding_person"),
            models.Index(fields=["role", "product"], name="holding_role"),
            models.Index(fields=["appointment"], name="holding_appointment"),
        ]


class Redacted(models.Model):
    """What was erased: by which entry, and the content that stands in its place. Nothing is deleted without its line."""

    digest = models.CharField(max_length=DIGEST, primary_key=True)
    position = models.BigIntegerField()
    asked = models.CharField(max_length=DIGEST)
    remainder = models.CharField(max_length=DIGEST, null=True)


class FactTaken(models.Model):
    """One taking in of facts."""

    position = models.BigIntegerField(primary_key=True)
    product = models.CharField(max_length=ID, null=True)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    document = models.CharField(max_length=DIGEST)
    source = models.CharField(max_length=DIGEST)
    by = models.CharField(max_length=ID)
    at = models.CharField(max_length=INSTANT)
    as_of = models.CharField(max_length=INSTANT, null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "subject", "position"], name="fact_subject"),
            models.Index(fields=["product", "kind"], name="fact_product"),
        ]


class Baseline(models.Model):
    """A position of the ledger that was marked for a product, for a release or by itself."""

    position = models.BigIntegerField(primary_key=True)
    product = models.CharField(max_length=ID, null=True)
    release = models.CharField(max_length=ID, null=True)
    dossier = models.CharField(max_length=DIGEST)
    at = models.CharField(max_length=INSTANT)
    by = models.CharField(max_length=ID)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["product", "position"], name="baseline_product")]


class Assessed(models.Model):
    """An assessment that was made and is shown on pages: of which product and release, at which entry.

    `data` is its document, compressed; it can be made again, so it is no kept file, and goes when a newer one comes.
    """

    product = models.CharField(max_length=ID)
    release = models.CharField(max_length=ID, null=True)
    position = models.BigIntegerField()
    baseline = models.BooleanField(default=False)
    made_at = models.CharField(max_length=INSTANT)
    document = models.CharField(max_length=DIGEST)
    data = models.BinaryField(null=True)  # absent: an older program kept the document as a file

    class Meta:
        indexes: ClassVar = [models.Index(fields=["product", "release", "position"], name="assessed_product")]


class VerdictCount(models.Model):
    """How many clauses of a product had which verdict, at a baseline or at the end of a day: for the picture of their course.

    `position` is the entry as of which it was so. Of each day the last counts; a baseline keeps its own.
    """

    product = models.CharField(max_length=ID)
    day = models.DateField()
    position = models.BigIntegerField()
    baseline = models.BooleanField(default=False)
    met = models.IntegerField()
    gaps = models.IntegerField()
    unknown = models.IntegerField()
    others = models.IntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["product", "position"], name="verdict_count_product")]


class Watched(models.Model):
    """The watch over a product as it was worked out last: at which entry, on which day, and what nobody looked at.

    `sealed` is the watch as it is without any withheld record: for whoever may not see all of these. `position` is -1 where it
    has to be made anew. `unknown` are sentences.
    """

    product = models.CharField(max_length=ID)
    sealed = models.BooleanField()
    position = models.BigIntegerField()
    day = models.DateField()
    made_at = models.CharField(max_length=INSTANT)
    unknown = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["product", "sealed"], name="watched_once")]


class WatchLine(models.Model):
    """A line of the watch over a product: what is open there. Its number is higher than that of each line that came before it.

    `rank` sorts lines of all products, what matters most first. `data` is the whole line; absent: it has to be made anew.
    """

    product = models.CharField(max_length=ID)
    sealed = models.BooleanField()
    key = models.CharField(max_length=DIGEST)
    rank = models.CharField(max_length=40)
    advisory = models.CharField(max_length=200)
    component = models.CharField(max_length=500)
    standing = models.CharField(max_length=16)
    due = models.DateField(null=True)
    since = models.DateField()
    releases = models.IntegerField()
    data = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "sealed", "key"], name="watch_line_once"),
        ]
        indexes: ClassVar = [  # the second and third hold all that is counted by, so that no whole line is read for it
            models.Index(fields=["sealed", "rank"], name="watch_line_rank"),
            models.Index(fields=["sealed", "product", "advisory", "rank"], name="watch_line_advisory"),
            models.Index(fields=["sealed", "product", "standing", "since", "due"], name="watch_line_days"),
        ]


class WatchLooked(models.Model):
    """When somebody looked through the watch over a product last, and up to which line."""

    person = models.CharField(max_length=ID)
    product = models.CharField(max_length=ID)
    line = models.BigIntegerField()
    at = models.CharField(max_length=INSTANT)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "product"], name="watch_looked_once")]


class ByToken(models.Model):
    """That a program made some entries, by which token: from the position `first` to before `until`, in one commit.

    An entry has no place for it: `by` names the person, whose act it is. So this is no part of the proof.
    """

    first = models.BigIntegerField(primary_key=True)
    until = models.BigIntegerField()
    token = models.CharField(max_length=16)
    name = models.CharField(max_length=100)


class ColumnsKept(models.Model):
    """For what the columns of a table were taken when one was brought in: of which kind, each heading with its place.

    A table with the same headings, by their digest, needs no question. It decides nothing and is no part of the proof.
    """

    product = models.CharField(max_length=ID, default="")
    kind = models.CharField(max_length=64)
    headings = models.CharField(max_length=DIGEST)
    sheet = models.TextField()
    columns = models.TextField()
    words = models.TextField(default="{}")  # of a heading: what words stand for
    make = models.BooleanField(default=False)  # what cells named and was not there
    leave = models.BooleanField(default=False)  # cells that did not fit
    by = models.CharField(max_length=ID)
    at = models.CharField(max_length=INSTANT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "headings", "kind"], name="columns_kept"),
        ]


KEPT: tuple[type[models.Model], ...] = (Entry, Content, StoredFile, Checkpoint)
PROJECTIONS: tuple[type[models.Model], ...] = (
    Product,
    Person,
    Record,
    Words,
    Link,
    Holding,
    FactTaken,
    Baseline,
)
# Redacted is worked out too, and never rebuilt: the database lets nothing go without its line
