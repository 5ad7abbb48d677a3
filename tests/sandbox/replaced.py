"""Prints, as JSON, which methods of moto the sandbox replaces: run it where nothing is replaced yet."""

import json
import sys
from types import ModuleType
from typing import Any

from bootstrap.sandbox.moto import corrections, patching


def main() -> None:
    replace, found = patching.wrap_method, set[str]()

    def noted(owner: type | ModuleType, name: str, replacement: Any) -> None:
        if isinstance(owner, ModuleType):
            found.add(f"{owner.__name__}:{name}")
        else:
            inner = next(each for each in owner.__mro__ if name in vars(each))
            found.add(f"{inner.__module__}:{inner.__qualname__}.{name}")
        replace(owner, name, replacement)

    for module in list(sys.modules.values()):
        if vars(module).get("wrap_method") is replace:
            module.__dict__["wrap_method"] = noted
    corrections.apply()
    print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main()
