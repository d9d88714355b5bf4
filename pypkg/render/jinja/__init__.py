"""The Jinja2 engine: templates whose file name ends in .j2."""
