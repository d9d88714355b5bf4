"""Kubernetes' types: their fields, how they are written, and what is served of them."""
