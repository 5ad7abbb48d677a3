"""Upsolver: a VPC deployment, and access to data."""
