"""What a resident means: a Rasa pipeline in its own Python 3.10 environment; the app meets it over HTTP."""
