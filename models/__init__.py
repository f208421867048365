"""What is kept: tables, sessions, migrations and the queries that others call by name."""

# Every table is known once any of them is: foreign keys name each other's tables.
from models import application, digest, heartbeat, letter, mail, position, reference, value

__all__ = ["application", "digest", "heartbeat", "letter", "mail", "position", "reference", "value"]
