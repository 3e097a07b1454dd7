"""The log for people: every entry under the name that its author had then."""

from collab_kernel.core.events import Event, EventKind, Put
from collab_kernel.core.state import HistoryRow, ParticipantRow, State, Table
from collab_kernel.core.values import SERVER
from collab_kernel.host.logbook import Logbook

ANN = 1


def event(revision: int, author: int, *changes: Put) -> Event:
    return Event(revision, author, 0, EventKind.PEOPLE, "", 0, 0.0, changes)


def ann_is(name: str | None) -> Put:
    return Put(Table.PARTICIPANTS, ANN, None, ParticipantRow(name) if name else None)


def names(logbook: Logbook) -> list[str]:
    return [entry.author_name for entry in logbook.newest(0, 100).entries]


def test_names_are_those_of_then_though_all_of_it_is_over_when_it_is_told() -> None:
    logbook = Logbook()
    for what in (
        event(1, SERVER, ann_is("Ann")),
        event(2, ANN),
        event(3, ANN, ann_is("Annie")),
        event(4, ANN),
        event(5, SERVER, ann_is(None)),
    ):
        logbook.add(what, State())  # where she is not any more
    assert names(logbook) == ["the server", "Ann", "Annie", "Annie", "the server"]


def test_what_is_done_for_somebody_who_has_left_is_under_the_name_in_the_history() -> None:
    logbook = Logbook()
    logbook.add(event(1, SERVER, ann_is("Ann")), State())
    logbook.add(event(2, SERVER, ann_is(None)), State())
    accepted = Put(Table.HISTORY, 3, None, HistoryRow(ANN, "Ann", "larger", 0.0, 0, 3))
    logbook.add(event(3, ANN, accepted), State())
    assert names(logbook)[-1] == "Ann"


def test_names_of_those_who_have_left_are_not_kept() -> None:
    logbook = Logbook()
    logbook.add(event(1, SERVER, ann_is("Ann")), State())
    logbook.add(event(2, ANN), State())
    logbook.add(event(3, SERVER, ann_is(None)), State())
    assert not logbook._names
