"""Removes secrets from texts that are not ours: an SDK quotes in its errors what it was given.

Every text of a foreign exception passes here, in a message (`said`) and in a traceback (`trace`). What has the form of a
secret is masked, and so is what the environment says is one; where credentials are read, and where a whole answer is
quoted, the text is left out.
"""

import os
import re
import traceback
from collections.abc import Iterator
from urllib.parse import unquote

from bootstrap.errors import Lines, lines

_READING = ("botocore.credentials", "botocore.tokens", "botocore.configloader")
"""Modules in which others' errors quote what credentials come from: the output of a process, a cache, a file."""
_SOURCES = {"custom-process": "a credential_process", "container-role": "a container's credentials", "iam-role": "a role"}
"""The SDK's names of what supplies credentials, and fails in words of its own."""
_ADDRESS = re.compile(r"(?i)(.*_proxy|aws_endpoint_url.*)")
_SECRET = re.compile(
    "AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|CONTAINER_AUTHORIZATION_TOKEN|BEARER_TOKEN_.*)"
)
_SHORTEST = 4
"""Characters: shorter ones by themselves stand in any text. Keys of AWS have 16 at the least."""
_NO_SCHEME = re.compile(r"(?s)(?:(?<![^'\"])|(?<=[/@:])[\w.-]*+[^\w.\-/@:'\"])(?!arn:)[^/@:'\"]++:(?!//).*")
_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"(?s)(Port could not be cast to integer value as|nonnumeric port:|Failed to parse:) .*", r"\1 ***"),  # a piece of it
    (r"(?s)(Invalid header (?:value|name)) .*", r"\1 ***"),
    (r"(?i)\b((?:x-amz-)?(?:signature|security-token|credential)|awsaccesskeyid)=[^\s&,'\"]+", r"\1=***"),
    (r"(?i)\b(authorization|x-amz-security-token)(['\"]?: ?)[^\r\n]+", r"\1\2***"),
    (r"\bA[KS]IA[A-Z0-9]{8,}", "***"),  # access key ids
)


def redacted(text: str) -> str:
    """The text without passwords of addresses, keys, tokens and signatures, in linear time: some of it others wrote."""
    for secret in sorted(_known(), key=len, reverse=True):
        text = text.replace(secret, "***")
    for before in ("//", "Invalid endpoint: "):
        text = _without_user(text, before)
    text = re.sub(r"\S+", _without_user_in_word, text)
    for pattern, instead in _PATTERNS:
        text = re.sub(pattern, instead, text)
    return text


def _without_user(text: str, before: str) -> str:
    """Without what stands between `before` and the last @: user and password of an address, whatever is in them."""
    start, end = text.find(before) + len(before), text.rfind("@")
    return f"{text[:start]}***{text[end:]}" if before in text and start <= end else text


def _without_user_in_word(word: re.Match[str]) -> str:
    """The same for an address without a scheme: "user:password@host"."""
    user, at, host = word[0].rpartition("@")
    return f"{_NO_SCHEME.sub('***', user, count=1)}{at}{host}" if at else word[0]


def error_text(error: BaseException) -> str:
    """The message of an exception that is not ours, or "its text is not shown"."""
    return _error_text(error, any(_reads_credentials(each) for each in _chain(error)))


def redacted_traceback(error: BaseException) -> Lines:
    """The traceback, with causes; the source lines in it are of programs, and the texts of exceptions are as in `said`."""
    chain = list(_chain(error))
    reading = any(_reads_credentials(each) for each in chain)
    shown = list[str]()
    for each in reversed(chain):
        frames = "".join(traceback.format_tb(each.__traceback__)).rstrip("\n")
        shown += ["Traceback (most recent call last):", Lines(frames), f"{_name(each)}: {_error_text(each, reading)}"]
        shown += [f"  {redacted(note)}" for note in getattr(each, "__notes__", ())]
    return lines(*shown)


def _error_text(error: BaseException, reading: bool) -> str:
    name = _name(error)
    kind = type(error).__module__.partition(".")[0]
    if kind == "bootstrap":
        return str(error)  # made of texts that have been here
    if name == "ResponseParserError":
        return "the answer cannot be read, and is not shown, as it may hold a secret"
    if source := _SOURCES.get(getattr(error, "kwargs", {}).get("provider", "")):
        return f"{source} failed; what it printed is not shown, as it may hold a secret"
    if isinstance(error, OSError) and error.filename is not None:
        return redacted(f"{error.strerror}: {error.filename!r}")
    if reading and (kind != "botocore" or name == "ParamValidationError"):  # that one quotes what it was given
        return f"a {name} whose text is not shown, as it may hold a secret"
    return redacted(str(error))


def _name(error: BaseException) -> str:
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from."""
    seen = set[int]()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _reads_credentials(error: BaseException) -> bool:
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__") in _READING for frame in frames)


def _known() -> Iterator[str]:
    """What in the environment is a secret, as it stands there and as it may be quoted."""
    for name, value in os.environ.items():
        found = [value] if _SECRET.fullmatch(name) and len(value) >= 2 * _SHORTEST else []
        if _ADDRESS.fullmatch(name) and "@" in value:
            user = re.sub(r"^([a-zA-Z][\w+.-]*:)?//", "", value.rpartition("@")[0])
            found = [user, user.partition(":")[2]]
        if _ADDRESS.fullmatch(name):
            found += [query] if (query := value.partition("?")[2]) else []
        for secret in found:
            quoted = repr(secret)[1:-1], repr(secret.encode(errors="replace"))[2:-1]
            yield from (form for form in {secret, secret.strip(), unquote(secret), *quoted} if len(form) >= _SHORTEST)
