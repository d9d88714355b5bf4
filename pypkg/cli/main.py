"""The root command: global options, and commands loaded when they are called."""


def main() -> None:
    """Run the command line."""
    raise NotImplementedError
