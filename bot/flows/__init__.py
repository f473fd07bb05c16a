"""The flows of HELPO, one package or module each; `bot/app.py` hands them to the engine."""
