"""Where to go: the ministry's facilities, their reported hours, and what is near."""
