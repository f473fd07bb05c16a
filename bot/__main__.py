"""`python -m bot` is `helpo`."""

from bot.cli import main

main()
