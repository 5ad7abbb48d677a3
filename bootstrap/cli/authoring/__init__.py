"""`bootstrap integrations new|check|test|import|schema`: for those who write an integration. One verb per file."""

MODULES = {"new": "new", "check": "check", "test": "test", "import": "import_", "schema": "schema"}
"""The module of each verb, in the order of the help. No integration can have such a name."""
