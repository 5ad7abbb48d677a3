"""Prepares AWS accounts for vendor integrations, and takes exactly what it made away again.

`ls -R bootstrap` is the architecture; `bootstrap/engine/prepare.py` is where to start reading.
"""

__version__ = "0.1.0"
