"""Working with others: who is here, who steers, whom one follows, what is said and proposed.

    from collab.collaboration import *

    processServerEvents()      # see what the others have done meanwhile

Users are given by their number, or as they come out of `GetUsers`. Names are those of ParaView's
collaboration manager where it has them; all of them are there with underscores as well
(`follow_user`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from collab.happening import (
    CancelWork,
    Chat,
    GetChat,
    GetHistory,
    GetLog,
    GetProgress,
    Redo,
    Undo,
    processServerEvents,
)
from collab.people import (
    BringEveryone,
    FollowEveryone,
    FollowMaster,
    FollowUser,
    GetFollowedUser,
    GetNumberOfUsers,
    GetPointers,
    GetUserId,
    GetUserLabel,
    GetUsers,
    Point,
    SetUserColour,
    SetUserLabel,
    ShowIdle,
    ShowTyping,
)
from collab.pinning import GetPins, GoToPin, Pin, RemovePin
from collab.proposing import AcceptProposal, DeclineProposal, GetProposals, Propose, Proposing
from collab.publishing import publish
from collab.steering import (
    DeclineRequest,
    DisableFurtherConnections,
    GetDisableFurtherConnections,
    GetLockedBy,
    GetMasterId,
    GetMuted,
    GetRequests,
    GrantMaster,
    IsMaster,
    Lock,
    MuteUser,
    PromoteToMaster,
    RemoveUser,
    RequestMaster,
    SetConnectID,
    Unlock,
    WithdrawRequest,
)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """The names with underscores."""


_NAMED = (
    AcceptProposal, BringEveryone, CancelWork, Chat, DeclineProposal, DeclineRequest,
    DisableFurtherConnections, FollowEveryone, FollowMaster, FollowUser, GetChat,
    GetDisableFurtherConnections, GetFollowedUser, GetHistory, GetLockedBy, GetLog, GetMasterId,
    GetMuted, GetNumberOfUsers, GetPins, GetPointers, GetProgress, GetProposals, GetRequests,
    GetUserId, GetUserLabel, GetUsers, GoToPin, GrantMaster, IsMaster, Lock, MuteUser, Pin, Point,
    PromoteToMaster, Propose, Proposing, Redo, RemovePin, RemoveUser, RequestMaster, SetConnectID,
    SetUserColour, SetUserLabel, ShowIdle, ShowTyping, Undo, Unlock, WithdrawRequest,
    processServerEvents,
)  # fmt: skip

_ALIASES = {
    "GetNumberOfConnectedClients": GetNumberOfUsers,
    "SendChat": Chat,
    "rename": SetUserLabel,
}


def _underscored(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


_words = {named.__name__: named for named in _NAMED} | _ALIASES
globals().update(_words | {_underscored(word): named for word, named in _words.items()})

__all__ = sorted(_words.keys() | set(map(_underscored, _words)))

publish(globals(), __all__)
