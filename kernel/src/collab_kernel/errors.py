"""Every error that Collab raises, each with a code that is the same on every wire.

A refusal is an exception inside `decide`, a `Failure` message on the wire and the same
exception again at the client: `failure_of` and `error_of` turn one into the other, and an
error's public attributes (its facts) travel with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

Fact = int | float | str


class CollabError(Exception):
    """Something went wrong that has a name. `code` is wire vocabulary: never renamed."""

    code: ClassVar[str] = "error"

    @property
    def facts(self) -> dict[str, Fact]:
        """The attributes that travel with the error."""
        return {k: v for k, v in vars(self).items() if isinstance(v, int | float | str)}


# -- refused: the session stands as it stood ---------------------------------------------


class RefusedError(CollabError):
    """A command that was not carried out; nothing has changed."""

    code = "refused"


class NotMasterError(RefusedError):
    """`actor` lacks the right that `action` needs under the session's policy."""

    code = "refused.not_master"

    def __init__(self, actor: str, action: str, master: str | None) -> None:
        self.actor, self.action, self.master = actor, action, master or ""
        holder = f"{master} has it: ask {master} for it" if master else "nobody has it now"
        super().__init__(f"{actor} may not {action}: that needs the master's right, and {holder}")


class NotAllowedError(RefusedError):
    """The participant's role never allows `action`."""

    code = "refused.not_allowed"

    def __init__(self, actor: str, action: str, why: str) -> None:
        self.actor, self.action = actor, action
        super().__init__(f"{actor} may not {action}: {why}")


class FlagNeededError(NotAllowedError):
    """The server was started without `flag`, so nobody may do this there."""

    code = "refused.not_allowed.flag"

    def __init__(self, actor: str, action: str, flag: str) -> None:
        self.flag = flag
        super().__init__(actor, action, f"this server was started without {flag}")


class VetoedError(RefusedError):
    """A plugin objected to the command."""

    code = "refused.vetoed"


class UnknownProxyError(RefusedError):
    """No proxy has this id or name here."""

    code = "refused.unknown_proxy"


class UnknownTypeError(RefusedError):
    """The catalogue has no proxy of this group and type."""

    code = "refused.unknown_type"


class UnknownPropertyError(RefusedError):
    """The proxy's type has no such property."""

    code = "refused.unknown_property"


class UnknownParticipantError(RefusedError):
    """No participant has this id."""

    code = "refused.unknown_participant"


class InvalidValueError(RefusedError):
    """A value is of the wrong kind or length, or outside its domain."""

    code = "refused.invalid_value"


class UnknownBlobError(RefusedError):
    """The server does not have the content of a large value: upload it, then ask again."""

    code = "refused.unknown_blob"


class UploadRefusedError(RefusedError):
    """The content of a large value was not taken: the text says why, and what is allowed."""

    code = "refused.upload"


class InvalidCommandError(RefusedError):
    """A command that cannot be understood, or an id or text outside its bounds."""

    code = "refused.invalid_command"


class NameTakenError(RefusedError):
    """Another proxy of the group has this registered name."""

    code = "refused.name_taken"


class ProxyInUseError(RefusedError):
    """Others use the proxy, so it can't be deleted: the text says who."""

    code = "refused.proxy_in_use"


class InputCycleError(RefusedError):
    """The change would make a proxy its own input, directly or through others."""

    code = "refused.input_cycle"


class FollowCycleError(RefusedError):
    """Following this participant would close a circle of links chosen by hand."""

    code = "refused.follow_cycle"


class NothingToUndoError(RefusedError):
    """The history holds nothing to undo (or to redo)."""

    code = "refused.nothing_to_undo"


class UndoConflictError(RefusedError):
    """Undoing would overwrite what somebody changed since: the text says who and when."""

    code = "refused.undo_conflict"


class SessionFullError(RefusedError):
    """No seat is free in the session."""

    code = "refused.session_full"


class SessionLockedError(RefusedError):
    """The session admits nobody for now."""

    code = "refused.session_locked"


class WrongConnectIdError(RefusedError):
    """The session asks for a connect id, and it was not this one."""

    code = "refused.wrong_connect_id"


class RemovedError(RefusedError):
    """Somebody put this participant out of the session: the text says who and why."""

    code = "refused.removed"


class LinkError(RefusedError):
    """A link of this name or these ends can't be."""

    code = "refused.link"


class UnknownLinkError(RefusedError):
    """No link has this name."""

    code = "refused.unknown_link"


class UnknownProposalError(RefusedError):
    """No proposal has this number: it was accepted, declined, or fell off."""

    code = "refused.unknown_proposal"


class ProposalOutdatedError(RefusedError):
    """What the proposal replaces was changed since: the text says what, and by whom."""

    code = "refused.proposal_outdated"


class UnknownPinError(RefusedError):
    """No pin has this number."""

    code = "refused.unknown_pin"


class StateFileError(RefusedError):
    """A state file can't be read or used: the text says where in it, and why."""

    code = "refused.state_file"


class PastError(RefusedError):
    """The session shows how it was at `revision`: nothing can be changed there."""

    code = "refused.past"

    def __init__(self, actor: str, action: str, session: str, revision: int) -> None:
        self.actor, self.action, self.session, self.revision = actor, action, session, revision
        super().__init__(
            f"{actor} may not {action}: this is the past, session {session!r} as it was at "
            f"revision {revision}, to look at only. To go on from there, have it served with "
            f"--at {revision} --fork NAME"
        )


class ResumeFailedError(RefusedError):
    """The server does not know who wants to come back: join as somebody new."""

    code = "refused.resume_failed"


class TakenOverError(RefusedError):
    """The same participant has come back over another connection."""

    code = "refused.taken_over"


class BusyError(RefusedError):
    """Too many want in at once: try again in a moment."""

    code = "refused.busy"


class UnknownSessionError(RefusedError):
    """The server has no session of this name."""

    code = "refused.unknown_session"


class UnknownRevisionError(RefusedError):
    """The session has no such revision (any more): the text says which it has."""

    code = "refused.unknown_revision"


class MultiServerError(RefusedError):
    """A second server needs `--multi-servers`."""

    code = "refused.multi_server"


class ForeignProxyError(RefusedError):
    """A proxy of one server can't be used on another."""

    code = "refused.foreign_proxy"


class GoodbyeError(CollabError):
    """The other side left in good order."""

    code = "goodbye"


# -- transport: the bytes did not arrive -------------------------------------------------


class TransportError(CollabError):
    """A message could not be carried."""

    code = "transport"


class AddressError(TransportError):
    """An address can't be understood, listened on or reached."""

    code = "transport.address"


class ConnectionLostError(TransportError):
    """The other side is gone, or the connection was closed."""

    code = "transport.connection_lost"


class ServerStoppedError(ConnectionLostError):
    """The server was stopped in good order: what it did not keep is gone with it."""

    code = "transport.connection_lost.server_stopped"


class ServerAwayError(ConnectionLostError):
    """The server was stopped in good order, and all of the session lasts: when it is started again
    everybody goes on as who they were. back_in_s: about when; 0: nobody knows."""

    code = "transport.connection_lost.server_away"

    def __init__(self, text: str, back_in_s: float = 0.0) -> None:
        self.back_in_s = back_in_s
        super().__init__(text)


class MessageTooLargeError(TransportError):
    """A message is larger than the receiver accepts."""

    code = "transport.message_too_large"


# -- protocol: the bytes arrived and made no sense ---------------------------------------


class ProtocolError(CollabError):
    """A peer broke the protocol."""

    code = "protocol"


class LocalProtocolError(ProtocolError):
    """This side was about to break the protocol."""

    code = "protocol.local"


class RemoteProtocolError(ProtocolError):
    """The other side broke the protocol."""

    code = "protocol.remote"


class VersionMismatchError(ProtocolError):
    """The two sides share no protocol version."""

    code = "protocol.version_mismatch"


class AuthenticationFailedError(ProtocolError):
    """The credentials were not accepted."""

    code = "protocol.authentication_failed"


# -- renderer ----------------------------------------------------------------------------


class RendererError(CollabError):
    """The renderer could not do what was asked."""

    code = "renderer"


class PipelineFailedError(RendererError):
    """A proxy's pipeline failed; the session goes on."""

    code = "renderer.pipeline_failed"


class RendererLostError(RendererError):
    """The renderer's process ended; it starts again by itself."""

    code = "renderer.lost"


class NoRendererError(RendererError):
    """The session has no renderer (`--renderer none`), so there is nothing to ask."""

    code = "renderer.none"


class CancelledQueryError(RendererError):
    """The question was cancelled before its answer."""

    code = "renderer.cancelled"


# -- plugins, stores, bugs ---------------------------------------------------------------


class PluginError(CollabError):
    """A plugin can't be used."""

    code = "plugin"


class UnknownPluginError(PluginError):
    """No plugin of this kind has this name."""

    code = "plugin.unknown"


class DuplicatePluginError(PluginError):
    """Two distributions offer a plugin of the same kind and name."""

    code = "plugin.duplicate"


class BrokenPluginError(PluginError):
    """The plugin failed to load."""

    code = "plugin.broken"


class StoreError(CollabError):
    """The log could not be written or read; what was not written was not done."""

    code = "store"


class InvariantError(CollabError):
    """A bug in Collab: nobody catches it."""

    code = "invariant"


def _classes(base: type[CollabError]) -> Iterator[type[CollabError]]:
    yield base
    for derived in base.__subclasses__():
        yield from _classes(derived)


def error_of(code: str, text: str, facts: Mapping[str, Fact] | None = None) -> CollabError:
    """The error that `code` names, as its receiver raises it.

    An unknown code (of a newer peer, or of a plugin) becomes the nearest known ancestor:
    `refused.brand_new` is a RefusedError.
    """
    known = {cls.code: cls for cls in _classes(CollabError)}
    name = code
    while name not in known and "." in name:
        name = name.rpartition(".")[0]
    cls = known.get(name, CollabError)
    error = cls.__new__(cls)
    Exception.__init__(error, text)
    # A fact never stands in for what the class has: a peer must not replace `with_traceback`.
    vars(error).update({k: v for k, v in (facts or {}).items() if not hasattr(cls, k)})
    return error
