"""Charts: metadata, loading, archives, dependencies, packaging."""
