"""What integrations share about resources that the customer already has: buckets with their keys and policies, and the
network."""

""
