"""A reading call as data: resources and integrations describe it, and `bootstrap.aws` sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Query:
    """One reading call. An error with one of the codes in `absent` counts as None, and one in `empty` as {}: the resource
    exists, but has nothing of what is asked for. All pages of a list are read, unless one page is enough. `region` is "" for
    the account's own. Without `retries` the call is sent once: for information that is not worth a wait."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    all_pages: bool = True
    region: str = ""
    retries: bool = True
    empty: tuple[str, ...] = ()
