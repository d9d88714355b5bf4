"""Kubernetes objects as data: manifests, kinds and patches; no cluster."""
