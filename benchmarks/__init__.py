"""Measurements: what a mail costs, and how much is understood."""
