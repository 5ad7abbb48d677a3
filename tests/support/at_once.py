"""Many processes that run the same command at once: `python -m tests.support.at_once NUMBER FOLDER COMMAND...`.

They are forked from one that has imported all there is, or their start would take the time of the whole test. What each
prints is in FOLDER/PID.out and PID.err; FOLDER/ended gets a line for each that ends: its process id and its exit code.
"""

import os
import sys
from pathlib import Path

import boto3  # noqa: F401  imported once for all
import botocore.auth  # noqa: F401

from bootstrap import cli
from bootstrap.backends import s3  # noqa: F401
from bootstrap.cli import running  # noqa: F401
from bootstrap.cli.app import build_app


def run(folder: Path, arguments: list[str]) -> int:
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / f"{os.getpid()}.{name}", os.O_WRONLY | os.O_CREAT), number)
    try:
        cli.main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.stderr.flush()
    return 99  # main never returns


def main(number: int, folder: Path, arguments: list[str]) -> None:
    build_app(arguments)
    cli.run(["sandbox", "status"])  # to have parsed something: that imports as much again
    start, go = os.pipe()
    for _ in range(number):
        if os.fork() == 0:
            os.close(go)
            os.read(start, 1)  # until all have been made
            os._exit(run(folder, arguments))
    os.close(go)
    with (folder / "ended").open("w", buffering=1) as ended:
        for _ in range(number):
            pid, status = os.wait()
            ended.write(f"{pid} {os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
