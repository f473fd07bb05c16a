"""Check the tables of the triage while they are written: `scripts/check_tables.py [ID …]`."""

import sys
from pathlib import Path

from bot.triage.tables.golden import golden_cases, missing_ends, play
from bot.triage.tables.loader import load_tables, table_problems

DATA = Path("data")


def main() -> int:
    """Print what is wrong (with the given tables), play their golden cases, and return the exit code."""
    wanted = sys.argv[1:]
    problems = "\n".join(table_problems(DATA)).splitlines()
    shown = [line for line in problems if not wanted or any(name in line for name in wanted)]
    if not problems:
        tables = load_tables(DATA)
        cases = list(golden_cases(DATA))
        for table, case in cases:
            if (not wanted or table in wanted) and (problem := play(table, case, tables).problem):
                shown.append(f"{table}: {case.name}: {problem}")
        shown += [
            line for line in missing_ends(tables, iter(cases)) if not wanted or line.split(":")[0] in wanted
        ]
    print("\n".join(shown) or "ok")
    return bool(shown)


if __name__ == "__main__":
    sys.exit(main())
