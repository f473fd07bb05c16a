"""Serve what `api.line.me` and `api-data.line.me` answer."""
