"""The kit accepts policies with a master and without, and catches each way of breaking it."""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from collab_kernel.core.state import State, Table
from collab_kernel.errors import (
    NotAllowedError,
    NotMasterError,
    RefusedError,
    UnknownParticipantError,
)
from collab_kernel.plugins import load
from collab_kernel.spi import (
    Action,
    DeclineRequest,
    Lock,
    ParticipantId,
    Policy,
    PolicyRow,
    Promote,
    Put,
    Redo,
    RequestRight,
    RightRequest,
    Role,
    Undo,
    WithdrawRequest,
)
from collab_kernel.testing.clause import ContractBrokenError
from collab_kernel.testing.policy_contract import PolicyContract
from collab_kernel.testing.policy_questions import ACTIONS, STEERING, UNKNOWN

STEERS = tuple({type(action) for action in ACTIONS if action in STEERING} - {RequestRight})


class OneSteers:
    """The first who may, does; each class below breaks it in one place."""

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        row = state.participant(actor)
        named = action in STEERING or isinstance(action, (*STEERS, RequestRight))
        if not named and action not in UNKNOWN:
            return None
        if row.role is Role.VIEWER:
            return NotAllowedError(row.name, "steer", "viewers look")
        if state.master == actor or isinstance(action, RequestRight):
            return None
        master = None if state.master is None else state.name_of(state.master)
        return NotMasterError(row.name, "steer", master)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        able = self.able(state)
        master = state.master if state.master in able else able[0] if able else None
        queue = tuple(dict.fromkeys(i for i in state.requests if i in able and i != master))
        return (
            *self.put(state, PolicyRow((master,)) if master else None),
            *self.queue(state, queue),
        )

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        queue = state.requests
        match request:
            case Promote(to):
                row = state.participant(to)
                if not row.connected or row.role is Role.VIEWER:
                    raise NotAllowedError(row.name, "steer", "they can't")
                left = self.queue(state, tuple(id for id in queue if id != to))
                return (*self.put(state, PolicyRow((to,))), *left)
            case RequestRight():
                waits = actor in queue or actor == state.master
                return () if waits else self.queue(state, (*queue, actor))
            case WithdrawRequest():
                return self.queue(state, tuple(id for id in queue if id != actor))
            case DeclineRequest(whose):
                return self.queue(state, tuple(id for id in queue if id != whose))

    def able(self, state: State) -> list[ParticipantId]:
        return [i for i in state.present if state.participant(i).role is not Role.VIEWER]

    def put(self, state: State, after: PolicyRow | None, key: str = "master") -> tuple[Put, ...]:
        before = state.table(Table.POLICY).get(key)
        return () if before == after else (Put(Table.POLICY, key, before, after),)

    def queue(self, state: State, queue: tuple[ParticipantId, ...]) -> tuple[Put, ...]:
        return self.put(state, PolicyRow(queue) if queue else None, "requests")


class TestOneSteers(PolicyContract):
    make_policy = OneSteers


class EverybodySteers(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        row = state.participant(actor)
        if isinstance(action, RightRequest):
            return NotAllowedError(row.name, "do that", "nobody may")
        if action in (*STEERING, *UNKNOWN) and row.role is Role.VIEWER:
            return NotAllowedError(row.name, "do that", "viewers look")
        return None

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return (*self.put(state, None), *self.queue(state, ()))


class TestEverybodySteers(PolicyContract):
    make_policy = EverybodySteers
    has_master = False


def master_slave() -> Policy:
    return load().policy("master-slave").create()


def shared() -> Policy:
    return load().policy("shared").create()


class TestMasterSlave(PolicyContract):
    make_policy = master_slave


class TestShared(PolicyContract):
    make_policy = shared
    has_master = False


# -- broken on purpose -----------------------------------------------------------------------


class Remembering(OneSteers):
    """Lets nobody steer twice in a row; by an attribute instead of a row."""

    last = 0

    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        was, self.last = self.last, actor
        if was == actor and isinstance(action, Undo):
            return NotAllowedError("you", "undo", "it is somebody else's turn")
        return super().permits(state, actor, action)


class Impatient(OneSteers):
    """A clock of its own: it counts its questions."""

    asked = 0

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        self.asked += 1
        return super().successor(state, now_s) if self.asked % 2 else ()


class Meddling(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        if isinstance(action, Redo):
            for put in self.put(state, PolicyRow((actor,), "redone")):
                rows = state.table(Table.POLICY).set(put.key, put.after)
                object.__setattr__(state, "tables", state.tables.set(Table.POLICY, rows))
        return super().permits(state, actor, action)


class AnsweringYesAndNo(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> Any:
        return super().permits(state, actor, action) is None


class Wordless(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        refusal = super().permits(state, actor, action)
        return refusal and RefusedError("")


class KnowingOnlyWhatItKnows(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        known: dict[type, bool] = dict.fromkeys(STEERS, True)
        return super().permits(state, actor, action) if known[type(action)] else None


class CrashingOverStrangers(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        assert actor in state.participants
        return super().permits(state, actor, action)


class WelcomingStrangers(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        try:
            return super().permits(state, actor, action)
        except UnknownParticipantError:
            return None


class LettingViewersDoWhatIsNew(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        return None if action == UNKNOWN[0] else super().permits(state, actor, action)


class LettingViewersAskWhatIsNew(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        return None if action == UNKNOWN[1] else super().permits(state, actor, action)


class LettingViewersUndo(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        return None if isinstance(action, Undo) else super().permits(state, actor, action)


class PromotingAnybody(OneSteers):
    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        if not isinstance(request, Promote):
            return super().on_request(state, actor, request)
        state.participant(request.participant)
        return self.put(state, PolicyRow((request.participant,)))

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return () if state.master in state.participants else super().successor(state, now_s)


class Discreet(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        refusal = super().permits(state, actor, action)
        if isinstance(refusal, NotMasterError):
            return NotMasterError(refusal.actor, refusal.action, None)
        return refusal


class WritingElsewhere(OneSteers):
    def put(self, state: State, after: PolicyRow | None, key: str = "master") -> tuple[Put, ...]:
        puts = super().put(state, after, key)
        row = state.participants.get(1)
        return (*puts, Put(Table.PARTICIPANTS, 1, row, row)) if puts and row else puts


class ForgettingWhatStood(OneSteers):
    def put(self, state: State, after: PolicyRow | None, key: str = "master") -> tuple[Put, ...]:
        return tuple(Put(p.table, p.key, None, p.after) for p in super().put(state, after, key))


class Repeating(OneSteers):
    def put(self, state: State, after: PolicyRow | None, key: str = "master") -> tuple[Put, ...]:
        before = state.table(Table.POLICY).get(key)
        return (Put(Table.POLICY, key, before, after),)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        puts = super().successor(state, now_s)
        return puts if state.present else ()


class Alternating(OneSteers):
    """Whoever steers, another one should."""

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        able = self.able(state)
        others = [i for i in able if i != state.master] or able
        return self.put(state, PolicyRow((others[0],)) if others else None)


class KeepingTheGone(OneSteers):
    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return () if state.master is not None else super().successor(state, now_s)


class TwoMasters(OneSteers):
    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        able = self.able(state)
        return self.put(state, PolicyRow(tuple(able[:2])) if able else None)


class LosingTheRight(OneSteers):
    """Nobody inherits."""

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        gone = state.master is not None and state.master not in state.present
        puts = super().successor(state, now_s)
        return self.put(state, None) if gone or state.revision > 20 else puts


class LockingForGood(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        if action == Lock(False):
            return NotAllowedError("anybody", "unlock the session", "locked is locked")
        return super().permits(state, actor, action)


class CrashingOverRequests(OneSteers):
    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        if isinstance(request, Promote):
            assert state.participants[request.participant].connected
        return super().on_request(state, actor, request)


class RefusingWithoutAWord(OneSteers):
    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        if isinstance(request, DeclineRequest):
            raise RefusedError
        return super().on_request(state, actor, request)


class QueueingTwice(OneSteers):
    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        if isinstance(request, RequestRight) and actor != state.master:
            return self.queue(state, (*state.requests, actor))
        return super().on_request(state, actor, request)


def ignoring(*ignored: type) -> type[OneSteers]:
    """A policy that permits requests and does nothing about some."""

    class Ignoring(OneSteers):
        def on_request(
            self, state: State, actor: ParticipantId, request: RightRequest
        ) -> tuple[Put, ...]:
            return () if isinstance(request, ignored) else super().on_request(state, actor, request)

    return Ignoring


class QueueingTheMaster(OneSteers):
    """Whoever is promoted stays in the queue."""

    def on_request(
        self, state: State, actor: ParticipantId, request: RightRequest
    ) -> tuple[Put, ...]:
        puts = super().on_request(state, actor, request)
        return tuple(p for p in puts if p.key == "master" or not isinstance(request, Promote))


class QueueingTheGone(OneSteers):
    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        return tuple(put for put in super().successor(state, now_s) if put.key == "master")


class LettingViewersQueue(OneSteers):
    def permits(self, state: State, actor: ParticipantId, action: Action) -> RefusedError | None:
        if isinstance(action, RequestRight):
            state.participant(actor)
            return None
        return super().permits(state, actor, action)

    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        viewers = [i for i in state.requests if state.participants[i].role is Role.VIEWER]
        puts = super().successor(state, now_s)
        return tuple(put for put in puts if put.key == "master" or not viewers)


class TrustingRows(OneSteers):
    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        if state.master is not None and state.master not in state.participants:
            return ()
        return super().successor(state, now_s)


class TrustingTheQueue(OneSteers):
    def successor(self, state: State, now_s: float) -> tuple[Put, ...]:
        puts = super().successor(state, now_s)
        return tuple(p for p in puts if p.key == "master" or now_s < 24 * 3600.0)


BROKEN: list[tuple[Callable[[], Any], str]] = [
    (Remembering, "the same question gets the same answer"),
    (Impatient, "the same question gets the same answer"),
    (Meddling, "no question changes the state"),
    (AnsweringYesAndNo, "every question is answered with nothing or a refusal"),
    (Wordless, "every question is answered with nothing or a refusal"),
    (KnowingOnlyWhatItKnows, "every question is answered with nothing or a refusal"),
    (CrashingOverStrangers, "a stranger is refused and breaks nothing"),
    (WelcomingStrangers, "a stranger is refused and breaks nothing"),
    (LettingViewersUndo, "a viewer never steers"),
    (LettingViewersDoWhatIsNew, "a viewer never steers"),
    (LettingViewersAskWhatIsNew, "a viewer never steers"),
    (PromotingAnybody, "a viewer never steers"),
    (Discreet, "a refusal for want of the right names who has it"),
    (WritingElsewhere, "what is written are rows of the policy table"),
    (ForgettingWhatStood, "what is written are rows of the policy table"),
    (Repeating, "a succession leaves nothing more to change"),
    (Alternating, "a succession leaves nothing more to change"),
    (KeepingTheGone, "the master is somebody of the session or nobody"),
    (TwoMasters, "the master is somebody of the session or nobody"),
    (LosingTheRight, "somebody of those who are here can go on"),
    (LockingForGood, "somebody of those who are here can go on"),
    (CrashingOverRequests, "a request is answered with rows or a refusal"),
    (RefusingWithoutAWord, "a request is answered with rows or a refusal"),
    (QueueingTwice, "a request is answered with rows or a refusal"),
    (QueueingTwice, "a permitted request does what it says"),
    (ignoring(Promote), "a permitted request does what it says"),
    (ignoring(RequestRight), "a permitted request does what it says"),
    (ignoring(WithdrawRequest), "a permitted request does what it says"),
    (ignoring(DeclineRequest), "a permitted request does what it says"),
    (QueueingTheMaster, "a permitted request does what it says"),
    (QueueingTwice, "in the queue are those who can get the right"),
    (QueueingTheMaster, "in the queue are those who can get the right"),
    (QueueingTheGone, "in the queue are those who can get the right"),
    (LettingViewersQueue, "in the queue are those who can get the right"),
    (LettingViewersQueue, "a viewer never steers"),
    (TrustingRows, "rows that another policy has left do no harm"),
    (TrustingTheQueue, "rows that another policy has left do no harm"),
]


def kit_of(policy: Callable[[], Any]) -> PolicyContract:
    class Broken(PolicyContract):
        make_policy = staticmethod(policy)

    return Broken()


def clause_of(sentence: str) -> str:
    name = "test_" + sentence.replace(" ", "_")
    assert name in PolicyContract.clauses()
    return name


@pytest.mark.parametrize(("policy", "sentence"), BROKEN)
def test_a_broken_policy_is_caught_by_the_clause_it_breaks(
    policy: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises(ContractBrokenError, match=f"^{sentence}: "):
        getattr(kit_of(policy), clause_of(sentence))()


def test_every_clause_is_proven_by_a_policy_that_breaks_it() -> None:
    assert {clause_of(sentence) for _, sentence in BROKEN} == set(PolicyContract.clauses())


def test_a_policy_without_a_master_that_names_one_is_caught() -> None:
    class Broken(PolicyContract):
        make_policy = OneSteers
        has_master = False

    with pytest.raises(ContractBrokenError, match="where nobody should be"):
        Broken().test_the_master_is_somebody_of_the_session_or_nobody()


@pytest.mark.parametrize("request_", [Promote, RequestRight])
def test_a_policy_without_a_master_that_permits_requests_and_ignores_them_is_caught(
    request_: type,
) -> None:
    class Permitting(EverybodySteers):
        def permits(
            self, state: State, actor: ParticipantId, action: Action
        ) -> RefusedError | None:
            refusal = super().permits(state, actor, action)
            viewer = state.participant(actor).role is Role.VIEWER
            return None if isinstance(action, request_) and not viewer else refusal

        def on_request(
            self, state: State, actor: ParticipantId, request: RightRequest
        ) -> tuple[Put, ...]:
            return ()

    class Broken(PolicyContract):
        make_policy = Permitting
        has_master = False

    with pytest.raises(ContractBrokenError, match=r"^a permitted request does what it says"):
        Broken().test_a_permitted_request_does_what_it_says()


def test_every_kind_of_action_is_asked_about() -> None:
    assert {type(action) for action in ACTIONS} == set(get_args(Action))
