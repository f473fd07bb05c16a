"""Import the ministry's facilities and their hours, and search them by place, department and time."""
