"""Core objects to `collab.v1` bytes and back: the only place that knows protobuf."""
