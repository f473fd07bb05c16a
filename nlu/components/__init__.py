"""Runtime of the Rasa pipeline that `config.yml` names."""
