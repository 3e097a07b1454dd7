"""What touches the world: asyncio, processes, threads, files. Drives the pure core."""
