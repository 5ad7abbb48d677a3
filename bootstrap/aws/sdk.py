"""boto3, with as much of it as a run needs."""

import gzip
import importlib
import json
import marshal
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any


def load_boto3() -> Any:
    """boto3 without AWS's C runtime, which costs every command a fifth of the time that the SDK takes to import, and which
    only `aws login` needs. botocore looks for it once, when it is imported (botocore/compat.py)."""
    if "botocore.compat" not in sys.modules and "awscrt" not in sys.modules:
        sys.modules["awscrt"] = None  # type: ignore[assignment]  # as if it were not installed
        try:
            importlib.import_module("botocore.compat")
        finally:
            del sys.modules["awscrt"]
    import boto3

    return boto3


def with_plain_models(session: Any) -> Any:
    """The session, whose clients are made from plain dicts."""
    loader = session._session.get_component("data_loader")
    if isinstance(loader.file_loader, _Models):
        return session
    loader.file_loader = _Models()
    # botocore's own list opens the folders of all 400 services. Nobody needs that: a folder that lacks a description is
    # noticed when the description is read (botocore/loaders.py, `Loader.load_service_model`).
    loader.list_available_services = lambda type_name: _service_folders(tuple(loader.search_paths))
    load = loader.load_service_model
    loader.load_service_model = lambda *given, **more: _with_packed_shapes(load(*given, **more))
    return session


def _with_packed_shapes(model: Any) -> Any:
    """Of EC2's 5,000 shapes a run needs a hundred. Before that, botocore has added to them what files of its own say."""
    _pack(model, "shapes")
    return model


@cache
def _service_folders(paths: tuple[str, ...]) -> list[str]:
    found: set[str] = set()
    for path in paths:
        with suppress(OSError):  # ~/.aws/models, which few have
            found.update(entry.name for entry in Path(path).iterdir())
    return sorted(found)


class _Models:
    """Reads the descriptions of services. botocore's reader makes an OrderedDict of each of their objects, which takes twice
    the time and the memory, and keeps AWS's documentation, which is half of the text (botocore/loaders.py,
    `Loader.file_loader`)."""

    def exists(self, file_path: str) -> bool:
        return any(Path(file_path + ending).is_file() for ending in (".json", ".json.gz"))

    def load_file(self, file_path: str) -> Any:
        return _description(file_path)


@cache
def _description(path: str) -> Any:
    """Read once for the sessions of all accounts. Like the clients of one session, which share it, they do not change it."""
    with suppress(FileNotFoundError):
        return _read(Path(f"{path}.json").read_bytes())
    with suppress(FileNotFoundError):
        return _read(gzip.decompress(Path(f"{path}.json.gz").read_bytes()))
    return None


class _Packed(dict[str, Any]):
    """Few of the values are asked for: each is unpacked when it is, and a change of it is lost. A run needs 10 MB less."""

    def __getitem__(self, key: str) -> Any:
        return marshal.loads(super().__getitem__(key))  # noqa: S302  # what we have dumped

    def get(self, key: str, default: Any = None) -> Any:
        with suppress(KeyError):
            return self[key]
        return default


def _read(text: bytes) -> Any:
    content = json.loads(without_documentation(text))
    for partition in content.get("partitions", ()):
        _pack(partition, "services")  # AWS's endpoints, of 400 services
    return content


def _pack(content: dict[str, Any], key: str) -> None:
    if type(content.get(key)) is dict:  # and neither packed yet nor read by botocore's own reader
        content[key] = _Packed((name, marshal.dumps(value)) for name, value in content[key].items())


def without_documentation(text: bytes) -> bytes:
    """The JSON text with "" in place of each text with the key `documentation`: with it, parsing takes twice the memory."""
    kept, end = list[bytes](), 0
    for key in re.finditer(rb'"documentation": ?"', text):
        kept.append(text[end : key.end()])
        end = _end_of_text(text, key.end())
    return b"".join([*kept, text[end:]])


def _end_of_text(text: bytes, start: int) -> int:
    """Where the text from `start` on ends: at a quote with an even number of backslashes before it."""
    end = text.index(b'"', start)
    while text[end - 1 : end] == b"\\" and (end - start - len(text[start:end].rstrip(b"\\"))) % 2:
        end = text.index(b'"', end + 1)
    return end
