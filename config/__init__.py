"""Settings and calls: what an operator says and what is asked of applicants."""
