"""Values: the sources of -f and --set, and how they merge."""
