"""`helpo bench`: measure the design's budgets, each figure beside a baseline from the same run."""

from bot.bench.run import run_bench

__all__ = ["run_bench"]
