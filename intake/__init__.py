"""The service: mailboxes, the steps of a mail, the worker and the command line."""
