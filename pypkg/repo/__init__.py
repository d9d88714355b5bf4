"""Where charts are shared: repositories and registries."""
