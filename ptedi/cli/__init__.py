"""The command line: `ptedi ...`; it parses words and prints, the pipeline does the work."""


def main() -> None:
    """Entry point."""
