"""Prepares AWS accounts for vendor integrations, and takes exactly what it made away again.

`ls -R bootstrap` is the architecture; start reading at `bootstrap/operations/__init__.py`.
"""

__version__ = "0.1.0"
