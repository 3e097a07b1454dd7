"""What waits for a peer: bounded, in lanes, reliable once and in order."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collab_kernel.core.messages import MAX_PACKET_BYTES
from collab_kernel.core.outbox import BEHIND_BYTES, Outbox, Skippable


def emptied(outbox: Outbox) -> list[bytes]:
    """Everything that may be sent, credits given at once."""
    packets = []
    while (packet := outbox.next_packet()) is not None:
        packets.append(packet)
        outbox.credit(1 << 60)
    return packets


def test_messages_that_wait_are_joined_into_one_packet() -> None:
    outbox = Outbox()
    for message in (b"a", b"b", b"c"):
        outbox.reliable(message)
    assert outbox.next_packet() == b"abc"
    assert outbox.next_packet() is None
    assert outbox.waiting_bytes == 0


def test_control_passes_first_and_bulk_last() -> None:
    outbox = Outbox()
    outbox.bulk(iter([b"4"]))
    outbox.latest("key", b"3")
    outbox.reliable(b"2")
    outbox.control(b"1")
    assert emptied(outbox) == [b"1234"]


def test_the_latest_replaces_what_waits_under_its_key() -> None:
    outbox = Outbox()
    outbox.latest("camera", b"old")
    outbox.latest("pointer", b"P")
    outbox.latest("camera", b"new")
    assert emptied(outbox) == [b"newP"]


def test_nothing_is_sent_beyond_the_window_until_credit_comes() -> None:
    outbox = Outbox(window_bytes=10)
    for _ in range(3):
        outbox.reliable(bytes(8))
        first = outbox.next_packet()
    assert first is None
    outbox.control(b"!")
    assert outbox.next_packet() == b"!"  # but control passes always
    outbox.credit(1)
    assert outbox.next_packet() == bytes(8)


def test_credit_counts_packets_from_the_first_and_nonsense_is_harmless() -> None:
    outbox = Outbox(window_bytes=1)
    outbox.reliable(b"x")
    assert outbox.next_packet() == b"x"
    outbox.reliable(b"y")
    outbox.credit(0)  # said before, so it frees nothing
    assert outbox.next_packet() is None
    outbox.credit(1)
    assert outbox.next_packet() == b"y"
    outbox.credit(1 << 63)
    outbox.credit(0)
    outbox.reliable(b"z")
    assert outbox.next_packet() == b"z"


def test_a_peer_that_asks_and_never_reads_does_not_fill_the_memory() -> None:
    outbox = Outbox()
    for number in range(1000):
        outbox.control(b"pong %d" % number, "pong")
        outbox.control(b"credit %d;" % number, "credit")
    assert emptied(outbox) == [b"pong 999credit 999;"]


def test_what_is_forgotten_is_not_sent_and_takes_no_room() -> None:
    outbox = Outbox()
    outbox.control(b"1")
    outbox.reliable(b"2")
    outbox.latest("key", b"3")
    outbox.stream(iter([b"4"]))
    outbox.forget()
    assert outbox.next_packet() is None
    assert outbox.waiting_bytes == 0


def test_a_peer_that_never_gives_credit_is_given_up() -> None:
    outbox = Outbox()
    while not outbox.overflown:
        outbox.control(b"pong")
        assert outbox.next_packet() == b"pong"
    outbox.credit(1)
    assert not outbox.overflown


def test_no_packet_is_larger_than_it_may_be() -> None:
    outbox = Outbox(window_bytes=1 << 30)
    for size in (100_000, 100_000, 100_000, MAX_PACKET_BYTES, 1):
        outbox.reliable(bytes(size))
    outbox.control(b"credit")
    sizes = [len(packet) for packet in emptied(outbox)]
    assert sizes == [200_006, 100_000, MAX_PACKET_BYTES, 1]


def test_control_never_makes_a_packet_too_large() -> None:
    outbox = Outbox()
    outbox.reliable(bytes(MAX_PACKET_BYTES))
    outbox.control(b"credit")
    assert [len(packet) for packet in emptied(outbox)] == [6, MAX_PACKET_BYTES]


def test_a_message_that_is_larger_goes_alone() -> None:
    outbox = Outbox()
    outbox.reliable(b"a")
    outbox.reliable(bytes(MAX_PACKET_BYTES + 1))
    outbox.reliable(b"b")
    assert [len(packet) for packet in emptied(outbox)] == [1, MAX_PACKET_BYTES + 1, 1]


def test_a_stream_is_made_as_it_is_sent_and_what_comes_later_goes_behind_it() -> None:
    made = []

    def slices() -> Iterator[bytes]:
        for number in range(8):
            made.append(number)
            yield bytes([number]) * 100_000

    outbox = Outbox(window_bytes=200_000)
    outbox.stream(slices())
    outbox.reliable(b"event")
    assert outbox.waiting_bytes == 5
    assert not made
    assert len(outbox.next_packet() or b"") == 200_000
    assert made == [0, 1, 2]  # the third did not fit and waits
    assert outbox.next_packet() is None
    outbox.credit(1)
    rest = b"".join(emptied(outbox))
    assert rest == b"".join(bytes([n]) * 100_000 for n in range(2, 8)) + b"event"
    assert outbox.waiting_bytes == 0


def test_who_falls_too_far_behind_is_noticed() -> None:
    outbox = Outbox(window_bytes=1, budget_bytes=100)
    outbox.latest("key", bytes(1000))  # replaced, so it never grows
    outbox.reliable(bytes(100))
    seen = [outbox.overflown]
    outbox.bulk(iter([bytes(1000)]))  # made as it is sent
    seen.append(outbox.overflown)
    outbox.reliable(b"x")
    seen.append(outbox.overflown)
    emptied(outbox)
    assert [*seen, outbox.overflown] == [False, False, True, False]


class Sending(RuleBasedStateMachine):
    """Any interleaving: what is reliable comes out once and in order, bulk too, and the last
    of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(window_bytes=300, budget_bytes=1 << 30)
        self.number = 0
        self.sent = 0
        self.out: list[bytes] = []
        self.reliable: list[bytes] = []
        self.bulk: list[bytes] = []
        self.latest: dict[int, bytes] = {}

    def message(self, lane: bytes, size: int) -> bytes:
        self.number += 1
        return b"%s%06d:%s;" % (lane, self.number, b"." * size)

    @rule(size=st.sampled_from([0, 50, 100_000, MAX_PACKET_BYTES + 9]))
    def push_reliable(self, size: int) -> None:
        self.reliable.append(self.message(b"R", size))
        self.outbox.reliable(self.reliable[-1])

    @rule(sizes=st.lists(st.sampled_from([10, 200_000]), max_size=3))
    def push_stream(self, sizes: list[int]) -> None:
        made = [self.message(b"R", size) for size in sizes]
        self.reliable += made
        self.outbox.stream(iter(made))

    @rule(size=st.sampled_from([0, 150_000]))
    def push_bulk(self, size: int) -> None:
        self.bulk.append(self.message(b"B", size))
        self.outbox.bulk(iter([self.bulk[-1]]))

    @rule(key=st.integers(0, 2), size=st.sampled_from([0, 150_000]))
    def push_latest(self, key: int, size: int) -> None:
        self.latest[key] = self.message(b"L", size)
        self.outbox.latest(key, self.latest[key])

    @rule()
    def push_control(self) -> None:
        self.outbox.control(self.message(b"C", 0))

    @rule()
    def send(self) -> None:
        packet = self.outbox.next_packet()
        if packet is not None:
            self.sent += 1
            self.out += [part + b";" for part in packet.split(b";")[:-1]]
            small = len(packet) <= MAX_PACKET_BYTES
            assert small or packet.count(b";") == 1

    @rule(more=st.integers(-1, 3))
    def credit(self, more: int) -> None:
        self.outbox.credit(max(0, min(self.sent, self.sent - 2 + more)))

    @invariant()
    def the_count_of_what_waits_never_falls_below_nothing(self) -> None:
        assert self.outbox.waiting_bytes >= 0

    def teardown(self) -> None:
        for _ in range(3 * self.number + 9):
            self.outbox.credit(1 << 40)
            self.send()
        assert [m for m in self.out if m[:1] == b"R"] == self.reliable
        assert [m for m in self.out if m[:1] == b"B"] == self.bulk
        for message in self.latest.values():
            assert self.out.count(message) == 1
        assert self.outbox.waiting_bytes == 0
        assert not self.outbox.overflown


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=40, stateful_step_count=30)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_what_is_reliable_comes_out_as_it_went_in(messages: list[bytes]) -> None:
    outbox = Outbox(window_bytes=16)
    for message in messages:
        outbox.reliable(message)
    assert b"".join(emptied(outbox)) == b"".join(messages)


def test_what_is_withdrawn_is_not_sent() -> None:
    outbox = Outbox()
    outbox.latest("a", b"a")
    outbox.latest("b", b"b")
    outbox.withdraw(lambda key: key == "a")
    assert emptied(outbox) == [b"b"]


# -- falling behind --------------------------------------------------------------------------


def _behind(outbox: Outbox) -> list[bytes]:
    """Fill it with numbered events until its peer is behind; what is on the way already."""
    on_the_way, number = [], 0
    while not outbox.behind:
        outbox.event(Skippable(b"%d;" % number * 1000))
        number += 1
        while (packet := outbox.next_packet()) is not None:
            on_the_way.append(packet)
    return on_the_way


def test_a_peer_is_behind_when_it_takes_nothing_and_much_waits() -> None:
    outbox = Outbox()
    for _ in range(2 * BEHIND_BYTES // 1000):
        outbox.event(Skippable(bytes(1000)))
    assert not outbox.behind  # it had no chance yet
    assert outbox.next_packet() is not None
    while outbox.next_packet() is not None:
        pass
    assert outbox.behind
    outbox.credit(1)
    assert not outbox.behind


def test_one_event_however_large_leaves_nobody_behind_who_takes_what_they_are_sent() -> None:
    outbox = Outbox()
    outbox.event(Skippable(bytes(2 * BEHIND_BYTES)))
    outbox.next_packet()
    assert not outbox.behind


def test_the_state_takes_the_place_of_events_and_comes_before_what_else_waits() -> None:
    outbox = Outbox(window_bytes=4)
    outbox.reliable(b"sent")
    assert outbox.next_packet() == b"sent"
    outbox.event(Skippable(b"event 1"))
    outbox.reliable(b"<reply>")
    outbox.event(Skippable(b"event 2", lambda: b"<answer to 2>"))
    outbox.latest("camera", b"<camera>")
    outbox.renew(iter([b"<state,", b"in slices>"]))
    outbox.event(Skippable(b"<event 3>"))
    assert outbox.next_packet() is None
    outbox.credit(1)
    assert b"".join(emptied(outbox)) == b"<state,in slices><reply><answer to 2><event 3><camera>"
    assert outbox.waiting_bytes == 0


def test_a_stream_that_has_begun_is_finished_and_others_are_not_sent() -> None:
    outbox = Outbox(window_bytes=1)
    outbox.stream(iter([b"1", b"2" * MAX_PACKET_BYTES, b"3"]))
    outbox.stream(iter([b"never"]))
    assert outbox.next_packet() == b"1"
    outbox.event(Skippable(b"event"))
    outbox.renew(iter([b"<state>"]))
    outbox.credit(1)
    assert b"".join(emptied(outbox)) == b"2" * MAX_PACKET_BYTES + b"3<state>"


def test_renewing_again_sends_the_newest_state_only() -> None:
    outbox = Outbox()
    outbox.event(Skippable(b"event"))
    outbox.renew(iter([b"<old>"]))
    outbox.event(Skippable(b"event"))
    outbox.renew(iter([b"<new>"]))
    assert emptied(outbox) == [b"<new>"]


def test_what_waits_stays_bounded_however_long_a_peer_takes_nothing() -> None:
    outbox = Outbox()
    for _ in range(3):
        _behind(outbox)
        assert outbox.waiting_bytes < 1.1 * BEHIND_BYTES
        outbox.renew(iter([b"<state>"]))
        assert outbox.waiting_bytes < 1_000_000
