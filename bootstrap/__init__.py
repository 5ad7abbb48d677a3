"""Prepares AWS accounts for vendor integrations, and deletes exactly what it created.

`ls -R bootstrap` is the architecture; start reading at `bootstrap/operations/__init__.py`.
"""

__version__ = "0.2.0"
