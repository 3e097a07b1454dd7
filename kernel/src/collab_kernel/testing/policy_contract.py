"""What every policy keeps, as tests: subclass it in three lines.

    class TestAnarchy(PolicyContract):
        make_policy = AnarchyPolicy
        has_master = False

The clauses hold at every state that a session comes to when people of all roles join, leave,
get lost, come back and ask for things, in an order that a seed decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from collab_kernel.core.evolve import apply
from collab_kernel.errors import NotMasterError, RefusedError, UnknownParticipantError
from collab_kernel.spi import (
    Action,
    DeclineRequest,
    Edit,
    Lock,
    ParticipantId,
    ParticipantRow,
    Policy,
    PolicyRow,
    Promote,
    Put,
    RequestRight,
    RightRequest,
    Role,
    State,
    Table,
    WithdrawRequest,
)
from collab_kernel.wire.rows import digest

from .clause import Contract, clause
from .policy_questions import ACTIONS, STEERING, STRANGER, UNKNOWN, actions_at
from .policy_walk import Moment, walk

DAY_S = 24 * 3600.0


class PolicyContract(Contract):
    """make_policy: what the spec's `create` is, called anew for each clause.

    has_master: whether one participant steers, named by the row "master" of the policy table.
    seeds: one walk each; steps: how long each is.
    """

    make_policy: ClassVar[Callable[[], Policy]]
    has_master: ClassVar[bool] = True
    seeds: ClassVar[Iterable[int]] = range(6)
    steps: ClassVar[int] = 80

    # -- pure ------------------------------------------------------------------------------

    @clause
    def test_the_same_question_gets_the_same_answer(self) -> None:
        """Whatever was asked before, and from a policy that was made anew: it remembers by
        rows only."""
        for moment in self._moments():
            state, fresh = moment.state, type(self).make_policy()
            actions = actions_at(state)
            questions = [(actor, action) for actor in state.participants for action in actions]
            told = {q: _told(moment.policy.permits(state, *q)) for q in questions}
            mixed = [(actor, action) for action in actions[::-1] for actor in state.participants]
            for which, policy in (("again", moment.policy), ("a fresh policy", fresh)):
                for question in mixed:
                    now = _told(policy.permits(state, *question))
                    assert now == told[question], (
                        f"{moment}: permits{question} was {told[question]}; {which}: {now}"
                    )
            rows = moment.policy.successor(moment.state, moment.now_s)
            for policy in (moment.policy, fresh):
                again = policy.successor(moment.state, moment.now_s)
                assert again == rows, f"{moment}: successor was {rows}, and again {again}"

    @clause
    def test_no_question_changes_the_state(self) -> None:
        """The rows that it answers with are put there by the kernel."""
        for moment in self._moments():
            before = digest(moment.state)
            for actor in (*moment.state.participants, STRANGER):
                for action in ACTIONS:
                    _asked(moment.policy, moment.state, actor, action)
            for later_s in (0.0, 11.0, DAY_S):
                moment.policy.successor(moment.state, moment.now_s + later_s)
            assert digest(moment.state) == before, f"{moment}: the state is another now"

    # -- permits ---------------------------------------------------------------------------

    @clause
    def test_every_question_is_answered_with_nothing_or_a_refusal(self) -> None:
        """Every action, of every role, by who is here and who is lost; a refusal says why."""
        for moment in self._moments():
            for actor in moment.state.participants:
                for action in actions_at(moment.state):
                    answer = moment.policy.permits(moment.state, actor, action)
                    where = f"{moment}: permits({actor}, {action})"
                    assert answer is None or isinstance(answer, RefusedError), (
                        f"{where} is {answer!r:.60}"
                    )
                    assert answer is None or str(answer).strip(), f"{where} does not say why"

    @clause
    def test_a_stranger_is_refused_and_breaks_nothing(self) -> None:
        """By an answer, or by an UnknownParticipantError."""
        for moment in self._moments():
            for action in ACTIONS:
                answer = _asked(moment.policy, moment.state, STRANGER, action)
                assert answer is not None or action not in STEERING, (
                    f"{moment}: nobody by the number {STRANGER} is here, and may do {action}"
                )

    @clause
    def test_a_viewer_never_steers(self) -> None:
        """Nor does it get the right, whoever asks for that and whoever is left, or may do and
        ask what there is not yet: what a policy does not know may well steer."""
        for moment in self._moments():
            viewers = [i for i, row in moment.state.participants.items() if row.role is Role.VIEWER]
            for viewer in viewers:
                for action in (*STEERING, *UNKNOWN):
                    answer = moment.policy.permits(moment.state, viewer, action)
                    assert answer is not None, f"{moment}: viewer {viewer} may do {action}"
            master = moment.state.master
            assert master not in viewers, f"{moment}: the master is viewer {master}"

    @clause
    def test_a_refusal_for_want_of_the_right_names_who_has_it(self) -> None:
        """So that one knows whom to ask; a refusal to the master itself is for another reason."""
        for moment in self._moments():
            master = moment.state.master
            for actor in moment.state.participants:
                for action in ACTIONS:
                    refusal = moment.policy.permits(moment.state, actor, action)
                    if not isinstance(refusal, NotMasterError):
                        continue
                    where = f"{moment}: {refusal!s:.100}"
                    name = "" if master is None else moment.state.name_of(master)
                    assert refusal.master == name, f"{where}: the master is {name or 'nobody'}"
                    assert name in str(refusal), f"{where}: {name} is not named"
                    assert actor != master, f"{where}: it is said to the master"

    # -- rows ------------------------------------------------------------------------------

    @clause
    def test_what_is_written_are_rows_of_the_policy_table(self) -> None:
        """Each with what stood there before, so that the log can be read both ways."""
        for moment in self._moments():
            for asked, state, rows in moment.written:
                where = f"{moment}: {asked}"
                assert isinstance(rows, tuple), f"{where} gave {rows!r:.60}, which is no tuple"
                seen = state
                for row in rows:
                    assert isinstance(row, Put), f"{where} gave {row!r:.60}, which is no Put"
                    assert row.table == Table.POLICY, f"{where} writes to table {row.table}"
                    assert isinstance(row.key, str), f"{where} writes to the key {row.key!r}"
                    assert row.after is None or isinstance(row.after, PolicyRow), (
                        f"{where} writes {row.after!r:.60}"
                    )
                    stood = seen.table(Table.POLICY).get(row.key)
                    assert row.before == stood, (
                        f"{where}: {row.key!r} was {stood}, and it says {row.before}"
                    )
                    assert row.before != row.after, f"{where}: {row.key!r} stays {row.after}"
                    seen = apply(seen, (row,))

    @clause
    def test_a_succession_leaves_nothing_more_to_change(self) -> None:
        """Asked again at the same time, it answers with nothing."""
        for moment in self._moments():
            for later_s in (0.0, 1.0, 11.0, DAY_S, 10 * DAY_S):
                now_s = moment.now_s + later_s
                after = apply(moment.state, moment.policy.successor(moment.state, now_s))
                again = moment.policy.successor(after, now_s)
                assert again == (), f"{moment}: {later_s:g} s later it changes {again} once more"

    @clause
    def test_the_master_is_somebody_of_the_session_or_nobody(self) -> None:
        """One who is here, or was lost and may come back. A policy without one names none."""
        for moment in self._moments():
            row = moment.state.table(Table.POLICY).get("master")
            if row is None:
                continue
            assert self.has_master, f"{moment}: {row} is the master, where nobody should be"
            assert len(row.participants) == 1, f"{moment}: the masters are {row.participants}"
            assert row.participants[0] in moment.state.participants, (
                f"{moment}: the master is {row.participants[0]}, who is gone"
            )

    @clause
    def test_somebody_of_those_who_are_here_can_go_on(self) -> None:
        """Sooner or later, if anybody here is more than a viewer: change something, and unlock
        the session. No right is lost with its holder."""
        for moment in self._moments():
            now_s = moment.now_s + DAY_S
            state = apply(moment.state, moment.policy.successor(moment.state, now_s))
            able = [i for i in state.present if state.participant(i).role is not Role.VIEWER]
            for action in (Edit(()), Lock(False)):
                free = [i for i in able if moment.policy.permits(state, i, action) is None]
                assert free or not able, f"{moment}: none of {able} may ever do {action}"

    # -- requests --------------------------------------------------------------------------

    @clause
    def test_a_request_is_answered_with_rows_or_a_refusal(self) -> None:
        """Whoever asks, and whoever is named: one who is here, lost, a viewer, a stranger.
        Asked once more, it changes nothing."""
        for moment, actor, request in self._permitted():
            where = f"{moment}: {request} by {actor}"
            rows, refusal = _answered(moment, actor, request)
            assert refusal is None or str(refusal).strip(), f"{where} is refused without a reason"
            again, _ = _answered(moment, actor, request, apply(moment.state, rows))
            assert again == (), f"{where}, asked once more, changes {again}"

    @clause
    def test_a_permitted_request_does_what_it_says(self) -> None:
        """Unless it is refused. Whom the right is handed to is the master; who asks for it has
        it or stands in the queue; who takes that back, or is declined, does not."""
        for moment, actor, request in self._permitted():
            rows, refusal = _answered(moment, actor, request)
            if refusal is not None:
                continue
            after, where = apply(moment.state, rows), f"{moment}: {request} by {actor}"
            match request:
                case Promote(to):
                    assert after.master == to, f"{where} makes {after.master} the master"
                case RequestRight():
                    assert actor == after.master or actor in after.requests, (
                        f"{where} is permitted, and the queue is {after.requests}"
                    )
                case WithdrawRequest():
                    assert actor not in after.requests, f"{where} leaves {actor} in the queue"
                case DeclineRequest(whose):
                    assert whose not in after.requests, f"{where} leaves {whose} in the queue"
            _check_queue(after, where)

    @clause
    def test_in_the_queue_are_those_who_can_get_the_right(self) -> None:
        """Each once, in the row "requests" of the policy table: participants, no viewers, and
        not who has it already."""
        for moment in self._moments():
            _check_queue(moment.state, str(moment))

    @clause
    def test_rows_that_another_policy_has_left_do_no_harm(self) -> None:
        """A stored session may be opened under another policy than it was written under."""
        people = {
            1: ParticipantRow("Ann", Role.VIEWER),
            2: ParticipantRow("Bob", connected=False, lost_at_s=1.0),
            3: ParticipantRow("Cid"),
        }
        for left in (STRANGER, 1):
            rows = {
                "master": PolicyRow((left,)),
                "requests": PolicyRow((left, 3, left)),
                "strange": PolicyRow((1, 2), "?"),
            }
            puts = [Put(Table.PARTICIPANTS, id, None, row) for id, row in people.items()]
            puts += [Put(Table.POLICY, key, None, row) for key, row in rows.items()]
            policy = type(self).make_policy()
            state = apply(State(1), puts)
            state = apply(state, policy.successor(state, DAY_S))
            where = f"with {left} left as the master"
            due = (3,) if self.has_master else (None,)
            assert state.master in due, f"{where}, {state.master} is it, not {due[0]}"
            assert policy.permits(state, 3, Edit(())) is None, f"{where}, nobody can go on"
            _check_queue(state, where)

    # -- how -------------------------------------------------------------------------------

    def _moments(self) -> Iterable[Moment]:
        for seed in self.seeds:
            yield from walk(type(self).make_policy(), seed, self.steps)

    def _permitted(self) -> Iterable[tuple[Moment, ParticipantId, RightRequest]]:
        """Every request about the right that somebody who is here may make."""
        for moment in self._moments():
            requests: list[RightRequest] = [RequestRight(), WithdrawRequest()]
            for whose in (*moment.state.participants, STRANGER):
                requests += [Promote(whose), DeclineRequest(whose)]
            for actor in moment.state.present:
                for request in requests:
                    if moment.policy.permits(moment.state, actor, request) is None:
                        yield moment, actor, request


def _answered(
    moment: Moment, actor: ParticipantId, request: RightRequest, state: State | None = None
) -> tuple[tuple[Put, ...], RefusedError | None]:
    """The rows, or none and the refusal. state: asked about instead of the moment's own."""
    try:
        return moment.policy.on_request(state or moment.state, actor, request), None
    except RefusedError as refusal:
        return (), refusal


def _check_queue(state: State, where: str) -> None:
    queue = state.requests
    assert len(set(queue)) == len(queue), f"{where}: somebody is in the queue twice: {queue}"
    for id in queue:
        row = state.participants.get(id)
        assert row is not None, f"{where}: {id} is in the queue, and gone"
        assert row.role is not Role.VIEWER, f"{where}: viewer {id} is in the queue"
        assert id != state.master, f"{where}: {id} is in the queue, and the master"


def _asked(
    policy: Policy, state: State, actor: ParticipantId, action: Action
) -> RefusedError | None:
    try:
        return policy.permits(state, actor, action)
    except UnknownParticipantError as error:
        return error


def _told(refusal: RefusedError | None) -> tuple[str, str] | None:
    """What others hear of an answer: errors are equal only to themselves."""
    return None if refusal is None else (type(refusal).__name__, str(refusal))
