"""Charts in OCI registries: the distribution protocol, and what Helm keeps there."""
