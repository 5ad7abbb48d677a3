"""The only door to AWS: clients, credentials, retries while AWS catches up, and what an error of AWS means."""
