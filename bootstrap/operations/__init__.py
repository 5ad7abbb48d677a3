"""Start here. What a user can do, one use case per file; what they share is beside them. This docstring is the architecture.

    integration --build--> graph ---+
    backend ----load-----> state ---+--> planner --> plan --> executor --> state --save--> backend
    AWS --------look-----> live ----+                            |
                                                                 +--> events --> view

An **integration** (`integrations/`, one vendor per package) is a dataclass whose fields are the inputs. Its `build` puts
**resources** (`resources/`, one AWS type per file) into a **graph**; a property that refers to another resource's output is
an edge. `engine/refresh.py` reads everything that graph and state name, all at once. The **planner** (`core/planner.py`) is
pure: it compares graph, **state** and what is live, and returns a **plan**, plain data that a view shows and that `--json`
prints. The **executor** (`engine/executor.py`) runs it on threads, each change as soon as what it needs is done; it saves
each intent before the call goes out and each result after it, so that a killed run is found again by the owner tags that
travel in every creating call. Destroying is the same with an empty graph: the records know their dependencies, and neither
inputs nor vendor code are needed.

An operation takes a signed-in session, a backend and a `Confirm` callback, runs every check that belongs to it (`checks/`),
and returns data. It prints nothing and asks nobody by itself: `cli/` and a vendor's own tool do (docs/python-api.md).
"""

from bootstrap.aws.credentials import Login as Login
from bootstrap.aws.session import Session as Session
from bootstrap.backends.file import FileBackend as FileBackend
from bootstrap.engine.prepare import Prepared as Prepared
from bootstrap.operations.adopt import adopt as adopt
from bootstrap.operations.check import check as check
from bootstrap.operations.connect import configure as configure, connect as connect
from bootstrap.operations.create import create as create, plan as plan
from bootstrap.operations.destroy import destroy as destroy, plan_destroy as plan_destroy
from bootstrap.operations.recover import recover as recover
from bootstrap.operations.state_records import forget as forget, import_record as import_record
from bootstrap.operations.status import status as status
