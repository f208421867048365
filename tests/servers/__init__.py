"""Real servers for tests, started on loopback from temporary folders, and broken ones."""
