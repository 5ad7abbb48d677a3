"""Amazon EC2: machines, and what they need to start and to be reached."""
