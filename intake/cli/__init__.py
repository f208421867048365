"""The command line: each command reads its arguments, calls the service and prints."""

from intake.cli.app import main

__all__ = ["main"]
