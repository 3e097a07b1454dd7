"""The wire contract `collab.v1`: protobuf messages, additive only.

The `.proto` files beside the generated modules are the contract and carry its comments.
"""
