"""Read and check all protocols of a data folder: `data/triage/common.yml` and `protocols/*.yml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.triage.protocols.model import Common, Item, Protocol
from bot.triage.protocols.protocol_review import SHARED, signed_protocols
from core.content import read_content
from core.errors import ContentError

COMMON = Path("triage", "common.yml")
FOLDER = Path("triage", "protocols")
OTHER = "other"  # the table for complaints without a table of their own

__all__ = ["OTHER", "Protocol", "Protocols", "load_protocols", "protocol_problems"]


@dataclass(frozen=True, slots=True)
class Protocols(Mapping[str, Protocol]):
    """All protocols by id, with what they share."""

    common: Common
    by_id: Mapping[str, Protocol]

    def __hash__(self) -> int:
        """Hash by identity, so that a kept result (a form, a cache) never mixes two loaded data folders."""
        return id(self)

    def __getitem__(self, key: str) -> Protocol:
        return self.by_id[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def table(self, complaint: str, audience: str) -> Protocol | None:
        """Return the protocol for a complaint and age group (`adult`, `child`), if there is one."""
        wanted = {"all", audience}
        found = (p for p in self.values() if p.complaint == complaint and p.audience in wanted)
        return next((p for p in found if p.id != OTHER), None)

    def has_table(self, complaint: str) -> bool:
        """Whether there is a protocol for a complaint in any age group."""
        return any(p.complaint == complaint and p.id != OTHER for p in self.values())


def load_protocols(data_dir: Path) -> Protocols:
    """Read all protocols; each says whether it is signed.

    Raises:
        ContentError: something is broken; a line `file:line: place: reason` for each.
    """
    found, problems = _read(data_dir)
    if found is None or problems:
        raise ContentError("\n".join(problems))
    signed = signed_protocols(data_dir, found.common, found.by_id)
    by_id = {name: one.model_copy(update={"is_signed": name in signed}) for name, one in found.items()}
    return replace(found, common=found.common.model_copy(update={"is_signed": SHARED in signed}), by_id=by_id)


def protocol_problems(data_dir: Path) -> list[str]:
    """Return everything that is wrong, a line `file:line: place: reason` for each."""
    return _read(data_dir)[1]


def _read(data_dir: Path) -> tuple[Protocols | None, list[str]]:
    problems: list[str] = []
    by_id: dict[str, Protocol] = {}
    common: Common | None = None
    try:
        common = read_content(data_dir / COMMON, Common)
    except ContentError as error:
        problems.append(str(error))
    paths = sorted((data_dir / FOLDER).glob("*.yml"))
    for path in paths:
        try:
            protocol = read_content(path, Protocol)
        except ContentError as error:
            problems.append(str(error))
            continue
        by_id[protocol.id] = protocol
        if common:
            problems += _problems(path, protocol, common)
    if common is None:
        return None, problems
    if OTHER not in by_id and not problems:
        problems.append(f"{data_dir / FOLDER}: {OTHER}.yml is missing: complaints without a table need it")
    found = Protocols(common, by_id)
    return found, problems + _clashes(data_dir, found)


def _problems(path: Path, protocol: Protocol, common: Common) -> Iterator[str]:
    """Yield the contradictions between one file and the shared content."""
    if protocol.id != path.stem:
        yield f"{path}:1: id: is '{protocol.id}' but the file is named '{path.stem}.yml'"
    if protocol.complaint not in {complaint.id for complaint in common.complaints}:
        line = _line(path, "complaint:")
        yield f"{path}:{line}: complaint: '{protocol.complaint}' is not in {COMMON}"
    known = {item.id for item in common.modifiers}
    for modifier in protocol.modifiers:
        if modifier not in known:
            yield f"{path}:{_line(path, 'modifiers:')}: modifiers: '{modifier}' is not in {COMMON}"
    marks = {source.mark for source in (*common.source, *protocol.source)}
    for item in protocol.own_items:
        if item.danger and item.danger not in common.danger_order:
            line = _line(path, f"id: {item.id},")
            yield f"{path}:{line}: {item.id}: danger '{item.danger}' is not in danger_order of {COMMON}"
        for mark in sorted(set(item.mark) - marks):
            yield f"{path}:{_line(path, f'id: {item.id},')}: {item.id}: source mark '{mark}' is not explained"


def _clashes(data_dir: Path, found: Protocols) -> list[str]:
    """Return where two files disagree: the same id must be the same item, because it is asked once."""
    problems: list[str] = []
    seen: dict[str, Item] = {item.id: item for item in (*found.common.modifiers, *found.common.measured)}
    tables: dict[tuple[str, str], str] = {}
    marks = {source.mark for source in found.common.source}
    for item in (*found.common.first_check, *found.common.measured, *found.common.modifiers):
        problems += [
            f"{data_dir / COMMON}: {item.id}: source mark '{mark}' is not explained"
            for mark in sorted(set(item.mark) - marks)
        ]
    for protocol in found.values():
        path = data_dir / FOLDER / f"{protocol.id}.yml"
        for item in protocol.own_items:
            if seen.setdefault(item.id, item).text != item.text:
                line = _line(path, f"id: {item.id},")
                problems.append(
                    f"{path}:{line}: {item.id}: another file says '{seen[item.id].text}' with this id"
                )
        first = tables.setdefault((protocol.complaint, protocol.audience), protocol.id)
        if first != protocol.id:
            problems.append(f"{path}:1: complaint: '{first}' is for the same complaint and ages")
    return problems


def _line(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if words in line), 1)
