"""What every transport keeps, as tests: subclass it in three lines.

    class TestPigeon(TransportContract):
        address = "pigeon://127.0.0.1:0"
        make_transport = PigeonTransport

Not asked of transports: handshake, liveness, flow control, compression, identity. The kernel
does these once, for all.
"""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import ClassVar

from collab_kernel.errors import AddressError, ConnectionLostError
from collab_kernel.spi import MAX_MESSAGE_BYTES, Channel, Security, Transport

from .clause import Contract, check_entry_module, clause, raises
from .trial import Trial, check_message, flood, pattern

EDGE_BYTES = (0, 1, 256 << 10, 0, 16 << 20, 1)
SIDES = ("the connecting side", "the accepting side")


class TransportContract(Contract):
    """address: where to listen in a test, with a port 0 if there are ports.

    make_transport: what the spec's `create` returns, made anew for each clause.
    listen_security, connect_security: for a kit that tests it encrypted (`address` then has the
    secure scheme); a fixture may set them on the instance, once its keys are made.
    garbage: more addresses that this transport must refuse.
    entry_module: the plugin's entry module; wire_libraries: what importing it must not load.
    answer_s: how long anything may take that should happen at once.
    close_s: how long a close may take: three seconds, and some for a busy machine.
    """

    address: ClassVar[str]
    make_transport: ClassVar[Callable[[], Transport]]
    listen_security: Security | None = None
    connect_security: Security | None = None
    garbage: ClassVar[tuple[str, ...]] = ()
    entry_module: ClassVar[str | None] = None
    wire_libraries: ClassVar[tuple[str, ...]] = ()
    answer_s: ClassVar[float] = 15.0
    close_s: ClassVar[float] = 3.5

    # -- messages --------------------------------------------------------------------------

    @clause
    async def test_messages_of_every_size_arrive_whole_and_in_order_both_ways(self) -> None:
        """Empty, 1 byte, 256 KiB and 16 MiB."""
        messages = [pattern(size, n) for n, size in enumerate(EDGE_BYTES)]
        async with self._trial() as trial:
            here, there = await trial.dial()
            await trial.carry(here, there, messages, f"from {SIDES[0]}")
            await trial.carry(there, here, messages, f"from {SIDES[1]}")

    @clause
    async def test_many_messages_arrive_each_once_and_in_order(self) -> None:
        """5,000 both ways at the same time, and nothing after them."""
        messages = [b"%d" % n for n in range(5_000)]
        async with self._trial() as trial:
            here, there = await trial.dial()
            await asyncio.gather(
                trial.carry(here, there, messages, f"from {SIDES[0]}"),
                trial.carry(there, here, messages, f"from {SIDES[1]}"),
            )
            await trial.closed(here, "close")
            await trial.ends(there, "after the last message")

    @clause
    async def test_two_channels_do_not_mix(self) -> None:
        """Nor do three, with messages under way in both directions of each."""
        async with self._trial() as trial:
            pairs = [await trial.dial() for _ in range(3)]
            carrying = []
            for n, (here, there) in enumerate(pairs):
                messages = [b"%d:%d" % (n, i) for i in range(300)]
                carrying.append(trial.carry(here, there, messages, f"to channel {n}"))
                carrying.append(trial.carry(there, here, messages, f"from channel {n}"))
            await asyncio.gather(*carrying)

    @clause
    async def test_a_cancelled_receive_loses_nothing(self) -> None:
        """Whenever it is cancelled; what it missed is the next one's."""
        messages = [b"%d" % n for n in range(400)]
        got: list[bytes | None] = []
        async with self._trial() as trial:
            here, there = await trial.dial()
            for n, message in enumerate(messages):
                receiving = asyncio.create_task(there.receive())
                await asyncio.sleep(0)
                await here.send(message)
                # The moment of cancelling is the stimulus: from before the message comes to
                # long after, in turns of the loop and, for wires with threads, in time.
                for _ in range(n % 8):
                    await asyncio.sleep(0)
                if n % 16 >= 8:
                    await asyncio.sleep(n % 50 * 20e-6)
                receiving.cancel()
                await asyncio.wait([receiving])
                if not receiving.cancelled():
                    got.append(receiving.result())
            while len(got) < len(messages):
                got.append(await trial.soon(f"message {len(got)}", there.receive()))
            for n, (one, due) in enumerate(zip(got, messages, strict=True)):
                check_message(one, due, n, "between cancelled ones")

    @clause
    async def test_a_message_above_the_limit_ends_the_connection_that_brings_it(self) -> None:
        """Whichever side sends it. What was sent before arrives, up to the limit; nobody else
        notices."""
        limit = 64 << 10
        async with self._trial(max_message_bytes=limit) as trial:
            for n, who in enumerate(SIDES):
                pair, others = await trial.dial(), await trial.dial()
                sender, receiver = pair if n == 0 else pair[::-1]
                most = pattern(limit, n)
                await trial.carry(sender, receiver, [b"x", most], f"from {who}, at the limit")
                with suppress(ConnectionLostError):  # the end may be there at once
                    await trial.soon(f"a large send by {who}", sender.send(bytes(limit + 1)))
                await trial.ends(receiver, f"where {who} sent a byte above the limit")
                await trial.ends(sender, f"of {who}, who sent a byte above the limit")
                await trial.carry(*others, [most], "beside a message above the limit")

    # -- the end ---------------------------------------------------------------------------

    @clause
    async def test_the_end_comes_after_the_last_message_and_stays(self) -> None:
        """Even if nobody reads before the other side has closed."""
        messages = [pattern(1024, n) for n in range(100)]
        async with self._trial() as trial:
            for who, closing, staying in await self._both_ways(trial):
                for message in messages:
                    await closing.send(message)
                await trial.closed(closing, f"close by {who}")
                await trial.arrive(staying, messages, f"sent before close by {who}")
                for which in ("first", "second", "third"):
                    await trial.ends(staying, f"of {who}, received a {which} time")

    @clause
    async def test_sending_after_close_raises_connection_lost(self) -> None:
        """Whoever closed; the library's own errors stay inside."""
        async with self._trial() as trial:
            for who, closing, staying in await self._both_ways(trial):
                await trial.closed(closing, f"close by {who}")
                await trial.ends(staying, f"after close by {who}")
                for what, channel in (
                    (f"send by {who} after its own close", closing),
                    (f"send to {who} after it has closed", staying),
                ):
                    await trial.soon(what, raises(what, channel.send(b"x"), ConnectionLostError))

    @clause
    async def test_a_receive_that_waits_ends_with_its_own_close(self) -> None:
        """It gives the end, as every later one does."""
        async with self._trial() as trial:
            for who, closing, _ in await self._both_ways(trial):
                receiving = asyncio.create_task(closing.receive())
                await asyncio.sleep(0)
                await trial.closed(closing, f"close by {who} while it receives")
                end = await trial.soon(f"the end of receive by {who}", receiving)
                assert end is None, f"{who} received {end!r:.40} after its own close"
                await trial.ends(closing, f"of {who} after its own close")

    @clause
    async def test_close_is_idempotent_and_quick_even_if_the_peer_never_reads(self) -> None:
        """Within three seconds, with messages that nobody takes; a send that waits is released."""
        async with self._trial() as trial:
            for who, closing, _ in await self._both_ways(trial):
                flooding = asyncio.create_task(flood(closing))
                # Long enough for buffers to fill, where there are any that do.
                await asyncio.wait([flooding], timeout=0.3)
                await trial.closed(closing, f"close by {who} with unread messages")
                await trial.closed(closing, f"the second close by {who}")
                await trial.soon(f"a send by {who} that waited when it closed", flooding)

    # -- others ----------------------------------------------------------------------------

    @clause
    async def test_a_silent_peer_does_not_hold_up_another(self) -> None:
        """Two peers talk while both ends of another channel send and never read."""
        async with self._trial() as trial:
            silent, (here, there) = await trial.dial(), await trial.dial()
            floods = [asyncio.create_task(flood(channel)) for channel in silent]
            await asyncio.wait(floods, timeout=0.3)
            try:
                for n in range(200):
                    for sender, receiver in ((here, there), (there, here)):
                        sending = sender.send(b"%d" % n)
                        await trial.soon("a send beside a silent peer", sending)
                        await trial.arrive(receiver, [b"%d" % n], "beside a silent peer")
            finally:
                for flooding in floods:
                    flooding.cancel()
                results = await asyncio.gather(*floods, return_exceptions=True)
            for error in results:
                if isinstance(error, Exception):
                    raise error

    # -- addresses -------------------------------------------------------------------------

    @clause
    async def test_the_reported_address_is_real_and_connects_as_it_stands(self) -> None:
        """With the port that was picked, where port 0 was asked for."""
        async with self._trial() as trial:
            address, scheme = trial.listener.address, self.address.partition("://")[0]
            assert address.startswith(f"{scheme}://"), f"{address!r} is no {scheme} address"
            assert not address.endswith(":0"), f"{address!r} does not name the port"
            here, there = await trial.dial()
            await trial.carry(here, there, [b"hello"], f"through {address}")
            for channel in (here, there):
                assert isinstance(channel.peer, str), "a channel does not say who its peer is"

    @clause
    async def test_listening_twice_on_one_address_is_an_address_error(self) -> None:
        """The text names the address; the first listener goes on."""
        async with self._trial() as trial:
            address, what = trial.listener.address, "listening twice"
            second = trial.listen(address)
            error = await trial.soon(what, raises(what, second, AddressError))
            assert address.partition("://")[2] in str(error), f"{error!s:.80} names no address"
            here, there = await trial.dial()
            await trial.carry(here, there, [b"hello"], "after the attempt to listen twice")

    @clause
    async def test_a_garbage_address_is_an_address_error(self) -> None:
        """For listen and for connect alike."""
        scheme, _, place = self.address.partition("://")
        garbage = ["", "nonsense", "://", scheme, f"{scheme}://", f"other{scheme}://{place}"]
        if place.endswith(":0"):
            host = place.removesuffix("0")
            garbage += [f"{scheme}://{host}{port}" for port in ("port", "99999", "-1", "0x10")]
        async with self._trial() as trial:
            for address in [*garbage, *self.garbage]:
                listening, connecting = trial.listen(address), trial.connect(address)
                for verb, attempt in (("listen", listening), ("connect", connecting)):
                    what = f"{verb}({address!r})"
                    await trial.soon(what, raises(what, attempt, AddressError))

    @clause
    async def test_connecting_to_nobody_fails_or_stays_silent_and_still_closes(self) -> None:
        """An error that says so is better; what must not be is a close that hangs."""
        async with self._trial() as trial:
            await trial.closed(trial.listener, "close of the listener")
            connecting = trial.connect(trial.listener.address)
            try:
                channel = await trial.soon("connecting to nobody", connecting)
            except (AddressError, ConnectionLostError):
                return
            receiving = asyncio.create_task(channel.receive())
            await asyncio.wait([receiving], timeout=0.3)
            await trial.closed(channel, "close of a channel to nobody")
            end = await trial.soon("the end of a channel to nobody", receiving)
            assert end is None, f"nobody sent {end!r:.40}"

    @clause
    async def test_closing_the_listener_ends_its_channels_and_frees_the_address(self) -> None:
        """Whoever listens next may have it at once; closing twice is closing once."""
        async with self._trial() as trial:
            pairs = [await trial.dial() for _ in range(3)]
            await trial.closed(trial.listener, "close of the listener")
            await trial.closed(trial.listener, "the second close of the listener")
            for pair in pairs:
                for side, channel in zip(SIDES, pair, strict=True):
                    await trial.ends(channel, f"at {side} of the listener's channels")
            async with self._trial(trial.listener.address) as again:
                here, there = await again.dial()
                await again.carry(here, there, [b"hello"], "at the address that was freed")

    # -- the plugin ------------------------------------------------------------------------

    def test_the_entry_module_imports_no_wire_library(self) -> None:
        """Listing the plugins must not cost what they are made of."""
        if self.entry_module is None:
            raise unittest.SkipTest("this contract names no entry_module")
        check_entry_module(self.entry_module, self.wire_libraries)

    # -- how -------------------------------------------------------------------------------

    def _trial(
        self, address: str | None = None, max_message_bytes: int = MAX_MESSAGE_BYTES
    ) -> AbstractAsyncContextManager[Trial]:
        transport = type(self).make_transport()
        trial = Trial(
            transport,
            answer_s=self.answer_s,
            close_s=self.close_s,
            listen_security=self.listen_security,
            connect_security=self.connect_security,
            max_message_bytes=max_message_bytes,
        )
        return trial.listening(address or self.address)

    async def _both_ways(self, trial: Trial) -> list[tuple[str, Channel, Channel]]:
        """Two channels: who closes, that side, and the side that stays."""
        first, second = await trial.dial(), await trial.dial()
        return [(SIDES[0], *first), (SIDES[1], *second[::-1])]
