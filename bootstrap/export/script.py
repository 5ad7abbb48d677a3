"""A shell script with the calls of the AWS CLI, in their order: for people who want to read each of them before it is sent.

Source: bash manual, Quoting (within single quotes nothing has a meaning, and no single quote can be); AWS CLI user guide,
cli-usage-pagination (AWS_PAGER), cli-configure-envvars, cli-usage-parameters-file (file:// and https://).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bootstrap.core.policy import as_list
from bootstrap.core.reference import references, resolve
from bootstrap.errors import UsageError
from bootstrap.export.exported import Exported
from bootstrap.export.hcl import comment
from bootstrap.export.kinds import forms
from bootstrap.export.kinds.form import Command, OfFile, Wait
from bootstrap.export.names import snake
from bootstrap.export.symbols import Here, Output, filled, marker, parts

NAME = "create.sh"
_INSTEAD = "Export it for cloudformation or terraform, or create it with bootstrap."
_PATIENTLY = """patiently() {
  local pause
  for pause in 5 10 20 40; do
    if "$@"; then return; fi
    sleep "$pause"
  done
  "$@"
}
"""
"""A role may be too new for the next service."""
_HEAD = """#!/usr/bin/env bash
{about}
# It stops at the first error, undoes nothing, and says how to go on. It needs the AWS CLI, signed in to the account.
set -euo pipefail
region=${{AWS_REGION:-${{AWS_DEFAULT_REGION:-$({region} || true)}}}}
export AWS_PAGER= AWS_DEFAULT_REGION="${{region:?set AWS_REGION to the region}}"
"""
_STOPPED = """stopped() {{
  [ -z "${{finished:-}}" ] || return 0
  case $1 in exit*) ;; *) echo "Stopped at: ${{1%%$'\\n'*}}" ;; esac
  echo 'What was created stays. To go on, delete from the script the commands that have succeeded, also in an earlier run.'
  echo 'Then run it again.'
{found}}}
trap 'stopped "$BASH_COMMAND" >&2' EXIT
"""
_KEPT = """  for name in {names}; do
    if [ "${{!name:-}}" ]; then echo "Set this in place of the command that found it: $name=${{!name}}"; fi
  done
"""
_FOUND = {"account": ("Account", ""), "partition": ("Arn", " | cut -d : -f 2")}
"""What the caller's identity says, and how to cut it out."""
_REGION = Command("configure", "get", {})


def files(of: Exported) -> dict[str, str]:
    """Raises UsageError for what the AWS CLI cannot express."""
    new = replace(of, recorded=None)
    body = "\n".join([*_commands(new), *_handoff(new), "finished=yes"])
    head = _HEAD.format(about="\n".join(map(comment, new.lines())), region=" ".join([*_words(_REGION), "region"]))
    known = "".join(f"{what}=$({_identity(*how)})\n" for what, how in _FOUND.items() if f"${{{what}}}" in body)
    known += _PATIENTLY if "$(patiently " in body else ""
    names = " ".join(dict.fromkeys(re.findall(r"^([a-z0-9_]+)=\$\(cut ", body, re.MULTILINE)))
    known += _STOPPED.format(found=_KEPT.format(names=names) if names else "")
    return {NAME: f"{head}{known}\n{body}\n"}


def _identity(query: str, cut: str) -> str:
    return " ".join(_words(Command("sts", "get-caller-identity", {"query": query, "output": "text"}))) + cut


def _commands(of: Exported) -> Iterator[str]:
    """Raises UsageError for an output of AWS that no command before has kept."""
    kept = set[tuple[str, str]]()
    for node in of.nodes.values():
        found = forms(node.resource.kind)
        assert found is not None
        for each in found.script(of, replace(node, resource=of.graph.predicted(node))):
            if isinstance(each, Wait):
                yield _waiting(each)
                continue
            _check_known(each.options, kept)
            kept |= {(node.address, name) for name in each.keeps}
            yield _text(of, _given(of, each), node.address)
    _check_known([*_texts(of).values()], kept)


def _check_known(value: Any, kept: set[tuple[str, str]]) -> None:
    for address, name in references(value):
        if (address, name) not in kept:
            raise UsageError(f"a script does not know {address}.{name}, to which it refers", _INSTEAD)


def _waiting(each: Wait) -> str:
    """Up to ten minutes."""
    again = f'\n  [ "$status" != INVALID ] || {" ".join(_words(each.again))} > /dev/null' if each.again else ""
    words = " ".join(_words(each.command))
    which = _word(f"{next(iter(each.command.options.values()))} is not {each.wanted}")
    return (
        f'for _ in {{1..120}}; do\n  status=$({words})\n  [ "$status" != {each.wanted} ] || break{again}\n  sleep 5\ndone\n'
        f'[ "$status" = {each.wanted} ] || {{ echo {which} >&2; exit 1; }}\n'
    )


def _given(of: Exported, each: Command) -> Command:
    """The command with the values of the inputs: a script is for one run."""
    options, outside = (_with_values(of, value) for value in (dict(each.options), dict(each.outside_home)))
    first, unless = (_given(of, one) if one else None for one in (each.refused_if, each.unless))
    return replace(each, options=options, outside_home=outside, refused_if=first, unless=unless)


def _with_values(of: Exported, value: Any) -> Any:
    return filled(value, {marker("input", each.item.name): each.value for each in of.parameters})


def _text(of: Exported, each: Command, address: str) -> str:
    documents = [value for value in each.options.values() if isinstance(value, dict) and "Statement" in value]
    statements = [item for document in documents for item in as_list(document["Statement"])]
    lines = [comment(f"{item.get('Sid')}: {why}") for item in statements if (why := of.why(item))]
    lines += [comment(each.why)] if each.why else []
    if first := each.refused_if:
        stop = f"echo {_word('It exists already: ' + first.options['bucket'])} >&2; exit 1"
        lines.append(f"if {' '.join(_words(first))} > /dev/null 2>&1; then {stop}; fi")
    if each.keeps:
        lines += _kept(each, address)
    elif each.unless:
        lines += [f"if ! {' '.join(_words(each.unless))} > /dev/null 2>&1; then", _shown(each, "  "), "fi"]
    elif each.outside_home:
        more = replace(each, options={**each.options, **each.outside_home})
        lines += ['if [ "${region}" = us-east-1 ]; then', _shown(each, "  "), "else", _shown(more, "  "), "fi"]
    else:
        lines.append(_shown(each))
    return "\n".join(lines) + "\n"


def _kept(each: Command, address: str) -> Iterator[str]:
    """The outputs go into variables of the shell; `patiently` is in the head of the script."""
    query = {"query": f"[{', '.join(each.keeps.values())}]", "output": "text"}
    call = _shown(replace(each, options={**each.options, **query}), end="")
    yield f"answer=$({'patiently ' if each.patient else ''}{call})"
    for number, name in enumerate(each.keeps, 1):
        yield f'{snake(f"{address}_{name}")}=$(cut -f {number} <<< "$answer")'


def _shown(each: Command, indent: str = "", end: str = " > /dev/null") -> str:
    """One option a line. What the command answers is no news."""
    head, *options = _words(each)
    return f" \\\n{indent}  ".join([indent + head, *options]) + end


def _words(each: Command) -> list[str]:
    return [" ".join(["aws", each.service, each.operation]), *(_option(*each) for each in each.options.items())]


def _option(name: str, value: Any) -> str:
    """A value that begins with a dash shares the word of its option. Raises UsageError for one that the AWS CLI would read
    as the name of a file or of a page, whose content it then sends."""
    if isinstance(value, str) and re.match("(fileb?|https?)://", value):
        raise UsageError(
            f"the AWS CLI would read {value!r} (--{name}) as the name of a file, and send its content",
            _INSTEAD,
        )
    return f"--{name}{'=' if str(value).startswith('-') else ' '}{_word(value)}"


def _word(value: Any) -> str:
    """The value as one word of bash: a document as JSON."""
    if isinstance(value, OfFile):
        return f"fileb://<(printf %s {_word(value.text)})"
    if not isinstance(value, str):
        # In JSON, a quote can be written as a code: so the text is whole within quotes.
        value = json.dumps(value, indent=2).replace("'", "\\u0027")
    return "".join(_part(part) for part in parts(value))


def _part(part: Any) -> str:
    match part:
        case Here(what):
            return f'"${{{what}}}"'
        case Output(address, attribute):
            return f'"${{{snake(f"{address}_{attribute}")}}}"'
        case str() if re.fullmatch(r"[A-Za-z0-9_./:@,+-]+", part):
            return part
        case str() if "".join(part.split("\n")).isprintable():
            return "'" + part.replace("'", "'\\''") + "'"
    raise UsageError(f"the AWS CLI cannot be given {part!r}", "Create it with bootstrap.")


def _texts(of: Exported) -> dict[str, str]:
    found: dict[str, str] = resolve(_with_values(of, of.texts), of.graph.predicted_output)
    return found


def _handoff(of: Exported) -> Iterator[str]:
    """Prints at the end what to give to the vendor."""
    for label, text in _texts(of).items():
        yield f"printf '%s\\n' {_word(f'{label}:' if chr(10) in text else f'{label}: {text}')}"
        if "\n" in text:
            yield f"printf '%s\\n' {_word(text)}"
