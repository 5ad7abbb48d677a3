"""Prints, as JSON, which methods of moto the sandbox replaces: run it where nothing is replaced yet."""

import json
import sys
from typing import Any

from bootstrap.sandbox.moto import around, corrections


def main() -> None:
    replace, found = around.around, set[str]()

    def noted(owner: type, name: str, replacement: Any) -> None:
        inner = next(each for each in owner.__mro__ if name in vars(each))
        found.add(f"{inner.__module__}:{inner.__qualname__}.{name}")
        replace(owner, name, replacement)

    for module in list(sys.modules.values()):
        if vars(module).get("around") is replace:
            module.__dict__["around"] = noted
    corrections.apply()
    print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main()
