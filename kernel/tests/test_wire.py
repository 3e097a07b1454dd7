"""Every message goes to bytes and back unchanged; whatever else arrives is refused, typed.

Longer than most files: it has one strategy for each kind of thing that the wire carries.
"""

import dataclasses
import types
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab_kernel.core import (
    commands,
    effects,
    events,
    facts,
    invitations,
    messages,
    queries,
    scene,
)
from collab_kernel.core.commands import Chat, Edit, Promote, Request, Set
from collab_kernel.core.definitions import (
    ArrayDomain,
    BoundsDomain,
    EnumerationDomain,
    PropertyDefinition,
    ProxyDefinition,
    ProxyTypeDomain,
    RangeDomain,
    Scope,
)
from collab_kernel.core.events import Event, EventKind, Put, SetValue
from collab_kernel.core.messages import AnswerPart, Hello, Ping, SnapshotSlice
from collab_kernel.core.presence import Gone, Shown
from collab_kernel.core.spreadsheet import Block, Column, FetchRows, Rows
from collab_kernel.core.state import (
    ChatRow,
    DoorRow,
    FollowTarget,
    HistoryRow,
    LinkEnd,
    LinkKind,
    LinkRow,
    MuteRow,
    ParticipantRow,
    PinRow,
    PolicyRow,
    ProposalRow,
    ProxyRow,
    Role,
    SessionRow,
    Table,
    TimeRow,
)
from collab_kernel.core.values import Blob, Input, Kind, Value
from collab_kernel.core.widgets import Widget
from collab_kernel.errors import (
    CollabError,
    InvalidCommandError,
    PipelineFailedError,
    RefusedError,
    RemoteProtocolError,
)
from collab_kernel.wire import pipe
from collab_kernel.wire.facts import decode_selected, encode_selected
from collab_kernel.wire.packets import (
    client_messages,
    client_packet,
    event_packet,
    server_messages,
    server_packet,
)
from collab_kernel.wire.rows import decode_event, encode_event
from collab_kernel.wire.spreadsheet import decode_table, encode_table
from collab_kernel.wire.values import BLOB_KINDS, decode_definition, encode_definition
from collab_proto.v1 import renderer_pb2, session_pb2, wire_pb2

# -- what there is ---------------------------------------------------------------------------

IDS = st.integers(0, (1 << 53) - 1)
COUNTS = st.integers(0, (1 << 32) - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBERS = st.floats(allow_nan=False)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
ELEMENTS = {
    Kind.INT: st.integers(-(1 << 63), (1 << 63) - 1),
    Kind.DOUBLE: NUMBERS,
    Kind.STRING: TEXTS,
    Kind.BOOL: st.booleans(),
    Kind.PROXY: IDS,
    Kind.INPUT: st.builds(Input, IDS, st.integers(0, (1 << 16) - 1)),
}
HASHES = st.binary(min_size=32, max_size=32)
BLOBS = st.builds(Blob, HASHES, st.integers(1, (1 << 64) - 1))
VALUES = st.one_of(
    st.builds(Value, st.just(Kind.BYTES), st.tuples(st.binary(max_size=6))),
    st.builds(Value, st.sampled_from(sorted(BLOB_KINDS)), blob=BLOBS),
    *(
        st.builds(Value, st.just(kind), st.lists(elements, max_size=3).map(tuple))
        for kind, elements in ELEMENTS.items()
    ),
)
NAMED = st.lists(st.tuples(TEXTS, VALUES), max_size=2).map(tuple)
TYPES = st.tuples(TEXTS, TEXTS)
TARGETS = st.builds(FollowTarget, st.sampled_from(FollowTarget.Kind), IDS, st.booleans())
DOMAINS = st.one_of(
    st.builds(RangeDomain, st.none() | NUMBERS, st.none() | NUMBERS),
    st.builds(EnumerationDomain, st.lists(st.tuples(st.integers(-9, 9), TEXTS)).map(tuple)),
    st.builds(ProxyTypeDomain, st.lists(TYPES, max_size=2).map(tuple)),
    st.builds(ArrayDomain, st.lists(TEXTS, max_size=2).map(tuple), st.integers(0, 9)),
    st.builds(BoundsDomain, TEXTS),
)
PROPERTIES = st.builds(
    PropertyDefinition,
    TEXTS,
    st.sampled_from(Kind),
    VALUES,
    st.integers(0, 9),
    TEXTS,
    TEXTS,
    st.lists(DOMAINS, max_size=2).map(tuple),
    st.sampled_from(Scope),
    st.booleans(),
    st.none() | TYPES,
    st.booleans(),
)
DEFINITIONS = st.builds(
    ProxyDefinition,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.integers(0, 9),
    st.lists(PROPERTIES, max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
)
KEY_TEXTS = TEXTS.filter(lambda text: "\0" not in text)
PAIRS = st.tuples(KEY_TEXTS, KEY_TEXTS)
PARTICIPANTS = st.builds(
    ParticipantRow,
    TEXTS,
    st.sampled_from(Role),
    TEXTS,
    TEXTS,
    TEXTS,
    TARGETS,
    NUMBERS,
    st.booleans(),
    NUMBERS,
)
ENDS = st.lists(st.builds(LinkEnd, IDS, TEXTS), max_size=3).map(tuple)
STEPS = st.lists(NUMBERS, max_size=3).map(tuple)
OPERATIONS = st.one_of(
    st.builds(commands.Create, IDS, TEXTS, TEXTS, st.none() | TEXTS, NAMED, IDS),
    st.builds(commands.Set, IDS, NAMED),
    st.builds(commands.Connect, IDS, TEXTS, ELEMENTS[Kind.INPUT]),
    st.builds(commands.Disconnect, IDS, TEXTS, ELEMENTS[Kind.INPUT]),
    st.builds(commands.Register, IDS, TEXTS),
    st.builds(commands.Delete, IDS),
    st.builds(commands.Link, TEXTS, st.sampled_from(LinkKind), ENDS),
    st.builds(commands.Unlink, TEXTS),
    st.builds(commands.Annotate, IDS, TEXTS, st.none() | TEXTS),
    st.builds(commands.Select, ELEMENTS[Kind.INPUT], IDS),
)
SET_VALUES = st.builds(SetValue, IDS, TEXTS, st.none() | VALUES, st.none() | VALUES)
PROPOSALS = st.builds(
    ProposalRow,
    IDS,
    TEXTS,
    TEXTS,
    NUMBERS,
    st.lists(OPERATIONS, max_size=2).map(tuple),
    st.lists(SET_VALUES, max_size=2).map(tuple),
)
TIMES = st.builds(TimeRow, NUMBERS, st.booleans(), STEPS, NUMBERS, st.booleans())
PINS = st.builds(PinRow, IDS, TEXTS, TEXTS, NUMBERS, VECTORS, IDS, NAMED, NUMBERS)
ROWS: dict[int, tuple[st.SearchStrategy[object], st.SearchStrategy[object]]] = {
    Table.SESSION: (st.just(()), st.builds(SessionRow, TEXTS, TEXTS, IDS)),
    Table.PARTICIPANTS: (IDS, PARTICIPANTS),
    Table.REQUESTS: (IDS, IDS),
    Table.POLICY: (TEXTS, st.builds(PolicyRow, st.lists(IDS).map(tuple), TEXTS)),
    Table.DEFINITIONS: (PAIRS, DEFINITIONS),
    Table.PROXIES: (IDS, st.builds(ProxyRow, TEXTS, TEXTS, TEXTS, IDS)),
    Table.VALUES: (st.tuples(IDS, TEXTS), VALUES),
    Table.NAMES: (PAIRS, IDS),
    Table.CHAT: (IDS, st.builds(ChatRow, IDS, TEXTS, TEXTS, NUMBERS)),
    Table.HISTORY: (IDS, st.builds(HistoryRow, IDS, TEXTS, TEXTS, NUMBERS, IDS, IDS, IDS)),
    Table.QUARANTINE: (IDS, TEXTS),
    Table.COUNTERS: (IDS, IDS),
    Table.LINKS: (TEXTS, st.builds(LinkRow, st.sampled_from(LinkKind), ENDS)),
    Table.SELECTIONS: (st.tuples(IDS, COUNTS), IDS),
    Table.ANNOTATIONS: (st.tuples(IDS, TEXTS), TEXTS),
    Table.TIME: (st.just(()), TIMES),
    Table.PROPOSALS: (IDS, PROPOSALS),
    Table.PINS: (IDS, PINS),
    Table.DOOR: (st.just(()), st.builds(DoorRow, TEXTS, st.booleans())),
    Table.MUTES: (IDS, st.builds(MuteRow, st.booleans(), st.booleans())),
    99: (st.binary(max_size=6), st.binary(max_size=6)),  # of a newer peer
}
PUTS = st.one_of(
    *(
        st.builds(Put, st.just(int(table)), keys, st.none() | rows, st.none() | rows)
        for table, (keys, rows) in ROWS.items()
    )
)
EVENTS = st.builds(
    Event,
    IDS,
    IDS,
    IDS,
    st.sampled_from(EventKind),
    TEXTS,
    IDS,
    NUMBERS,
    st.lists(PUTS | SET_VALUES, max_size=4).map(tuple),
)
SLICES = st.builds(
    SnapshotSlice,
    IDS,
    st.lists(
        st.one_of(
            *(st.tuples(st.just(int(table)), keys, rows) for table, (keys, rows) in ROWS.items())
        ),
        max_size=5,
    ).map(tuple),
    st.booleans(),
)
CAMERAS = st.builds(facts.Camera, VECTORS, VECTORS, VECTORS, NUMBERS, NUMBERS, st.booleans())
ARRAYS = st.builds(
    facts.ArrayInformation,
    TEXTS,
    TEXTS,
    TEXTS,
    COUNTS,
    IDS,
    st.lists(NUMBERS, max_size=3).map(tuple),
    st.lists(NUMBERS, max_size=3).map(tuple),
)
INFORMATION = st.builds(
    facts.DataInformation,
    TEXTS,
    st.lists(NUMBERS, max_size=6).map(tuple),
    IDS,
    IDS,
    IDS,
    st.lists(ARRAYS, max_size=2).map(tuple),
    st.lists(NUMBERS, max_size=3).map(tuple),
    st.lists(st.integers(-9, 9), max_size=6).map(tuple),
)
DERIVED = st.builds(facts.Derived, IDS, IDS, st.lists(INFORMATION, max_size=2).map(tuple), TEXTS)
PARTS_OF_ONE = st.floats(0, 1)
MANY_IDS = st.lists(IDS, max_size=4).map(tuple)
HITS = st.builds(
    queries.Hit,
    IDS,
    IDS,
    COUNTS,
    COUNTS,
    st.none() | IDS,
    st.none() | IDS,
    st.lists(st.floats(-9, 9), max_size=3).map(tuple),
    TEXTS,
    TEXTS,
    st.lists(st.floats(-9, 9), max_size=3).map(tuple),
    TEXTS,
)
SELECTED = st.builds(
    queries.Selected,
    st.lists(st.builds(queries.SelectedIds, IDS, IDS, COUNTS, COUNTS, MANY_IDS), max_size=3).map(
        tuple
    ),
    st.lists(st.floats(-9, 9), max_size=3).map(tuple),
    st.booleans(),
)
CELLS = st.one_of(
    *(
        st.lists(sort, max_size=3).map(tuple)
        for sort in (NUMBERS, st.integers(-(1 << 63), (1 << 63) - 1), TEXTS)
    )
)
ROWS = st.builds(
    Rows,
    IDS,
    MANY_IDS,
    st.lists(st.builds(Column, TEXTS, TEXTS, COUNTS, CELLS), max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    IDS,
    st.lists(st.builds(Block, IDS, TEXTS, IDS), max_size=2).map(tuple),
)
ANSWERS = st.builds(
    queries.Answer,
    IDS,
    st.just(b""),
    TEXTS,
    COUNTS,
    COUNTS,
    st.none() | CAMERAS,
    st.none() | DERIVED,
    NAMED,
    st.none() | HITS,
)
QUERIES = st.one_of(
    st.builds(
        queries.RenderImage,
        IDS,
        COUNTS,
        COUNTS,
        TEXTS,
        COUNTS,
        st.none() | CAMERAS,
        NAMED,
        IDS,
        st.booleans(),
    ),
    st.builds(queries.UpdatePipeline, IDS),
    st.builds(queries.FitCamera, IDS, st.none() | CAMERAS, st.floats(0.1, 9.0)),
    st.builds(queries.FetchData, IDS, COUNTS),
    st.builds(queries.DescribeType, TYPES),
    st.builds(queries.FetchBlob, HASHES),
    st.builds(
        FetchRows,
        IDS,
        COUNTS,
        TEXTS,
        IDS,
        IDS,
        COUNTS,
        st.lists(TEXTS, max_size=2).map(tuple),
        TEXTS,
        st.integers(-1, 100),
        st.booleans(),
    ),
    st.builds(queries.Pick, IDS, PARTS_OF_ONE, PARTS_OF_ONE, COUNTS, COUNTS, st.none() | CAMERAS),
    st.builds(
        queries.SelectOn,
        IDS,
        st.lists(PARTS_OF_ONE, max_size=4).map(tuple),
        TEXTS,
        st.booleans(),
        COUNTS,
        COUNTS,
        st.none() | CAMERAS,
    ),
    st.builds(queries.SaveData, IDS, COUNTS, TEXTS, st.booleans(), NAMED),
    st.builds(queries.ListFiles, TEXTS, st.booleans()),
    st.builds(queries.ReadLog, IDS, COUNTS),
    st.builds(invitations.Invite, st.sampled_from(Role)),
    st.builds(scene.DescribeScene, IDS, IDS),
    st.builds(scene.FetchGeometry, HASHES),
    st.just(queries.ServerStatus()),
)
ERRORS = st.sampled_from(
    [RefusedError("no"), PipelineFailedError("Ünglück"), CollabError(""), RemoteProtocolError("x")]
)
COMMANDS = st.one_of(
    st.builds(commands.Edit, st.lists(OPERATIONS, max_size=3).map(tuple)),
    st.builds(commands.Undo, st.booleans()),
    st.just(commands.Redo()),
    st.builds(commands.SetHome, IDS, NAMED),
    st.builds(commands.Chat, TEXTS),
    st.just(commands.Sync()),
    st.builds(commands.Rename, TEXTS),
    st.builds(commands.Promote, IDS),
    st.builds(commands.Follow, TARGETS),
    st.builds(commands.FollowEveryone, IDS),
    st.builds(commands.SetColour, TEXTS),
    st.just(commands.RequestRight()),
    st.just(commands.WithdrawRequest()),
    st.builds(commands.DeclineRequest, IDS),
    st.builds(commands.Remove, IDS, TEXTS),
    st.builds(commands.Lock, st.booleans()),
    st.builds(commands.SetConnectId, TEXTS),
    st.builds(commands.Mute, IDS, st.booleans(), st.booleans()),
    st.builds(commands.BringEveryone, IDS),
    st.builds(commands.CancelWork, IDS),
    st.builds(commands.Propose, st.lists(OPERATIONS, max_size=2).map(tuple), TEXTS),
    st.builds(commands.AcceptProposal, IDS, st.booleans()),
    st.builds(commands.DeclineProposal, IDS),
    st.builds(commands.PlacePin, TEXTS, VECTORS, IDS, NAMED),
    st.builds(commands.RemovePin, IDS),
    st.builds(commands.GoTo, NUMBERS),
    st.builds(commands.Play, STEPS, NUMBERS, st.booleans()),
    st.just(commands.Pause()),
)
PARTS = st.builds(
    AnswerPart,
    IDS,
    st.binary(max_size=9),
    st.booleans(),
    st.none() | ANSWERS,
    st.none() | ERRORS,
)
CONTROL = st.one_of(
    st.builds(messages.Credit, IDS),
    st.builds(messages.Ping, IDS),
    st.builds(messages.Pong, IDS),
    st.builds(messages.Goodbye, ERRORS),
)
QUESTIONS = st.builds(messages.Question, IDS, QUERIES)
CANCELS = st.builds(messages.CancelQuestion, IDS)
PROGRESS = st.builds(facts.Progress, IDS, NUMBERS, TEXTS)
HELLOS = st.builds(
    Hello,
    COUNTS,
    COUNTS,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    TEXTS,
    IDS,
    TEXTS,
    IDS,
    IDS,
)
WIDGETS = st.builds(Widget, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple))
TYPE_INFOS = st.builds(
    messages.TypeInfo,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(WIDGETS, max_size=2).map(tuple),
)
WELCOMES = st.builds(
    messages.Welcome,
    COUNTS,
    IDS,
    TEXTS,
    st.booleans(),
    TEXTS,
    st.lists(TYPE_INFOS, max_size=2).map(tuple),
    NUMBERS,
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    max_blob_bytes=IDS,
)
HEADS = st.builds(
    messages.FrameHead,
    IDS,
    IDS,
    IDS,
    TEXTS,
    COUNTS,
    COUNTS,
    st.booleans(),
    st.booleans(),
)
FRAMES = st.one_of(
    st.builds(
        messages.FramePart, IDS, IDS, st.binary(max_size=9), st.booleans(), st.none() | HEADS
    ),
    st.builds(
        messages.FramePart,
        IDS,
        st.just(0),
        last=st.just(True),
        error=ERRORS,
        ended=st.booleans(),
    ),
)
FROM_SERVER = st.one_of(
    WELCOMES,
    FRAMES,
    SLICES,
    EVENTS,
    st.builds(Shown, IDS, IDS, IDS, NAMED),
    st.builds(Gone, IDS),
    DERIVED,
    PROGRESS,
    st.builds(messages.Replied, IDS, IDS, st.none() | ERRORS),
    PARTS,
    st.builds(messages.BlobStored, HASHES, IDS, st.none() | ERRORS),
    CONTROL,
)
FROM_CLIENT = st.one_of(
    HELLOS,
    st.builds(Request, IDS, COMMANDS, TEXTS, IDS),
    st.builds(Shown, st.just(0), IDS, IDS, NAMED),
    QUESTIONS,
    CANCELS,
    st.builds(messages.BlobPart, HASHES, IDS, IDS, st.binary(max_size=9)),
    st.builds(
        messages.Watch,
        IDS,
        COUNTS,
        COUNTS,
        st.lists(TEXTS, max_size=2).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(messages.FrameShown, IDS, IDS),
    CONTROL,
)
TO_RENDERER = st.one_of(
    SLICES,
    EVENTS,
    QUESTIONS,
    CANCELS,
    st.builds(pipe.Cancel, IDS),
    st.builds(pipe.ShowTime, NUMBERS),
    st.builds(messages.Ping, IDS),
    st.builds(pipe.Content, HASHES, st.binary(max_size=9)),
)
FROM_RENDERER = st.one_of(
    st.builds(pipe.Ready, TEXTS, st.lists(TEXTS, max_size=2).map(tuple)),
    st.builds(pipe.Working, IDS),
    DERIVED,
    PROGRESS,
    PARTS,
    st.builds(pipe.Failed, ERRORS),
    st.builds(pipe.TimeShown, NUMBERS),
    st.builds(messages.Pong, IDS),
)


def same(one: object, other: object) -> bool:
    """Equality that looks into errors, which are equal to themselves only."""
    if isinstance(one, CollabError) and isinstance(other, CollabError):
        return type(one) is type(other) and str(one) == str(other)
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        fields = dataclasses.fields(one)
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields)
    return one == other


# -- round trips -----------------------------------------------------------------------------


@given(FROM_SERVER)
def test_what_a_server_says_arrives(message: messages.ServerMessage) -> None:
    [arrived] = server_messages(server_packet(message))
    assert same(arrived, message)


@given(FROM_CLIENT)
def test_what_a_client_says_arrives(message: messages.ClientMessage) -> None:
    [arrived] = client_messages(client_packet(message))
    assert same(arrived, message)


@given(TO_RENDERER)
def test_what_a_renderer_is_told_arrives(message: pipe.ToRenderer) -> None:
    assert same(pipe.decode_to(pipe.encode_to(message)), message)


@given(FROM_RENDERER)
def test_what_a_renderer_tells_arrives(message: pipe.FromRenderer) -> None:
    assert same(pipe.decode_from(pipe.encode_from(message)), message)


@given(EVENTS)
def test_an_event_is_one_of_the_log_and_of_a_packet_in_the_same_bytes(event: Event) -> None:
    data = encode_event(event)
    assert decode_event(data) == event
    assert event_packet(data) == server_packet(event)


@given(SELECTED)
def test_a_selection_arrives_in_the_bytes_of_an_answer(selected: queries.Selected) -> None:
    assert decode_selected(encode_selected(selected)) == selected


@given(ROWS)
def test_rows_arrive_in_the_bytes_of_an_answer(rows: Rows) -> None:
    assert decode_table(encode_table(rows)) == rows


@given(DEFINITIONS)
def test_a_definition_arrives(definition: ProxyDefinition) -> None:
    assert decode_definition(encode_definition(definition)) == definition


@pytest.mark.parametrize(
    ("union", "tried"),
    [
        (messages.ServerMessage, FROM_SERVER),
        (messages.ClientMessage, FROM_CLIENT),
        (pipe.ToRenderer, TO_RENDERER),
        (pipe.FromRenderer, FROM_RENDERER),
        (commands.Command, COMMANDS),
        (commands.Operation, OPERATIONS),
        (queries.AnyQuery, QUERIES),
        (effects.News, FROM_SERVER),
        (events.Change, PUTS | SET_VALUES),
    ],
)
def test_every_kind_of_message_is_tried(
    union: types.UnionType, tried: st.SearchStrategy[object]
) -> None:
    seen: set[type] = set()

    @settings(max_examples=300, database=None, derandomize=True)
    @given(tried)
    def gather(message: object) -> None:
        seen.add(type(message))

    gather()
    assert set(typing.get_args(union)) <= seen


# -- packets ---------------------------------------------------------------------------------


@given(st.lists(FROM_SERVER, max_size=4))
def test_packets_of_a_server_join_by_concatenation(said: list[messages.ServerMessage]) -> None:
    arrived = list(server_messages(b"".join(map(server_packet, said))))
    assert len(arrived) == len(said)
    assert all(map(same, arrived, said))


@given(st.lists(FROM_CLIENT, max_size=4))
def test_packets_of_a_client_join_by_concatenation(said: list[messages.ClientMessage]) -> None:
    arrived = list(client_messages(b"".join(map(client_packet, said))))
    assert all(map(same, arrived, said))


def test_a_kind_of_message_that_is_not_known_here_passes() -> None:
    unknown = bytes([0x0A, 3, 0xFA, 0x3E, 0])  # a message whose only field has number 1007
    packet = server_packet(Ping(1)) + unknown + server_packet(Ping(2))
    assert list(server_messages(packet)) == [Ping(1), Ping(2)]
    assert list(client_messages(packet.replace(server_packet(Ping(1)), b"")[:5])) == []
    assert list(client_messages(unknown + client_packet(Ping(3)))) == [Ping(3)]


def test_a_domain_that_is_not_known_here_advises_nobody() -> None:
    definition = ProxyDefinition(
        "g", "t", properties=(PropertyDefinition("p", Kind.INT, Value(Kind.INT, (0,))),)
    )
    data = encode_definition(definition)
    inner = data[data.index(b"\x32") :]
    longer = bytes([0x32, inner[1] + 5]) + inner[2:] + bytes([0x3A, 3, 0xFA, 0x3E, 0])
    [property] = decode_definition(data.replace(inner, longer)).properties
    assert property.domains == ()


# -- garbage ---------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_garbage_is_the_senders_fault_and_nothing_else(data: bytes) -> None:
    for read in (server_messages, client_messages, decode_event, pipe.decode_to, pipe.decode_from):
        try:
            read(data)
        except RemoteProtocolError as error:
            raised: BaseException | None = error
        else:
            raised = None
        assert raised is None or str(raised)


@settings(max_examples=200)
@given(FROM_SERVER, st.data())
def test_a_packet_that_was_damaged_is_read_or_refused(
    message: messages.ServerMessage, data: st.DataObject
) -> None:
    packet = bytearray(server_packet(message))
    place = data.draw(st.integers(0, len(packet) - 1))
    packet[place] = data.draw(st.integers(0, 255))
    try:
        list(server_messages(bytes(packet)))
    except RemoteProtocolError as error:
        refused = str(error)
    else:
        refused = "none"
    assert refused


@pytest.mark.parametrize(
    "change",
    [
        {"put": {"table": 6, "key": b"short"}},
        {"put": {"table": 2, "key": bytes(8), "after": b"\xff"}},
        {"put": {"table": 2, "key": bytes(8), "after": b"\x10\x63"}},  # role 99
        {"put": {"table": 7, "key": bytes(8) + b"\xff"}},
        {"put": {"table": 13, "key": b"link", "after": b"\x08\x63"}},  # of kind 99
        {"put": {"table": 14, "key": bytes(8)}},
        {"put": {"table": 16, "key": bytes(8), "after": b"\x2a\x00"}},  # an operation of no kind
        {"put": {"table": 17, "key": bytes(8), "after": b""}},  # nowhere
        {"set_value": {"proxy": 1, "after": {"kind": 99}}},
        {"set_value": {"proxy": 1, "after": {"kind": 6, "proxies": [1]}}},
    ],
)
def test_a_row_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    packet = wire_pb2.ServerPacket()
    event = packet.messages.add().event
    event.kind = session_pb2.EVENT_KIND_EDIT
    event.changes.add(**change)
    with pytest.raises(RemoteProtocolError):
        list(server_messages(packet.SerializeToString()))


def test_a_question_or_command_of_a_kind_not_known_here_is_refused() -> None:
    packet = wire_pb2.ClientPacket()
    packet.messages.add().command.request = 1
    with pytest.raises(RemoteProtocolError, match="unknown here"):
        list(client_messages(packet.SerializeToString()))
    packet = wire_pb2.ClientPacket()
    packet.messages.add().query.query = 1
    with pytest.raises(RemoteProtocolError, match="unknown here"):
        list(client_messages(packet.SerializeToString()))
    with pytest.raises(RemoteProtocolError, match="unknown here"):
        pipe.decode_to(renderer_pb2.ToRenderer().SerializeToString())


@pytest.mark.parametrize(
    "command",
    [
        Chat("lone \ud800"),
        Promote(-1),
        Promote(1 << 64),
        Edit((Set(1, (("p", Value(Kind.INT, (1 << 70,))),)),)),
        Edit((Set(1, (("p", Value(Kind.INT, ("x",))),)),)),
    ],
)
def test_what_no_message_can_carry_is_refused_before_it_is_sent(
    command: commands.Command,
) -> None:
    with pytest.raises(InvalidCommandError, match="Request can't be sent"):
        client_packet(Request(1, command))


def test_the_text_of_an_error_is_bounded_on_the_wire() -> None:
    packet = server_packet(messages.Replied(1, 1, RefusedError("x" * 1_000_000)))
    assert len(packet) < 10_000
