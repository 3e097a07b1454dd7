"""The kernel does not know its plugins: without one, everything else goes on."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

SITE_PACKAGES = Path(sysconfig.get_paths()["purelib"])


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this environment in which collab-transport-zmq is not installed."""
    folder = tmp_path_factory.mktemp("without-zmq") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for entry in SITE_PACKAGES.iterdir():
        if "collab_transport_zmq" not in entry.name:
            (packages / entry.name).symlink_to(entry)
    return folder


def collab(
    environment: Path, *arguments: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    program = "from collab_cli.main import main; main()"
    return subprocess.run(
        [str(environment / "bin/python"), "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | variables,
    )


def test_an_uninstalled_transport_is_not_listed(environment: Path) -> None:
    listed = collab(environment, "plugins")
    assert listed.returncode == 0, listed.stderr
    assert "zmq" not in listed.stdout
    assert "master-slave" in listed.stdout


def test_serving_on_it_names_the_package_to_install(environment: Path) -> None:
    served = collab(environment, "serve", "--transport", "zmq", "--renderer", "none")
    assert served.returncode == 5
    assert "pip install collab-transport-zmq" in served.stderr
    assert served.stderr.count("\n") == 1


def test_serving_without_any_transport_names_one_to_install(environment: Path) -> None:
    served = collab(environment, "serve", "--renderer", "none", COLLAB_PLUGINS="master-slave")
    assert served.returncode == 5
    assert "pip install" in served.stderr
    assert served.stderr.count("\n") == 1
