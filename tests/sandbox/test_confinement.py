"""What the sandbox's process cannot do, tried in a process that is confined as the sandbox's is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap import sandbox
from tests.cli.conftest import tree

ATTEMPTS = {
    "a shell": "os.system('touch ' + out('made'))",
    "a pipe to a shell": "os.popen('touch ' + out('made')).read()",
    "a subprocess": "subprocess.run(['touch', out('made')])",
    "a subprocess of asyncio": "asyncio.run(asyncio.create_subprocess_exec('touch', out('made')))",
    "exec": "os.execv('/bin/sh', ['sh', '-c', 'touch ' + out('made')])",
    "exec with a path": "os.execvpe('touch', ['touch', out('made')], {})",
    "spawn": "os.spawnv(os.P_WAIT, '/bin/sh', ['sh', '-c', 'touch ' + out('made')])",
    "posix_spawn": "os.posix_spawn('/bin/sh', ['sh', '-c', 'touch ' + out('made')], {})",
    "posix_spawnp": "os.posix_spawnp('touch', ['touch', out('made')], {})",
    "a fork": "os.fork() or os._exit(0)",
    "a fork with a terminal": "os.forkpty()[0] or os._exit(0)",
    "a process of a terminal": "pty.spawn(['touch', out('made')])",
    "a process of multiprocessing": "multiprocessing.get_context('spawn').Process(target=print).start()",
    "the way below a subprocess": "import _posixsubprocess; _posixsubprocess.fork_exec",
    "a signal": "os.kill(os.getppid(), 0)",
    "a signal to a group": "os.killpg(os.getpgid(os.getppid()), 0)",
    "a C library": "ctypes.CDLL(None).system(b'true')",
    "another port": "socket.create_server(('127.0.0.1', 0))",
    "a socket of the file system": "socket.socket(socket.AF_UNIX).bind(inside('socket'))",
    "a connection": "socket.create_connection(('127.0.0.1', 9))",
    "Docker's socket": "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
    "a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "a message": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', 9))",
    "a name": "socket.getaddrinfo('localhost', 80)",
    "an old way to look up a name": "socket.gethostbyname('localhost')",
    "writing": "open(out('kept'), 'w')",
    "appending": "open(out('kept'), 'ab')",
    "writing into": "open(out('kept'), 'r+')",
    "a new file": "open(out('made'), 'x')",
    "a new file of Path": "Path(out('made')).touch()",
    "writing by descriptor": "os.open(out('kept'), os.O_WRONLY)",
    "a new file by descriptor": "os.open(out('made'), os.O_RDONLY | os.O_CREAT)",
    "emptying by descriptor": "os.open(out('kept'), os.O_RDONLY | os.O_TRUNC)",
    "a file below a folder's descriptor": "os.open('made', os.O_CREAT, dir_fd=os.open(out(''), os.O_RDONLY))",
    "a relative path": "os.chdir(out('')); open('made', 'w')",
    "a way back out": "open(inside('../outside/made'), 'w')",
    "through a link": "open(inside('link/made'), 'w')",
    "through a link to a file": "open(inside('linked'), 'w')",
    "a temporary file": "tempfile.TemporaryFile(dir=out(''))",
    "a named temporary file": "tempfile.mkstemp(dir=out(''))",
    "a temporary folder": "tempfile.mkdtemp(dir=out(''))",
    "an extra of bytes": "open(os.fsencode(out('made')), 'wb')",
    "a database": "sqlite3.connect(out('made'))",
    "removing": "os.remove(out('kept'))",
    "unlinking": "Path(out('kept')).unlink()",
    "removing a link from outside": "os.remove(out('back'))",
    "moving in": "os.rename(out('kept'), inside('kept'))",
    "moving out": "os.replace(inside('own'), out('kept'))",
    "moving with shutil": "shutil.move(out('kept'), inside('kept'))",
    "copying out": "shutil.copy(inside('own'), out('made'))",
    "removing a tree": "shutil.rmtree(out('folder'))",
    "a folder": "os.mkdir(out('made'))",
    "removing a folder": "os.rmdir(out('folder'))",
    "a hard link": "os.link(out('kept'), inside('hard'))",
    "a symbolic link": "os.symlink(out('kept'), inside('soft'))",
    "truncating": "os.truncate(out('kept'), 0)",
    "a mode": "os.chmod(out('kept'), 0o777)",
    "an owner": "os.chown(out('kept'), os.getuid(), os.getgid())",
    "a time": "os.utime(out('kept'), (0, 0))",
    "moto's CloudFormation": "import moto.cloudformation",
    "its parser": "from moto.cloudformation.models import cloudformation_backends",
    "a tag of YAML": "yaml.load('!!python/object/apply:os.system [true]', Loader=yaml.Loader)",
    "an unsafe load of YAML": "yaml.unsafe_load('!!python/object/apply:os.system [true]')",
    "a full load of YAML": "yaml.full_load('!!python/name:os.system')",
}
ALLOWED = {
    "writing inside": "Path(inside('new')).write_text('x')",
    "renaming inside": "os.replace(inside('new'), inside('newer'))",
    "a folder inside": "os.mkdir(inside('folder'))",
    "removing inside": "os.remove(inside('newer')); os.rmdir(inside('folder'))",
    "touching inside": "Path(inside('own')).touch()",
    "reading outside": "open(out('kept')).read()",
    "YAML": "yaml.safe_load('a: 1')",
}
TRY = """
import asyncio, ctypes, json, multiprocessing, os, pty, shutil, socket, sqlite3, subprocess, sys, tempfile, yaml
from pathlib import Path
from bootstrap.sandbox.confinement import confine

def inside(name): return os.path.join(sys.argv[1], name)
def out(name): return os.path.join(sys.argv[2], name)
def tried(code):
    try:
        exec(code)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "done"

confine(Path(sys.argv[1]))
print(json.dumps({name: tried(code) for name, code in json.loads(sys.stdin.read()).items()}))
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside, outside / "folder"):
        folder.mkdir()
    (inside / "own").write_text("own")
    (outside / "kept").write_text("kept")
    (outside / "back").symlink_to(inside / "own")
    (inside / "link").symlink_to(outside)
    (inside / "linked").symlink_to(outside / "kept")
    return inside, outside


def tried(attempts: dict[str, str], inside: Path, outside: Path) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(sandbox.__file__).parents[2])}
    command = [sys.executable, "-c", TRY, str(inside), str(outside)]
    ran = subprocess.run(command, env=environment, input=json.dumps(attempts), capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_it_starts_nothing_connects_to_nothing_and_writes_nothing_outside_its_folder(folders: tuple[Path, Path]) -> None:
    inside, outside = folders
    before = tree(outside)
    refused = (
        "PermissionError: [Errno 1] the sandbox ",
        "ImportError: ",
        "ModuleNotFoundError: import of moto.cloudformation halted",
        "ModuleNotFoundError: No module named 'moto.cloudformation.models'; 'moto.cloudformation' is not a package",
        "AttributeError: module '_posixsubprocess' has no attribute",
        "ConstructorError: ",
    )
    for name, outcome in tried(ATTEMPTS, inside, outside).items():
        assert outcome.startswith(refused), f"{name}: {outcome}"
    assert tree(outside) == before
    assert sorted(path.name for path in inside.iterdir()) == ["link", "linked", "own"]


def test_what_it_needs_it_still_does(folders: tuple[Path, Path]) -> None:
    assert set(tried(ALLOWED, *folders).values()) == {"done"}
