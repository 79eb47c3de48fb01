"""Proof of what concerns no single order: seals, attestations, numbers, the journal, the directory."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from lianxin.directory import proof as directories
from lianxin.directory.models import Centre, Revision

from . import attest, journal, seals
from .chain import GENESIS
from .differences import Difference
from .models import PART_BITS, Allotment, Attestation, Entry, Journal, Seal, SealedDirectory, SealLeaf, part_id, roots
from .moments import one_moment

#: How many digits of a root suffice to name it.
SHORTEST_ROOT = 12
SEALS = "封签"


def verify_seals(root: str = "") -> Iterator[Difference]:
    """Every seal's number, chain, leaves and key; and, given one, the seal whose digest was printed or sent out."""
    with one_moment():
        yield from _verify_chain_of_seals(root.lower().replace(" ", ""))


def _verify_chain_of_seals(root: str) -> Iterator[Difference]:
    previous, number, met = GENESIS, 0, not root
    for seal in Seal.objects.order_by("number").iterator():
        if seal.number != number + 1:
            missing = f"第 {number + 1} 号" if seal.number == number + 2 else f"第 {number + 1} 至 {seal.number - 1} 号"
            yield Difference(SEALS, f"{missing}封签缺失")
        elif bytes(seal.previous) != previous:
            yield Difference(str(seal), "与前一枚封签接不上")
        yield from _verify_seal(seal)
        previous, number = bytes(seal.digest), seal.number
        met = met or (len(root) >= SHORTEST_ROOT and previous.hex().startswith(root))
    highest = connection_max("SELECT max(seal) FROM ledger_attestation")
    if highest > number:
        yield Difference(SEALS, f"写入凭证记有第 {highest} 号封签，现已缺失")
    if not met:
        yield Difference(SEALS, f"没有一枚封签与给出的摘要 {root[:16]}… 相符：封签在摘要公布之后被改动或删除")


def connection_max(statement: str) -> int:
    """The one number that `statement` gives; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        ((found,),) = cursor.fetchall()
        return int(found or 0)


def _verify_seal(seal: Seal) -> Iterator[Difference]:
    leaves = SealLeaf.objects.filter(seal=seal).order_by("kind", "key", "number")
    heads = [(x.kind, x.key, x.number, bytes(x.digest)) for x in leaves.iterator()]
    whole = (
        seals.seal_digest(seal) == bytes(seal.digest)
        and len(heads) == seal.heads
        and seals.merkle([seals.leaf(*head) for head in heads]) == bytes(seal.root)
    )
    if not whole:
        yield Difference(str(seal), "封签被改动")
    elif seals.mac_of(seal) != bytes(seal.mac):
        yield Difference(str(seal), "不是本系统所做的封签，或缺少原来的密钥")
    elif _entries_of(seal) != seal.entries:
        yield Difference(str(seal), "账目数与所封的账头不符")


def _entries_of(seal: Seal) -> int:
    """How many entries the seal covers that none before it did, counted again from the leaves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(l.number - coalesce((SELECT max(b.number) FROM ledger_sealleaf b WHERE b.kind = l.kind"
            " AND b.key = l.key AND b.seal_id < l.seal_id), 0)), 0)"
            " FROM ledger_sealleaf l WHERE l.seal_id = %s AND l.kind = ANY(%s)",
            [seal.number, sorted(attest.letters())],
        )
        ((found,),) = cursor.fetchall()
        return int(found)


def verify_attestations() -> Iterator[Difference]:
    """Every attestation is ours, each writer's are without a gap, and what they name and no seal covers is there."""
    with one_moment():
        yield from _verify_writers()
        yield from _verify_unsealed()


def _verify_writers() -> Iterator[Difference]:
    writer, number, noted = 0, 0, dict(attest.noted())
    for row in Attestation.objects.order_by("writer", "number").iterator():
        if row.writer != writer:
            yield from _too_short(writer, number, noted)
            writer, number = row.writer, _pruned(row.writer)
        if row.number > number + 1:
            yield Difference("写入凭证", f"缺少 {row.number - number - 1} 份（{row.written_at:%Y-%m-%d %H:%M} 之前）")
        if not attest.is_ours(row):
            yield Difference("写入凭证", f"{row.written_at:%Y-%m-%d %H:%M} 的一份被改动，或缺少原来的密钥")
        number = row.number
    yield from _too_short(writer, number, noted)
    for left in noted:
        yield from _too_short(left, _pruned(left), {left: noted[left]})


def _too_short(writer: int, number: int, noted: dict[int, int]) -> Iterator[Difference]:
    if noted.pop(writer, 0) > number:
        yield Difference("写入凭证", "末尾的凭证连同它所证明的账目可能已被删除（库外记录的序号更大）")


def _pruned(writer: int) -> int:
    """How many of the writer's attestations may have gone since a day's seal covered them."""
    return seals.sealed_numbers("w", [writer]).get(writer, 0)


def _verify_unsealed() -> Iterator[Difference]:
    """What was attested after the last seal, and what is gone of it."""
    heads = attest.unsealed()
    for model in roots():
        mine = {key: head for (kind, key), head in heads.items() if kind == model.letter}
        known = dict(model._base_manager.filter(pk__in=mine).values_list("pk", "number"))
        written = _digests([(key, number) for key, (number, _) in mine.items()])
        title = str(model._meta.verbose_name)
        for key, (number, digest) in mine.items():
            if key not in known:
                yield Difference(f"{title} {key}", f"写入凭证记有这件{title}，现已整件被删除")
            elif written.get(key) != digest:
                yield Difference(known[key], f"写入凭证记有第 {number} 笔账目，现已被删除或改动")
    for (kind, key), (number, digest) in heads.items():
        if kind == "j" and not _has_line(key, number, digest):
            yield Difference("日志", f"写入凭证记有第 {number} 行，现已被删除或改动")


def _digests(heads: list[tuple[int, int]]) -> dict[int, bytes]:
    """Root -> digest of its entry of that number, in one statement."""
    found = Entry.objects.filter(pk__in=[part_id(root, number) for root, number in heads])
    return {pk >> PART_BITS: bytes(digest) for pk, digest in found.values_list("pk", "digest")}


def _has_line(centre: int, number: int, digest: bytes) -> bool:
    found = Journal.objects.filter(centre=centre or None, number=number).values_list("digest", flat=True).first()
    return found is not None and bytes(found) == digest


def verify_journal() -> Iterator[Difference]:
    """The journal's chain, per centre, and that it is as long as seals and attestations say."""
    with one_moment():
        yield from _verify_journal()


def _verify_journal() -> Iterator[Difference]:
    heads: dict[int | None, tuple[int, bytes]] = {}
    leaves = {(x.key, x.number): bytes(x.digest) for x in SealLeaf.objects.filter(kind="j").iterator()}
    attested = attest.unsealed()
    for line in Journal.objects.order_by("centre_id", "number").iterator():
        number, previous = heads.get(line.centre_id, (0, GENESIS))
        if line.number != number + 1 or journal.digest(line, previous) != bytes(line.digest):
            yield Difference("日志", f"第 {line.number} 行（{line.action}）被改动，或前面有缺失")
        elif leaves.pop((line.centre_id or 0, line.number), bytes(line.digest)) != bytes(line.digest):
            yield Difference("日志", f"第 {line.number} 行（{line.action}）与封签不符")
        heads[line.centre_id] = (line.number, bytes(line.digest))
    for _, number in sorted(leaves):
        yield Difference("日志", f"封签记有第 {number} 行，现已被删除")
    sealed = seals.sealed_numbers("j", [centre or 0 for centre in heads])
    for centre, (number, digest) in heads.items():
        key = centre or 0
        if number > sealed.get(key, 0) and attested.get(("j", key)) != (number, digest):
            yield Difference("日志", f"第 {number} 行没有写入凭证，不是本系统写入的")


def verify_numbers(centre: int | None = None) -> Iterator[Difference]:
    """No order's number is missing that a seal counted, none is there that a seal called unused."""
    with one_moment():
        for row in seals.latest_allotments():
            if centre in (None, row.centre_id):
                yield from _verify_day(row)


def _verify_day(row: Allotment) -> Iterator[Difference]:
    sealed = SealLeaf.objects.filter(seal=row.seal_id, kind="n", key=row.centre_id, number=int(f"{row.day:%Y%m%d}"))
    if [bytes(x.digest) for x in sealed] != [seals.allotment_leaf(row)]:
        yield Difference(f"{row.day} 编号", "编号清点被改动")
        return
    day = f"{row.day:%Y%m%d}"
    used = {int(n.split("-")[1]) for n in seals.numbers_of(row.centre_id, day)}
    unused = {n for first, last in row.unused for n in range(first, last + 1)}
    for number in range(1, row.allotted + 1):
        if number not in used and number not in unused:
            yield Difference(f"{day}-{number:04d}", "封签记有这个编号的工单，现已缺失")
        if number in used and number in unused:
            yield Difference(f"{day}-{number:04d}", "封签记这个编号没有使用，现在却有工单")


def verify_directories(centre: int | None = None) -> Iterator[Difference]:
    """Every row of a directory was written by us, and none is gone that no line of the journal tells of."""
    for place in Centre.objects.filter(pk=centre) if centre else Centre.objects.order_by("pk"):
        with one_moment():
            yield from _verify_directory(place)


def _verify_directory(centre: Centre) -> Iterator[Difference]:
    here: dict[str, set[int]] = {}
    for row in directories.rows_of(centre.pk):
        here.setdefault(str(row._meta.model_name), set()).add(row.pk)
        if not directories.is_ours(row):
            name = f"{row._meta.verbose_name}“{row}”（{row._meta.model_name}:{row.pk}）"
            yield Difference(f"{centre.name}资料", f"{name}不是由本系统改成这样的")
    last = SealedDirectory.objects.filter(centre=centre).order_by("-seal_id").first()
    if last is None:
        return
    sealed = SealLeaf.objects.filter(seal=last.seal_id, kind="d", key=centre.pk, number=last.stamp)
    if [bytes(x.digest) for x in sealed] != [seals.directory_leaf(last)]:
        yield Difference(f"{centre.name}资料", "封签中的资料清单被改动")
        return
    gone = seals.deleted_rows(centre.pk)
    for table, ids in last.rows.items():
        for pk in ids:
            if pk not in here.get(table, ()) and (table, pk) not in gone:
                yield Difference(f"{centre.name}资料", f"{_title(table)} {pk}（{table}:{pk}）被删除，没有记录")
    stamp = Revision.objects.filter(centre=centre).values_list("stamp", flat=True).first()
    if stamp == last.stamp and directories.state(centre.pk)[1] != bytes(last.digest):
        yield Difference(f"{centre.name}资料", "与封签不符，改动没有经过本系统")


def _title(table: str) -> str:
    titles = {str(m._meta.model_name): str(m._meta.verbose_name) for m in directories.tables()}
    return titles.get(table, table)
