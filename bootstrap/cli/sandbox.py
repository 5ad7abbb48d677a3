"""`bootstrap sandbox start|stop|status`: the embedded AWS of this folder."""

from contextlib import suppress

import typer

from bootstrap.cli import options, terminal

app = typer.Typer(help="An embedded AWS on this machine, for trying things out.", add_completion=False)
app.callback(invoke_without_command=True)(options.help_without_verb)


@app.command()
def start(*, json: options.Json = False, debug: options.Debug = False) -> int:
    """Start it, unless it runs. --sandbox on any verb does this by itself."""
    from bootstrap import sandbox
    from bootstrap.cli.place import SANDBOX

    return _tell(sandbox.start(SANDBOX), json)


@app.command()
def status(*, json: options.Json = False, debug: options.Debug = False) -> int:
    """Say whether it runs."""
    from bootstrap import sandbox
    from bootstrap.cli.place import SANDBOX

    return _tell(sandbox.status(SANDBOX), json)


@app.command()
def stop(*, json: options.Json = False, debug: options.Debug = False) -> int:
    """Stop it; what was made in it is gone, and so are its states. Files of others stay."""
    from bootstrap import sandbox
    from bootstrap.backends.file import clear
    from bootstrap.cli.place import FOLDER, SANDBOX, SANDBOX_STATES

    was_running = sandbox.stop(SANDBOX)
    clear(SANDBOX_STATES)
    left: list[str] = []
    with suppress(OSError):
        left = [str(path) for path in sorted(SANDBOX.rglob("*")) if path.is_symlink() or not path.is_dir()]
        SANDBOX.rmdir()
        FOLDER.rmdir()  # only when no real deployment is in it
    if json:
        terminal.say_data({"stopped": was_running, **({"left": left} if left else {})})
    else:
        terminal.say("The sandbox has stopped." if was_running else "The sandbox was not running.")
        if left:
            terminal.say(f"Not removed, because no sandbox wrote it or a run uses it: {', '.join(left)}", err=True)
    return 0


def _tell(server: object, json: bool) -> int:
    url = getattr(server, "url", None)
    if json:
        terminal.say_data({"running": url is not None, "url": url, "pid": getattr(server, "pid", None)})
    else:
        terminal.say(f"The sandbox runs at {url}" if url else "The sandbox does not run.")
    return 0
