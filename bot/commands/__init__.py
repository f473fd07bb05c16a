"""The operator's commands on an installation."""
