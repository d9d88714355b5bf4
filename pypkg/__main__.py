"""``python -m pypkg``: the command line."""


def main() -> None:
    """Run the command line and exit with its status."""
    from pypkg.cli.main import main as run  # noqa: PLC0415 - start-up time

    run()


if __name__ == "__main__":
    main()
