"""Commands, to protobuf and back."""

from __future__ import annotations

from typing import assert_never

from collab_kernel.core.commands import (
    AcceptProposal,
    BringEveryone,
    CancelWork,
    Chat,
    Command,
    DeclineProposal,
    DeclineRequest,
    Edit,
    Follow,
    FollowEveryone,
    GoTo,
    Lock,
    Mute,
    Pause,
    PlacePin,
    Play,
    Promote,
    Propose,
    Redo,
    Remove,
    RemovePin,
    Rename,
    Request,
    RequestRight,
    SetColour,
    SetConnectId,
    SetHome,
    Sync,
    Undo,
    WithdrawRequest,
)
from collab_kernel.errors import RemoteProtocolError
from collab_kernel.wire.operations import (
    fill_named,
    fill_operation,
    fill_target,
    read_named,
    read_operation,
    read_target,
    read_vector,
)
from collab_proto.v1 import session_pb2 as pb


def fill_request(message: pb.Command, request: Request) -> None:
    message.request = request.number
    message.label = request.label
    message.undo_set = request.undo_set
    _fill_command(message, request.command)


def _fill_command(message: pb.Command, command: Command | Sync) -> None:
    match command:
        case Edit(operations):
            message.edit.SetInParent()
            for operation in operations:
                fill_operation(message.edit.operations.add(), operation)
        case Undo(mine):
            message.undo.SetInParent()
            message.undo.mine = mine
        case Redo():
            message.redo.SetInParent()
        case Chat(text):
            message.chat.SetInParent()
            message.chat.text = text
        case Rename(name):
            message.rename.SetInParent()
            message.rename.name = name
        case Promote(participant):
            message.promote.SetInParent()
            message.promote.participant = participant
        case Follow(target):
            fill_target(message.follow.target, target)
        case FollowEveryone(participant):
            message.follow_everyone.SetInParent()
            message.follow_everyone.participant = participant
        case Sync():
            message.sync.SetInParent()
        case SetColour(colour):
            message.set_colour.SetInParent()
            message.set_colour.colour = colour
        case RequestRight():
            message.request_right.SetInParent()
        case WithdrawRequest():
            message.withdraw_request.SetInParent()
        case DeclineRequest(participant):
            message.decline_request.SetInParent()
            message.decline_request.participant = participant
        case Remove(participant, reason):
            message.remove.SetInParent()
            message.remove.participant, message.remove.reason = participant, reason
        case Lock(locked):
            message.lock.SetInParent()
            message.lock.locked = locked
        case SetConnectId(connect_id):
            message.set_connect_id.SetInParent()
            message.set_connect_id.connect_id = connect_id
        case Mute(participant, chat, pointers):
            message.mute.SetInParent()
            m = message.mute
            m.participant, m.chat, m.pointers = participant, chat, pointers
        case BringEveryone(view):
            message.bring_everyone.SetInParent()
            message.bring_everyone.view = view
        case CancelWork(proxy):
            message.cancel_work.SetInParent()
            message.cancel_work.proxy = proxy
        case Propose(operations, text):
            message.propose.SetInParent()
            message.propose.text = text
            for operation in operations:
                fill_operation(message.propose.operations.add(), operation)
        case AcceptProposal(proposal, anyway):
            message.accept_proposal.SetInParent()
            message.accept_proposal.proposal = proposal
            message.accept_proposal.anyway = anyway
        case DeclineProposal(proposal):
            message.decline_proposal.SetInParent()
            message.decline_proposal.proposal = proposal
        case PlacePin(text, position, view, values):
            message.place_pin.SetInParent()
            pin = message.place_pin
            pin.text, pin.view = text, view
            pin.position.extend(position)
            fill_named(pin.values, values)
        case RemovePin(number):
            message.remove_pin.SetInParent()
            message.remove_pin.pin = number
        case GoTo(time):
            message.go_to.SetInParent()
            message.go_to.time = time
        case Play(steps, speed, loop):
            message.play.SetInParent()
            message.play.steps.extend(steps)
            message.play.speed, message.play.loop = speed, loop
        case Pause():
            message.pause.SetInParent()
        case SetHome(proxy, values):
            message.set_home.proxy = proxy
            fill_named(message.set_home.values, values)
        case _:
            assert_never(command)


def read_request(message: pb.Command) -> Request:
    return Request(message.request, _read_command(message), message.label, message.undo_set)


def _read_command(message: pb.Command) -> Command | Sync:
    match message.WhichOneof("kind"):
        case "edit":
            return Edit(tuple(map(read_operation, message.edit.operations)))
        case "undo":
            return Undo(message.undo.mine)
        case "redo":
            return Redo()
        case "chat":
            return Chat(message.chat.text)
        case "rename":
            return Rename(message.rename.name)
        case "promote":
            return Promote(message.promote.participant)
        case "follow":
            return Follow(read_target(message.follow.target))
        case "follow_everyone":
            return FollowEveryone(message.follow_everyone.participant)
        case "sync":
            return Sync()
        case "set_home":
            return SetHome(message.set_home.proxy, read_named(message.set_home.values))
        case "set_colour":
            return SetColour(message.set_colour.colour)
        case "request_right":
            return RequestRight()
        case "withdraw_request":
            return WithdrawRequest()
        case "decline_request":
            return DeclineRequest(message.decline_request.participant)
        case "remove":
            return Remove(message.remove.participant, message.remove.reason)
        case "lock":
            return Lock(message.lock.locked)
        case "set_connect_id":
            return SetConnectId(message.set_connect_id.connect_id)
        case "mute":
            return Mute(message.mute.participant, message.mute.chat, message.mute.pointers)
        case "bring_everyone":
            return BringEveryone(message.bring_everyone.view)
        case "cancel_work":
            return CancelWork(message.cancel_work.proxy)
        case "propose":
            operations = tuple(map(read_operation, message.propose.operations))
            return Propose(operations, message.propose.text)
        case "accept_proposal":
            accepted = message.accept_proposal
            return AcceptProposal(accepted.proposal, accepted.anyway)
        case "decline_proposal":
            return DeclineProposal(message.decline_proposal.proposal)
        case "place_pin":
            pin = message.place_pin
            place = read_vector(pin.position)
            return PlacePin(pin.text, place, pin.view, read_named(pin.values))
        case "remove_pin":
            return RemovePin(message.remove_pin.pin)
        case "go_to":
            return GoTo(message.go_to.time)
        case "play":
            return Play(tuple(message.play.steps), message.play.speed, message.play.loop)
        case "pause":
            return Pause()
        case other:
            raise RemoteProtocolError(f"command {other!r} is unknown here")
