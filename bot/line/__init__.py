"""One surface: the LINE Messaging API and nothing else."""
