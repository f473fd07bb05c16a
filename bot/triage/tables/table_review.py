"""Say what of a table is reviewed and signed; what all tables share has a signature of its own."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.triage.tables.model import Common, Complaints, Table
from core.content.signatures import Parts, Signature, SignatureState, Standing, read_signatures
from core.lexicon.concepts import ConceptContent, read_lexicon

SHARED = "common"  # the name under which what all tables share is reviewed
_LEVELS = ("red", "orange", "yellow", "green")


def table_parts(table: Table, concepts: Mapping[str, ConceptContent]) -> Parts:
    """Return everything that a signature of one table covers, by part; also the words that tell its items."""
    told = table.model_dump(mode="json")
    about = {name: value for name, value in told.items() if name not in _LEVELS}
    items = {f"{level}/{item['id']}": item for level in _LEVELS for item in told[level]}
    # The order in which a list is asked is seen by residents too.
    order = {level: [item["id"] for item in told[level]] for level in _LEVELS}
    rules = [rule for item in table.own_items for rule in (*item.told_by, *item.about)]
    rules += [rule for line in table.lines.values() for rule in line.about]
    return {"about": about, "order": order, **items, **_words(rules, concepts)}


def common_parts(common: Common, complaints: Complaints, concepts: Mapping[str, ConceptContent]) -> Parts:
    """Return everything that a signature of the shared content covers, by part."""
    told = common.model_dump(mode="json")
    lists = ("first_check", "child_check", "seen", "seen_child", "measured", "modifiers")
    about = {name: value for name, value in told.items() if name not in {*lists, "advice"}}
    items = {f"{name}/{item['id']}": item for name in lists for item in told[name]}
    said = {f"advice/{key}": value for key, value in told["advice"].items()}
    heard = {f"complaint/{one.id}": one.model_dump(mode="json") for one in complaints.complaints}
    order = {name: [item["id"] for item in told[name]] for name in lists}
    order["complaints"] = [one.id for one in complaints.complaints]
    rules = [rule for one in complaints.complaints for rule in (*one.heard_by, *one.without)]
    return {"about": about, "order": order, **items, **said, **heard, **_words(rules, concepts)}


def rule_concepts(rules: list[str]) -> tuple[str, ...]:
    """Return the concepts that rules name, each once."""
    names = (name.strip() for rule in rules for part in re.split("&+", rule) for name in part.split("|"))
    return tuple(dict.fromkeys(names))


def _words(rules: list[str], concepts: Mapping[str, ConceptContent]) -> dict[str, object]:
    return {f"words/{name}": concepts[name].model_dump(mode="json") for name in rule_concepts(rules)}


def parts_of_tables(
    common: Common, complaints: Complaints, tables: Iterable[Table], concepts: Mapping[str, ConceptContent]
) -> dict[str, Parts]:
    """Return what is reviewed of all tables, and of `SHARED`, by name."""
    shared = {SHARED: common_parts(common, complaints, concepts)}
    return shared | {table.id: table_parts(table, concepts) for table in tables}


def signed_tables(
    data_dir: Path, common: Common, complaints: Complaints, tables: Iterable[Table]
) -> frozenset[str]:
    """Return the tables, and `SHARED`, whose signature fits what stands in the content now.

    Raises:
        ContentError: a signature is broken; says where and why.
    """
    # Without a signature there is nothing to compare, and the lexicon need not be read again.
    signatures = read_signatures(data_dir, "table")
    if not signatures:
        return frozenset()
    parts = parts_of_tables(common, complaints, tables, read_lexicon(data_dir).concepts)
    states = table_states(parts, signatures)
    return frozenset(name for name, state in states.items() if state.standing is Standing.SIGNED)


def table_states(
    parts: Mapping[str, Parts], signatures: Mapping[str, Signature]
) -> dict[str, SignatureState]:
    """Return of each table, and of `SHARED`, whether it is signed, and what has changed since."""
    return {name: SignatureState.of(signatures.get(name), told) for name, told in parts.items()}
