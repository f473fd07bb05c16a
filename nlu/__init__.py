"""Understand residents' messages: a Rasa pipeline in its own Python 3.10 environment, asked over HTTP."""
