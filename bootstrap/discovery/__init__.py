"""From AWS back to a state: what carries a deployment's owner tags."""
