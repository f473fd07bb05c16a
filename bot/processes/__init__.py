"""What runs as a process: web, worker, scheduler, simulator, and what they share."""
