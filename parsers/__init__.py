"""From the bytes of a mail to what it says: pure functions, no network, no database, no clock."""
