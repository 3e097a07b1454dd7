"""Views that several people draw themselves: the server's renderer works once for all of them."""

import asyncio
from collections import Counter
from hashlib import sha256

from collab_kernel.client import connect
from collab_kernel.core.queries import Answer, Query
from collab_kernel.core.scene import DescribeScene, FetchGeometry
from collab_kernel.core.tensors import unpacked
from collab_kernel.core.values import ParticipantId
from collab_kernel.server import Server
from collab_kernel.wire.scene import decode_scene


async def test_a_crowd_that_draws_a_view_costs_the_renderer_one_extraction_a_change() -> None:
    async with Server(["memory://scenes:0"], renderer="vtk", multi_clients=True) as server:
        hosted = server.sessions["main"]
        asked: Counter[type[Query]] = Counter()
        assert hosted.renderer is not None
        ask = hosted.renderer.ask

        async def counted(query: Query, by: ParticipantId) -> Answer:
            asked[type(query)] += 1
            return await ask(query, by)

        hosted.renderer.ask = counted  # type: ignore[method-assign, assignment]
        crowd = [await connect(server.addresses[0], f"P{i}") for i in range(8)]
        try:
            master = crowd[0]
            sphere = await master.create("sources", "SphereSource")
            await master.show(sphere)
            view = master.views[0].id
            for radius in (0.5, 1.0):
                await sphere.set(Radius=radius)
                for session in crowd:
                    await session.reached(master.revision)
                asked.clear()
                answers = await asyncio.gather(*(s.ask(DescribeScene(view)) for s in crowd))
                assert len({answer.data for answer in answers}) == 1
                [surface] = decode_scene(answers[0].data).surfaces
                fetch = FetchGeometry(surface.geometry.sha256)
                contents = {(await session.ask(fetch)).data for session in crowd}
                [content] = contents
                assert sha256(content).digest() == fetch.sha256
                assert unpacked(content)["points"].shape == (50, 3)
                assert asked == {DescribeScene: 1, FetchGeometry: 1}
        finally:
            for session in crowd:
                await session.close()
