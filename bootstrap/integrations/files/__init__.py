"""Integrations as files: TOML (or JSON) that describes what one vendor needs, and nothing else. Nothing in it is run or
fetched.

`format.py` and the `entries` have the tables of the format, `structure.py` reads them strictly, `problems.py` finds all that
is wrong with a file, `build.py` makes the resources, `integration.py` the `Integration` class. `read.py` is the way in.
"""
