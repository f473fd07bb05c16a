"""The processes: web, worker, scheduler, simulator, and what they share."""
