# ruff: noqa: INP001
"""Report what the rules over the lexicon hear of the labelled cases: by category, and how often they are wrong.

`python scripts/report_dangers.py [--misses CATEGORY | all] [--false] [--categories GROUP]`: rates of every split and
author. Sentences are shown of `train` and `dev` only and never of authors who are only counted, because what is only
reported must not be written from. `--categories` counts one group by category.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.triage.danger.danger_screen import load_danger_screen

CASES = Path("data", "cases")
SHOWN = frozenset({"train", "dev"})
# Authors whose sentences no rule is written from, in whatever split they stand.
ONLY_COUNTED = frozenset({"G", "N"})


def say(*words: str) -> None:
    """Write a line."""
    sys.stdout.write(" ".join(words) + "\n")


def cases() -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield each case with the groups in which it is counted."""
    for name in ("danger.jsonl", "strangers.jsonl"):
        for line in (CASES / name).read_text().splitlines():
            case = json.loads(line)
            author = f"author {case['author']}"
            is_alone = case["author"] in ONLY_COUNTED
            groups = (case["split"],) if name == "danger.jsonl" else ()
            yield (*groups, author) if is_alone or not groups else groups, case


def is_shown(case: Mapping[str, Any]) -> bool:
    """Tell whether a case's sentence may be read by who writes rules."""
    return case["split"] in SHOWN and case["author"] not in ONLY_COUNTED


def say_rates(rates: Mapping[tuple[str, str], Counter[str]]) -> None:
    """Write how often each level was heard."""
    for (group, label), found in sorted(rates.items()):
        total = sum(found.values())
        shares = "  ".join(f"{level} {found[level] / total:6.1%}" for level in ("card", "ask", "nothing"))
        say(f"{group:10} {label:32} {total:5}  {shares}")


def main() -> None:
    """Print the report."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--misses", default="", help="show what is missed of a category, or of all")
    asked.add_argument("--false", action="store_true", help="show what is heard wrongly")
    asked.add_argument("--categories", default="", help="count a group by category: dev, author N")
    wanted = asked.parse_args()
    ear = load_danger_screen(Path("data"))
    rates: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    by_category: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for groups, case in cases():
        heard = list(ear.all(case["text"]))
        level = "card" if any(one.level == "red" for one in heard) else "ask" if heard else "nothing"
        label = case["label"] if case["label"] != "none" else case["kind"]
        for group in groups:
            rates[group, label][level] += 1
            if group == wanted.categories:
                by_category[group, f"{case.get('category') or label} {case['label']}"][level] += 1
        if not is_shown(case):
            continue
        is_missed = (case["label"] == "red" and level != "card") or (case["label"] == "ask" and not heard)
        if is_missed and wanted.misses in {"all", case.get("category")}:
            say("missed", str(case.get("category")), case["label"], level, case["text"])
        if wanted.false and case["label"] == "none" and heard:
            say("false", label, level, heard[0].category, heard[0].rule_id, case["text"])
    say_rates(rates)
    say_rates(by_category)


if __name__ == "__main__":
    main()
