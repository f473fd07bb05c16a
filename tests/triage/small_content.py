"""A data folder with few tables and the words that they use: reading all of the lexicon takes seconds."""

import re
import shutil
from pathlib import Path

import yaml

from bot.triage.tables.table_review import rule_concepts
from core.lexicon.concepts import read_lexicon
from tests.triage.cases import DATA, TABLES


def copy_tables(folder: Path, *kept: str) -> Path:
    """Copy what all tables share, these tables with their golden cases, and the concepts that they name."""
    triage = folder / "triage"
    for name in ("tables", "golden"):
        (triage / name).mkdir(parents=True)
        for table in kept:
            shutil.copy(DATA / "triage" / name / f"{table}.yml", triage / name)
    for name in ("common", "signs", "review"):
        shutil.copy(DATA / "triage" / f"{name}.yml", triage)
    wanted = {name for table in kept for name in (TABLES[table].complaint, *TABLES[table].also_for)}
    source = (DATA / "triage" / "complaints.yml").read_text(encoding="utf-8")
    (triage / "complaints.yml").write_text(_only(source, wanted), encoding="utf-8")
    _copy_lexicon(folder, rules_of(wanted, kept))
    return folder


def rules_of(complaints: set[str], tables: tuple[str, ...]) -> list[str]:
    """Return the rules of complaints, of tables and of what they share."""
    common = TABLES.common
    shared = (*common.first_check, *common.child_check, common.short_check, *common.modifiers)
    items = [*shared, *(item for table in tables for item in TABLES[table].own_items)]
    heard = [one for one in TABLES.complaints.complaints if one.id in complaints]
    told = [rule for item in items for rule in (*item.told_by, *item.about)]
    lines = [rule for table in tables for line in TABLES[table].lines.values() for rule in line.about]
    return [*told, *lines, *(rule for one in heard for rule in (*one.heard_by, *one.without))]


def _copy_lexicon(folder: Path, rules: list[str]) -> None:
    concepts = read_lexicon(DATA).concepts
    names = rule_concepts(rules)
    kept = {name: concepts[name].model_dump(mode="json", exclude_defaults=True) for name in names}
    (folder / "lexicon").mkdir(exist_ok=True)
    shutil.copy(DATA / "lexicon" / "context.yml", folder / "lexicon")
    path = folder / "lexicon" / "all.yml"
    path.write_text(yaml.safe_dump({"concepts": kept}, allow_unicode=True), encoding="utf-8")


def _only(source: str, wanted: set[str]) -> str:
    """Return the lines of `complaints.yml` without the complaints that have no table here, also in `stops`."""
    kept = []
    for line in source.splitlines():
        found = re.match(r"  - \{id: ([a-z_0-9]+),", line)
        if found and found[1] not in wanted:
            continue
        stops = re.search(r"stops: \[([^\]]*)\]", line)
        left = [name for name in stops[1].split(", ") if name in wanted] if stops else []
        kept.append(line.replace(stops[0], f"stops: [{', '.join(left)}]") if stops else line)
    return "\n".join(kept) + "\n"
