"""Invitations: to protobuf and back."""

from __future__ import annotations

from collab_kernel.core.invitations import Invitation
from collab_kernel.core.state import Role
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.rows import refusing_garbage
from collab_proto.v1 import wire_pb2 as pb


def encode_invitation(invitation: Invitation) -> bytes:
    role = int(invitation.role)
    return pb.Invitation(
        token=invitation.token,
        expires_s=invitation.expires_s,
        role=role,  # type: ignore[arg-type]  # the stub has a class for it
    ).SerializeToString()


def decode_invitation(data: bytes) -> Invitation:
    """Raises RemoteProtocolError if `data` is no invitation."""
    with refusing_garbage():
        message = pb.Invitation.FromString(data)
    return Invitation(message.token, role_of(message.role), message.expires_s)


def role_of(number: int) -> Role:
    """Raises RemoteProtocolError for a role that is not known here."""
    try:
        return Role(number)
    except ValueError:
        raise RemoteProtocolError(f"role {number} is unknown here") from None
