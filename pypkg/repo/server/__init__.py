"""The chart server: charts over HTTP and OCI, from a folder or a bucket."""
