"""Corrects moto where it differs from AWS; `corrections.py` lists the topics."""
