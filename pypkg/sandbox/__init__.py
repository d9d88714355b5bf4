"""The embedded Kubernetes API: try any chart without a cluster."""
