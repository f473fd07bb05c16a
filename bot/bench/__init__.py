"""`helpo bench`: figures that answer for the design's budgets, each beside a baseline measured in the same run."""

from bot.bench.run import run_bench

__all__ = ["run_bench"]
