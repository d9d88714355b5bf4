"""The way of every write: defaults, admission, validation, who owns which field."""
