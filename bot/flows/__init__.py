"""The talks HELPO can lead, one package or module each; `bot/app.py` hands them to the engine."""
