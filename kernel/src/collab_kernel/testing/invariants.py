"""What holds for every state, whatever was done: each broken promise is an AssertionError.

Given the state before as well, what cannot have changed since is not looked at again.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from collab_kernel.core import people, pins, proposals
from collab_kernel.core.definitions import Scope
from collab_kernel.core.following import followed
from collab_kernel.core.links import linked
from collab_kernel.core.playback import Playhead
from collab_kernel.core.presence import SESSION, Presence
from collab_kernel.core.session import FORGET_EVERY_S
from collab_kernel.core.state import FollowTarget, LinkEnd, LinkKind, LinkRow, Role, State, Table
from collab_kernel.core.values import COUNTER_BITS, SERVER, ProxyId


def check_state(state: State, before: State | None = None) -> None:
    """Names, values, references, ids, people, links and the rest of `state` agree."""
    before = before or State()
    changed = {t for t in Table if state.table(t) is not before.table(t)}
    if changed & {Table.PROXIES, Table.NAMES}:
        check_names(state)
    if changed & {Table.PROXIES, Table.VALUES}:
        check_values(state, before)
        check_references(state)
    if changed & {Table.PROXIES, Table.COUNTERS, Table.PROPOSALS}:
        check_ids(state)
    if changed & {
        Table.PROXIES,
        Table.LINKS,
        Table.SELECTIONS,
        Table.ANNOTATIONS,
        Table.QUARANTINE,
    }:
        check_ties(state)
    if changed & {Table.PARTICIPANTS, Table.POLICY, Table.MUTES, Table.REQUESTS}:
        check_people(state)
    check_bounds(state)


def check_names(state: State) -> None:
    """A registered name leads to its proxy and back, and is given once a group."""
    named = [((row.group, row.name), id) for id, row in state.proxies.items() if row.name]
    given = state.table(Table.NAMES).items()
    assert sorted(named) == sorted(given), "the names do not agree with the proxies"
    bare = [id for id, row in state.proxies.items() if not row.name and not row.owner]
    assert not bare, f"proxies {bare} have neither a name nor an owner"


def check_values(state: State, before: State) -> None:
    """Every property of every proxy has a value that the property would accept again."""
    values, old = state.table(Table.VALUES), before.table(Table.VALUES)
    if state.proxies is not before.proxies or len(values) != len(old):
        due = {(id, p.name) for id in state.proxies for p in state.definition(id).properties}
        assert due == set(values), "some values are missing, or are left behind"
    for place, value in values.items():
        if value is not old.get(place):
            id, name = place
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
            assert follower not in {step for step, _ in path}, f"{follower} depends on itself"
            if follower not in done:
                path.append((follower, sorted(users.get(follower, ()))))


def check_ids(state: State) -> None:
    """No proxy, and none that is proposed, has an id that its participant's counter has not
    passed."""
    counters = state.table(Table.COUNTERS)
    proposed = [
        operation.id
        for row in state.table(Table.PROPOSALS).values()
        for operation in row.operations
        if hasattr(operation, "id")
    ]
    for id in (*state.proxies, *proposed):
        maker, count = id >> COUNTER_BITS, id & ((1 << COUNTER_BITS) - 1)
        assert 1 <= count <= counters.get(maker, 0), f"proxy {id} is ahead of its counter"
    assert not set(proposed) & set(state.proxies), "a proposed proxy is there already"


def check_ties(state: State) -> None:
    """Links, selections and quarantines name proxies that are there, and make sense of them."""
    for name, row in state.table(Table.LINKS).items():
        assert len(set(row.ends)) == len(row.ends) > 1, f"the link {name!r} ties nothing"
        for end in row.ends:
            assert end.proxy in state.proxies, f"the link {name!r} names {end.proxy}, which is gone"
            definition = state.definition(end.proxy)
            if row.kind is LinkKind.PROPERTY:
                assert definition.property(end.property).scope is Scope.SHARED
            else:
                assert not end.property, f"the link {name!r} of proxies names a property"
            if row.kind in (LinkKind.CAMERA, LinkKind.VIEW):
                assert definition.group == "views", f"the link {name!r} of views names another"
    for id, key in state.table(Table.ANNOTATIONS):
        assert id in state.proxies, f"the annotation {key!r} is of {id}, which is gone"
    for (source, port), selection in state.table(Table.SELECTIONS).items():
        assert {source, selection} <= set(state.proxies), f"a selection on {source} names the gone"
        assert port < state.definition(source).output_ports, f"{source} has no port {port}"
        assert source != selection, f"{source} selects of itself"
    for id in state.table(Table.QUARANTINE):
        assert id in state.proxies, f"{id} is quarantined and gone"


def check_people(state: State) -> None:
    """Names are each one's alone; following leads somewhere; who asks for the right may have
    it; and nothing is left of those who went."""
    rows = state.participants
    names = [row.name for row in rows.values()]
    assert len(names) == len(set(names)), f"two have the same name: {sorted(names)}"
    for start, row in rows.items():
        target = row.following
        if target.kind is FollowTarget.Kind.PARTICIPANT:
            assert target.participant in rows, f"{row.name} is to follow somebody who is gone"
        seen, walker = {start}, followed(state, start)
        while walker is not None:
            assert walker not in seen, f"{state.name_of(start)} follows in a circle"
            assert walker in rows, f"{walker} is followed and gone"
            seen.add(walker)
            walker = followed(state, walker)
    for who in state.requests:
        asks = rows.get(who)
        assert asks is not None, f"{who} asks for the right, and is gone"
        assert asks.connected, f"{asks.name} asks for the right, and is not here"
        assert asks.role is not Role.VIEWER, f"{asks.name} asks for the right, and can't hold it"
    assert len(set(state.requests)) == len(state.requests), "somebody asks for the right twice"
    assert state.master not in state.requests, "the master asks for the right"
    for table in (Table.MUTES, Table.REQUESTS):
        gone = set(state.table(table)) - {SERVER, *rows}
        assert not gone, f"{table.name} knows {gone}, who are gone"


def check_bounds(state: State) -> None:
    """What grows by what people do has an end."""
    assert len(state.table(Table.CHAT)) <= people.MAX_CHAT_ROWS, "the chat grows"
    assert len(state.table(Table.PINS)) <= pins.MAX_PINS, "there are too many pins"
    rows = state.table(Table.PROPOSALS)
    assert len(rows) <= proposals.MAX_PROPOSALS, "there are too many proposals"
    authors = Counter(row.author for row in rows.values())
    most = max(authors.values(), default=0)
    assert most <= proposals.MAX_OF_ONE_AUTHOR, "somebody proposes too much"


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


def check_lost(state: State, now_s: float) -> None:
    """Nobody who was lost is remembered for much longer than a day."""
    for row in state.participants.values():
        late = not row.connected and now_s - row.lost_at_s > people.LOST_FOR_S + 5 * FORGET_EVERY_S
        assert not late, f"{row.name} was lost long ago, and waits for ever"


def check_author(before: State, author: int, steering: bool) -> None:
    """A change of the pipeline comes from the master (or the server itself)."""
    if steering and author != SERVER:
        assert author == before.master, f"{author} changed the pipeline without the right"


def check_equal(before: State, after: State) -> None:
    """An edit leaves equal what was linked and equal, and makes equal what it ties.

    Only undo and redo, which put what there was, may leave linked values that differ."""
    old = before.table(Table.LINKS)
    for name, row in after.table(Table.LINKS).items():
        fresh = name not in old or old[name].kind is not row.kind
        for end in _properties(after, row):
            value = after.value(end.proxy, end.property)
            for other in linked(
                after, end.proxy, after.definition(end.proxy).property(end.property)
            ):
                was = before.value(end.proxy, end.property)
                differed = was != before.value(other.proxy, other.property)
                if fresh or not differed or was != value:
                    assert after.value(other.proxy, other.property) == value, (
                        f"{end.property} of {after.title(end.proxy)} is not what it is linked with"
                    )


def _properties(state: State, row: LinkRow) -> list[LinkEnd]:
    """What the first end of a link has in it."""
    if row.kind is LinkKind.PROPERTY:
        return [row.ends[0]]
    definition = state.definition(row.ends[0].proxy)
    return [
        LinkEnd(row.ends[0].proxy, p.name) for p in definition.properties if p.scope is Scope.SHARED
    ]


def check_presence(state: State, presence: Presence, playhead: Playhead | None) -> None:
    """Only who is here shows anything, of what is there; the server only what plays."""
    for who, proxy in presence.shown:
        if who == SERVER:
            assert playhead is not None, "time is shown, and nothing plays"
        else:
            row = state.participants.get(who)
            assert row is not None, f"{who} is gone and seen"
            assert row.connected, f"{row.name} is lost and seen"
        assert proxy == SESSION or proxy in state.proxies, f"{proxy} is gone and looked at"


def check_playhead(state: State, presence: Presence, playhead: Playhead | None) -> None:
    """It plays what the state says, and everybody sees where it is."""
    row = state.time
    assert (playhead is not None) == row.playing, "what plays is not what the state says"
    if playhead is not None:
        assert playhead.row == row, "something else plays than the state says"
        assert presence.own(SERVER, SESSION)["Time"].plain == playhead.time, (
            "another time is shown than the one that plays"
        )
        assert state.present, "it plays, and nobody is here"
