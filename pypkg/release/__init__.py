"""Releases: their records in the cluster and the operations on them."""
