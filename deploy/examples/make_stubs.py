#!/usr/bin/env python3
"""Generates warmpath's Python stubs from proto/ with grpcio-tools.

    pip install -r deploy/examples/requirements.txt
    python3 deploy/examples/make_stubs.py [FOLDER]     # default: deploy/examples/.stubs, not in git

Put the folder on PYTHONPATH; then: from warmpath.v1 import report_pb2, report_pb2_grpc
The examples do this by themselves: `import make_stubs; make_stubs.use()`.
"""

import importlib.resources
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parent.parent / "proto"
SERVICES = ("chat", "failover", "judge", "observation", "plan", "report", "score")


def make(folder):
    """Writes the stubs into `folder`."""
    from grpc_tools import protoc
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    folder.mkdir(parents=True, exist_ok=True)
    for package, names in (("warmpath/v1", SERVICES), ("google/rpc", ("status", "error_details"))):
        for name in names:
            failed = protoc.main(["protoc", f"-I{PROTOS}", f"-I{well_known}", f"--python_out={folder}",
                                  f"--grpc_python_out={folder}", f"{PROTOS}/{package}/{name}.proto"])
            if failed:
                raise SystemExit(f"protoc failed on {name}.proto")


def use(folder=HERE / ".stubs"):
    """Makes the stubs if there are none of these protos yet, and puts them on the path."""
    newest = max(path.stat().st_mtime for path in PROTOS.rglob("*.proto"))
    ready = folder / "ready"
    if not ready.exists() or ready.stat().st_mtime < newest:
        # Several programs may start at a time: each makes its own, the last one's stays.
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".stubs-") as draft:
            make(pathlib.Path(draft))
            for made in sorted(pathlib.Path(draft).rglob("*.py")):
                target = folder / made.relative_to(draft)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(made, target)
        ready.touch()
    sys.path.insert(0, str(folder))


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / ".stubs")
