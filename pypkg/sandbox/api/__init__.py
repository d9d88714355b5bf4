"""The API that clients see: paths, bodies, lists, watches, discovery."""
