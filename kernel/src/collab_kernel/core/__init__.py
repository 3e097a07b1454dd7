"""The pure heart: what a session is, what happens to it, who holds it.

No sockets, clock, randomness, logging or asyncio in here: time and ids are passed in.
Read `state`, `decide` and `evolve` to know the system.
"""
