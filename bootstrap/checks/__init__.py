"""Checks against AWS: permissions, dry runs and dangerous policies before the first change; first boots and role chains."""
