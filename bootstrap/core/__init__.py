"""Decisions, pure: no AWS, no files, no clock, no printing. Everything here is tested without a network."""
