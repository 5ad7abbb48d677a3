"""Starting up creates half a million objects that live as long as the process. Looking for garbage among them, again and
again, takes a tenth of the processor time of a run."""

import gc


def postpone() -> None:
    gc.disable()


def resume() -> None:
    """From now on garbage is collected again; what is there already is not looked at."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
