"""The Go template engine: every other template."""
