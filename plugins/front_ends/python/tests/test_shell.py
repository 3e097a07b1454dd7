"""`collab client`: scripts run as by Python itself, and a shell with the names at hand."""

import subprocess
import sys
import traceback
from functools import partial

import pytest

from collab import plugin, shell, simple
from collab.calls import WrongTypeError
from collab.client import client
from collab.collaboration import processServerEvents
from collab_kernel.errors import ConnectionLostError, MultiServerError, WrongConnectIdError
from collab_kernel.plugins import load
from collab_kernel.spi import ClientOptions


@pytest.fixture
def front_end():
    (spec,) = plugin.collab_front_ends()
    assert (spec.name, bool(spec.summary)) == ("python", True)
    return spec.client


@pytest.fixture
def script(tmp_path):
    def write(text, name="script.py"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_the_plugin_is_found():
    assert load([], extra=[plugin]).front_end("python").client


def test_a_script_has_its_arguments_its_folder_and_its_name(front_end, script, capfd):
    script("VALUE = 42", "beside.py")
    path = script("import sys, beside; print(__name__, sys.argv[1:], beside.VALUE)")
    before = (sys.argv, list(sys.path))
    assert front_end(ClientOptions(script=path, arguments=("a", "b"))) == 0
    assert capfd.readouterr() == ("__main__ ['a', 'b'] 42\n", "")
    assert (sys.argv, sys.path) == before


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [("", 0, ""), ("exit()", 0, ""), ("exit(5)", 5, ""), ("exit('why')", 1, "why\n")],
)
def test_the_exit_code_is_the_scripts(front_end, script, capfd, end, code, said):
    assert front_end(ClientOptions(script=script(f"from sys import exit\n{end}"))) == code
    assert capfd.readouterr() == ("", said)


def test_a_traceback_is_the_scripts_own(front_end, script, capfd, serve):
    text = "from collab.simple import *\ndef work():\n    Sphere(ThetaResolution=1)\nwork()\n"
    path = script(text)
    assert front_end(ClientOptions((serve().url,), script=path)) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[:3] == [
        "Traceback (most recent call last):",
        f'  File "{path}", line 4, in <module>',
        "    work()",
    ]
    assert "InvalidValueError: ThetaResolution" in err.splitlines()[-1]
    assert not [w for w in ("runpy", "worker.py", "_base.py", "collab_kernel/") if w in err]
    front_end(ClientOptions(script=script("import json\njson.loads('{')\n")))
    assert "json/decoder.py" in capfd.readouterr().err, "others' frames stay"
    front_end(ClientOptions(script=script("if\n")))
    assert "SyntaxError" in capfd.readouterr().err


def test_an_interrupted_script_says_so(front_end, script, capfd):
    assert front_end(ClientOptions(script=script("raise KeyboardInterrupt"))) == 130
    assert "KeyboardInterrupt" in capfd.readouterr().err


def test_a_missing_script_is_one_line(front_end, capfd):
    assert front_end(ClientOptions(script="nowhere.py")) == 2
    assert capfd.readouterr() == ("", "collab: there is no script 'nowhere.py'\n")


def test_options_say_where_and_who(front_end, script, serve):
    served = serve(sessions=["main", "demo"])
    text = """
from collab.simple import *
from collab.collaboration import *
assert GetUserLabel() == "Ada"
assert GetActiveConnection().session.name == "demo"
"""
    options = ClientOptions((served.url,), False, "Ada", "demo", script(text))
    assert front_end(options) == 0
    assert client.connections == [], "everything is closed"


def test_a_connect_id_is_passed_on(front_end, script, serve, dial, monkeypatch):
    path = script("from collab.collaboration import *; exit(IsMaster() + 6)")
    served = serve(connect_id="4711")
    with pytest.raises(WrongConnectIdError):
        front_end(ClientOptions((served.url,), script=path))
    assert front_end(ClientOptions((served.url,), script=path, connect_id="4711")) == 7
    monkeypatch.setattr(shell, "_waiting", partial(dial, connect_id="4711"))
    url = "zmq://127.0.0.1:0"
    assert front_end(ClientOptions(script=path, reverse=url, connect_id="4711")) == 7


def test_several_servers_need_the_flag(front_end, script, serve):
    urls = (serve().url, serve().url)
    path = script("from collab import servermanager; exit(len(servermanager.Connections))")
    with pytest.raises(MultiServerError, match="--multi-servers"):
        front_end(ClientOptions(urls, script=path))
    assert front_end(ClientOptions(urls, True, script=path)) == 2
    with pytest.raises(ConnectionLostError):
        front_end(ClientOptions(("memory://nobody",)))


def test_a_script_can_wait_for_its_server(front_end, script, dial, monkeypatch):
    said = []
    monkeypatch.setattr(shell, "_waiting", lambda address: (said.append(address), dial(address)))
    path = script("from collab.simple import *; exit(GetActiveConnection().IsRemote() + 6)")
    url = "zmq://127.0.0.1:0"
    assert front_end(ClientOptions(script=path, reverse=url)) == 7
    assert said[0].startswith("zmq://127.0.0.1:")


def test_the_banner_says_where_one_is_and_who_else(serve):
    assert "built-in" in shell.banner()
    served = serve()
    served.peer("Ann")
    client.connect(served.url, "Bob")
    assert served.url in shell.banner()
    assert "'Bob'" in shell.banner()
    assert "Ann" in shell.banner()


def test_the_banner_says_whose_connection_broke(serve):
    served = serve()
    ann = served.peer("Ann")
    bob = served.peer("Bob")
    client.connect(served.url, "Cid")
    assert "Ann steers; also here: Ann, Bob." in shell.banner()
    ann.break_off()
    while bob.session.state.participant(ann.session.id).connected:
        bob.run(anext(aiter(bob.session.events())))
    bob.run(bob.session.close())
    processServerEvents()
    text = "Ann's connection broke, and the right passes on after ten seconds; nobody else is here"
    assert text in shell.banner()


def test_pythons_shell_shows_what_was_typed_and_nothing_of_ours(capsys):
    console = shell.Console(shell.namespace())
    console.push("def show(): Show(42)")
    console.push("")
    console.push("show()")
    assert capsys.readouterr().err.splitlines() == [
        "Traceback (most recent call last):",
        '  File "<console>", line 1, in <module>',
        '  File "<console>", line 1, in show',
        "collab.calls.WrongTypeError: Show() takes a proxy or None as 'proxy', not 42 (int)",
    ]
    console.push("1 / 0")
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_ipythons_shell_gets_the_frames_that_were_typed():
    class IPython:
        InteractiveTB = property(lambda self: self)

        def structured_traceback(self, kind, error, trace, offset):
            return [kind, *(f.name for f in traceback.extract_tb(trace))]

        def _showtraceback(self, kind, error, text):
            self.text = text

    ipython = IPython()
    try:
        simple.Show(42)
    except WrongTypeError as error:
        shell.show_in_ipython(ipython, WrongTypeError, error, error.__traceback__)
    here = "test_ipythons_shell_gets_the_frames_that_were_typed"
    assert ipython.text == [WrongTypeError, here]


def test_a_shell_has_the_names_at_hand(tmp_path):
    names = shell.namespace()
    assert {"Sphere", "Show", "processServerEvents", "servermanager"} <= names.keys()
    program = (
        "import sys; sys.modules['IPython'] = None; sys.path[:0] = sys.argv[1:]\n"
        "import importlib.util as u; u.find_spec = lambda name: None\n"
        "from collab.shell import start; from collab_kernel.spi import ClientOptions\n"
        "sys.exit(start(ClientOptions()))"
    )
    typed = "Sphere(Radius=0.75).Radius\nimport sys\nsys.exit(3)\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *sys.path],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "0.75" in done.stdout
    assert "built-in session" in done.stderr
