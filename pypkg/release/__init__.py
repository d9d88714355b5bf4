"""Releases: charts installed in a cluster, recorded as Helm records them."""
