"""HTTP: connections, requests, replies, and what Helm and ChartMuseum ask for."""
