"""What is kept: tables, sessions, migrations and the queries that others call by name."""
