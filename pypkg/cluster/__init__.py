"""A Kubernetes API as seen by a client."""
