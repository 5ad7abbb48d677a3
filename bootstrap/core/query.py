"""A question to AWS as data: resources and integrations say what to ask, `bootstrap.aws` asks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Query:
    """One reading call. An answer with one of the codes `absent` is None; a list operation is read to its end, unless
    one page is enough. `region` is another one than the account's, or "". Without `retries` it is sent once: for what
    is good to know, and not worth a wait."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    all_pages: bool = True
    region: str = ""
    retries: bool = True
