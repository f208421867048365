"""What is sent: who may be answered, and the letters themselves."""
