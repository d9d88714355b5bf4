"""Changing the cluster: whose objects, in which order, and until they are ready."""
