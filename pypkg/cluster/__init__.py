"""Any conformant Kubernetes cluster, over its HTTP API."""
