"""Readers of document formats: bytes or XML into text. `parsers.attachments` is the door; nobody else comes in here."""
