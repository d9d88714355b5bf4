"""The registry protocol: OCI distribution 1.1."""
