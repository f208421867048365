"""What each process of the worker would load by itself: loaded once here, and copied into them."""

from pathlib import Path

from config.call import load_calls
from intake.understanding import understand
from tests.intake import crash_runner  # noqa: F401

_MAIL = Path(__file__).parents[2] / "intake" / "demo" / "mails" / "01-neat.eml"

understand(_MAIL.read_bytes(), load_calls()["ontwikkelgroep"])
