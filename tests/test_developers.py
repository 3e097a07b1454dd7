"""The developers' pages are true: their programs run, and a client in another language agrees with
ours about every byte of a session."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format

from collab.client import client
from collab_kernel.client import connect
from collab_kernel.core.evolve import evolve
from collab_kernel.core.peer import Capability
from collab_kernel.core.presence import MEASURED, OF_SESSION, POINTERS
from collab_kernel.server import Server
from collab_kernel.wire.rows import digest, encode_event
from collab_proto.v1 import session_pb2 as pb
from collab_proto.v1 import wire_pb2

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/developers"
JAVASCRIPT = PAGES / "javascript"
WITHIN_S = 60.0

Serve = Callable[..., Any]


def node(*arguments: object, source: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Node's exit code and output."""
    assert NODE is not None
    return subprocess.run(
        [NODE, "--experimental-websocket", "--no-warnings", *map(str, arguments)],
        input=source,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None or node("-e", "process.exit(typeof WebSocket === 'undefined' ? 1 : 0)").returncode,
    reason="the client in JavaScript runs in Node 20.10 or later, which is not installed here",
)


def snippets(name: str, language: str) -> list[str]:
    """The fenced blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.M | re.S)


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_a_server_runs_in_ones_own_program_of_thirty_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    [program] = snippets("embedding", "python")
    assert len(program.splitlines()) <= 30
    exec(compile(program, str(PAGES / "embedding.md"), "exec"), {"__name__": "embedded"})
    said = capsys.readouterr().out
    for line in (
        "Bob sees a radius of 2.5",
        "Bob was refused: refused.not_master",
        "still there: 2 proxies",
        "Ada Set Radius of Sphere1",
    ):
        assert line in said


def test_the_proxy_managers_are_as_their_page_says(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve("--renderer", "none")
    monkeypatch.setattr("collab.connecting.DEFAULT_PORT", int(server.url.rpartition(":")[2]))
    [program] = snippets("proxy-managers", "python")
    try:
        exec(compile(program, str(PAGES / "proxy-managers.md"), "exec"), {"__name__": "managers"})
    finally:
        client.close()
    assert capsys.readouterr().out.splitlines()[-1] == "[2.0, 3.0]"


async def test_what_undo_does_is_the_recorded_change_turned_round() -> None:
    shown = [text_format.Parse(text, pb.Event()) for text in snippets("undo", "textproto")]
    async with (
        Server("memory://undo:0", renderer=None) as server,
        await connect(server.addresses[0], "Ada") as ada,
    ):
        sphere = await ada.create("sources", "SphereSource")
        events = ada.events()
        await sphere.set(Radius=2.5)
        await ada.undo()
        recorded = [pb.Event.FromString(encode_event(await anext(events))) for _ in shown]
    assert len(recorded) == 2
    for event in recorded:
        for name in ("revision", "request", "time_s"):
            event.ClearField(name)
        changes = [change for change in event.changes if change.HasField("set_value")]
        del event.changes[:]
        event.changes.extend(changes)
    assert recorded == shown


@needs_node
def test_a_mirror_in_javascript_folds_every_vector_to_the_same_digest() -> None:
    source = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ Schema }} from "{(JAVASCRIPT / "protobuf.mjs").as_uri()}";
        import {{ Mirror }} from "{(JAVASCRIPT / "mirror.mjs").as_uri()}";
        const files = ["values", "session", "wire"];
        const schema = new Schema(...files.map((name) => `${{process.argv[2]}}/${{name}}.proto`));
        for (const wanted of JSON.parse(readFileSync(process.argv[3])).cases) {{
          const mirror = new Mirror(schema);
          for (const event of wanted.events)
            mirror.fold(schema.decode("Event", Buffer.from(event, "hex")));
          const agrees = mirror.revision === wanted.revision && mirror.digest() === wanted.digest;
          console.log(wanted.name, agrees);
        }}
    """
    contract = ROOT / "proto/src/collab_proto/v1"
    vectors = ROOT / "proto/vectors/digest.json"
    ran = node("--input-type=module", "-", contract, vectors, source=source)
    assert ran.returncode == 0, ran.stderr
    agreed = [line.rpartition(" ")[2] for line in ran.stdout.splitlines()]
    assert len(agreed) > 5
    assert set(agreed) == {"true"}


@needs_node
async def test_a_client_in_javascript_joins_folds_and_sets_a_property(serve: Serve) -> None:
    server = serve(
        "--multi-clients", "--policy", "shared", "--renderer", "none",
        "--transport", "zmq://127.0.0.1:0", "--transport", "websocket://127.0.0.1:0",
    )  # fmt: skip
    zmq, web = server.urls
    address = web.replace("websocket://", "ws://") + "/ws"
    async with await connect(zmq, name="Ada") as ada:
        sphere = await ada.create("sources", "SphereSource", Radius=1.5)
        state, events = ada.state, ada.events()
        ran = await asyncio.to_thread(
            node, JAVASCRIPT / "client.mjs", address, "sources", "Sphere1", "Radius", "2.5"
        )
        assert ran.returncode == 0, ran.stderr
        changed, reached = ran.stdout.splitlines()
        assert changed == "Sphere1.Radius: 1.5 -> 2.5"
        found = re.fullmatch(r"revision (\d+) digest ([0-9a-f]{64})", reached)
        assert found is not None
        async with asyncio.timeout(WITHIN_S):
            while state.revision < int(found[1]):
                state = evolve(state, await anext(events))
            await ada.reached(state.revision + 1)  # Jay has left
        assert digest(state) == found[2]
        assert sphere["Radius"] == 2.5
        last = ada.history[-1]
        assert (last.author_name, "Radius" in last.label) == ("Jay", True)
        assert set(ada.state.participants) == {ada.id}, "a goodbye is no broken connection"


@needs_node
async def test_what_is_refused_to_a_client_in_javascript_has_its_code(serve: Serve) -> None:
    server = serve(
        "--multi-clients", "--renderer", "none",
        "--transport", "zmq://127.0.0.1:0", "--transport", "websocket://127.0.0.1:0",
    )  # fmt: skip
    zmq, web = server.urls
    address = web.replace("websocket://", "ws://") + "/ws"
    async with await connect(zmq, name="Ada") as ada:
        sphere = await ada.create("sources", "SphereSource")
        ran = await asyncio.to_thread(
            node, JAVASCRIPT / "client.mjs", address, "sources", "Sphere1", "Radius", "2.5"
        )
        assert ran.returncode == 3
        assert ran.stderr.startswith("refused.not_master: ")
        assert "Ada" in ran.stderr
        assert sphere["Radius"] == 0.5


def test_the_page_about_the_wire_leaves_out_nothing_that_can_be_said() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text))))
    said = [
        field.name
        for message in (pb.Command, pb.Operation, wire_pb2.Query)
        for field in message.DESCRIPTOR.oneofs_by_name["kind"].fields
    ]
    said += [name.removeprefix("TABLE_") for name, number in pb.Table.items() if number]
    said += [name for name, number in pb.LinkRow.Kind.items() if number]
    said += [p.name for d in (OF_SESSION, MEASURED, POINTERS) for p in d.properties]
    said += [capability.value for capability in Capability]
    assert len(said) > 70
    assert [word for word in said if word not in words] == []


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) > 20
    broken = []
    for source in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", source.read_text("utf-8")):
            if "://" not in target and not (source.parent / target).exists():
                broken.append(f"{source.relative_to(ROOT)}: {target}")
    assert broken == []
