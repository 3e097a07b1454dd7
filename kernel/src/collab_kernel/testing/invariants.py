"""What holds for every state, whatever was done: each broken promise is an AssertionError."""

from __future__ import annotations

from collections import defaultdict

from collab_kernel.core.following import followed
from collab_kernel.core.state import Role, State, Table
from collab_kernel.core.values import COUNTER_BITS, SERVER, ProxyId


def check_state(state: State) -> None:
    """Names, values, references, ids and people of `state` agree with one another."""
    check_names(state)
    check_values(state)
    check_references(state)
    check_ids(state)
    check_people(state)


def check_names(state: State) -> None:
    """A registered name leads to its proxy and back, and is given once a group."""
    named = {(row.group, row.name): id for id, row in state.proxies.items() if row.name}
    assert named == dict(state.table(Table.NAMES)), "the names do not agree with the proxies"
    bare = [id for id, row in state.proxies.items() if not row.name and not row.owner]
    assert not bare, f"proxies {bare} have neither a name nor an owner"


def check_values(state: State) -> None:
    """Every property of every proxy has a value that the property would accept again."""
    due = {(id, p.name) for id in state.proxies for p in state.definition(id).properties}
    assert due == set(state.table(Table.VALUES)), "some values are missing, or are left behind"
    for (id, name), value in state.table(Table.VALUES).items():
        accepted = state.definition(id).property(name).accept(value)
        assert accepted == value, f"{name} of {state.title(id)} is {value}, not {accepted}"


def check_references(state: State) -> None:
    """What is named is there, the index of users says who names it, and nobody names itself."""
    users: dict[ProxyId, set[tuple[ProxyId, str]]] = defaultdict(set)
    for place, value in state.table(Table.VALUES).items():
        for target in value.references:
            assert target in state.proxies, f"{place} names {target}, which is gone"
            users[target].add(place)
    assert users == {id: set(places) for id, places in state.users.items()}, "the index is wrong"
    for id, row in state.proxies.items():
        if row.owner:
            owners = {user for user, _ in users[id]}
            assert row.owner in owners, f"{id} belongs to {row.owner}, which does not name it"
    for id in state.table(Table.QUARANTINE):
        assert id in state.proxies, f"{id} is quarantined and gone"
    _check_no_circle({id: {user for user, _ in places} for id, places in users.items()})


def _check_no_circle(users: dict[ProxyId, set[ProxyId]]) -> None:
    done: set[ProxyId] = set()
    for start in users:
        path: list[tuple[ProxyId, list[ProxyId]]] = [(start, sorted(users.get(start, ())))]
        while path:
            id, rest = path[-1]
            if not rest:
                done.add(id)
                path.pop()
                continue
            follower = rest.pop()
            assert all(follower != on_path for on_path, _ in path), f"{follower} needs itself"
            if follower not in done:
                path.append((follower, sorted(users.get(follower, ()))))


def check_ids(state: State) -> None:
    """No proxy has an id that its participant's counter has not passed."""
    counters = state.table(Table.COUNTERS)
    for id in state.proxies:
        maker, count = id >> COUNTER_BITS, id & ((1 << COUNTER_BITS) - 1)
        assert 1 <= count <= counters.get(maker, 0), f"proxy {id} is ahead of its counter"


def check_people(state: State) -> None:
    """Names of people are theirs alone, and following leads somewhere in the end."""
    names = [row.name for row in state.participants.values()]
    assert len(names) == len(set(names)), f"two have the same name: {sorted(names)}"
    for start in state.participants:
        seen, walker = {start}, followed(state, start)
        while walker is not None:
            assert walker not in seen, f"{state.name_of(start)} follows in a circle"
            assert walker in state.participants, f"{walker} is followed and gone"
            seen.add(walker)
            walker = followed(state, walker)


def check_right(state: State, now_s: float, grace_s: float) -> None:
    """Somebody steers while anybody here may; a lost master only for the grace time."""
    eligible = [id for id in state.present if state.participant(id).role is not Role.VIEWER]
    if state.master is None:
        assert not eligible, "somebody is here who may steer, and nobody does"
        return
    holder = state.participants.get(state.master)
    assert holder is not None, "the master is gone"
    assert holder.role is not Role.VIEWER, "the master is a viewer"
    late = not holder.connected and now_s - holder.lost_at_s > grace_s
    assert not (late and eligible), "the master was lost long ago, and nobody took over"


def check_author(before: State, author: int, steering: bool) -> None:
    """A change of the pipeline comes from the master (or the server itself)."""
    if steering and author != SERVER:
        assert author == before.master, f"{author} changed the pipeline without the right"
