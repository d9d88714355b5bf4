"""What people see of releases: their text, differences, progress."""
