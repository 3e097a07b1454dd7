"""An embeddable server.

    async with Server(transports=["memory://t"], renderer=None) as server:
        print(server.addresses)

`Server` finds its plugins, hosts the sessions and listens; leaving the block ends it: no
process, no port, no task is left.

Longer than other modules on purpose: what a server can be told is said once, here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from collab_kernel import __version__
from collab_kernel.core.decide import Rules
from collab_kernel.core.definitions import Catalogue
from collab_kernel.core.events import Event
from collab_kernel.core.files import FileRules
from collab_kernel.core.invitations import Invitation
from collab_kernel.core.messages import LookingBack, TypeInfo, Welcome
from collab_kernel.core.moderation import check_connect_id
from collab_kernel.core.peer import HEARTBEAT_S, Terms
from collab_kernel.core.session import Limits, Session
from collab_kernel.core.state import Role, State
from collab_kernel.core.values import ParticipantId, ProxyId
from collab_kernel.errors import AddressError, CollabError, UnknownPluginError
from collab_kernel.host import opening
from collab_kernel.host.addresses import to_connect_to, to_listen_on
from collab_kernel.host.admission import Admission
from collab_kernel.host.answers import Answers
from collab_kernel.host.blobs import DEFAULT_MAX_BLOB_BYTES, Blobs
from collab_kernel.host.committed import CommittedHook
from collab_kernel.host.confinement import described, support
from collab_kernel.host.context import LogContext
from collab_kernel.host.counters import ServerCounters
from collab_kernel.host.exporting import Exporting, export, is_beyond
from collab_kernel.host.farewell import Farewell
from collab_kernel.host.invitations import DEFAULT_LINK_S, Invitations
from collab_kernel.host.keeper import Keeper
from collab_kernel.host.listing import Listing
from collab_kernel.host.memory_store import MemoryStore
from collab_kernel.host.metering import Meter
from collab_kernel.host.page import page_of
from collab_kernel.host.past import Past
from collab_kernel.host.roots import Allowance, Roots
from collab_kernel.host.security import Locks
from collab_kernel.host.server import ServerHost
from collab_kernel.host.session import HostedSession
from collab_kernel.host.site import Site
from collab_kernel.host.snapshots import FOR_EVER, History
from collab_kernel.host.statefiles import is_state_file, load_state_file
from collab_kernel.host.tokens import Token, TokenFile
from collab_kernel.host.watchdog import DEFAULT_LIMITS, DEFAULT_SILENT_S, RendererLimits
from collab_kernel.plugins import Plugins, load, made
from collab_kernel.spi import RendererSpec, Store

__all__ = [
    "DEFAULT_LINK_S",
    "DEFAULT_MAX_BLOB_BYTES",
    "DEFAULT_MAX_CLIENTS",
    "DEFAULT_SILENT_S",
    "Farewell",
    "History",
    "Locks",
    "LogContext",
    "MemoryStore",
    "RendererLimits",
    "Role",
    "Server",
    "Token",
    "TokenFile",
]

log = logging.getLogger(__name__)

DEFAULT_CATALOGUE = "vtk"
DEFAULT_MAX_CLIENTS = 256


class Server:
    """A server for the length of an `async with` block.

    transports: as `--transport`: names or addresses; None is every installed one that has a
    default port.
    reverse: clients that wait for this server, which dials out to them.
    renderer: a plugin's name or a spec; None runs no pipeline.
    catalogue: the renderer plugin whose definitions are used when there is no renderer (by
    default the installed `vtk`, or none).
    sessions: their names; the first is the default. None: all that the store has and that are not
    archived, or else "main".
    store: where they last; or its plugin's name and a location ("sqlite:work.collab"), which is
    closed with the server.
    history: what of the logs is kept for replaying them.
    multi_clients: admit up to `max_clients` participants a session instead of one.
    locks: certificates, keys and tokens; without them it listens on this machine only.
    data_dir: participants open files below it only, and the renderer reads there and among
    `files`; None: any file that the process may read.
    files: opened in the default session (see `open_file`) before anybody is let in, unless they
    are open there; those that differ in one number only, as one series; what state files say is
    made as it was, in a new session.
    allow_write: folders below which participants may have files written.
    allow_code: participants may have the renderer run code that they write.
    connect_id: newcomers have to give it; "": nothing. Whoever steers may change it.
    viewers_look_only: viewers neither chat nor point, pin or propose.
    confined: the operating system sees to what the renderer may do, where it can.
    renderer_limits: past these the renderer's process is ended and started again.
    max_blob_bytes: what the largest value may take; 32 times as much is kept a session.
    metrics: [NAME://]HOST:PORT where a metrics plugin shows what the server counts.
    past: the only session is one that shows a stored one's past: nobody changes anything, and
    nothing is written.
    base_path: below which path ("/x") the page is served.
    behind_proxy: a proxy brings all who come to a port, and says where they come from: nobody is
    taken for somebody on this machine, and tokens are needed.
    link_s: how long a join link lets people in.
    listening: called once it accepts, before the files are opened: who comes waits until they are.

    Entering raises AddressError, PluginError, StoreError or RendererError.
    """

    def __init__(
        self,
        transports: str | Iterable[str] | None = None,
        *,
        renderer: str | RendererSpec | None = "vtk",
        catalogue: str | Catalogue | None = None,
        policy: str = "master-slave",
        reverse: Iterable[str] = (),
        multi_clients: bool = False,
        max_clients: int = DEFAULT_MAX_CLIENTS,
        sessions: Iterable[str] = (),
        store: Store | str | None = None,
        history: History = FOR_EVER,
        locks: Locks | None = None,
        data_dir: str | Path | None = None,
        files: Iterable[str | Path] = (),
        allow_write: Iterable[str | Path] = (),
        allow_code: bool = False,
        confined: bool = True,
        renderer_limits: RendererLimits = DEFAULT_LIMITS,
        connect_id: str = "",
        viewers_look_only: bool = False,
        max_blob_bytes: int = DEFAULT_MAX_BLOB_BYTES,
        metrics: str | None = None,
        base_path: str = "",
        behind_proxy: bool = False,
        link_s: float = DEFAULT_LINK_S,
        plugins: Plugins | None = None,
        past: Past | None = None,
        listening: Callable[[], None] | None = None,
    ) -> None:
        self._listening = listening
        self._max_blob_bytes = max_blob_bytes
        self._connect_id = check_connect_id(connect_id)
        self._viewers_look_only = viewers_look_only
        self._locks = locks or Locks()
        self._site = Site.of(base_path, behind_proxy)
        tokens = self._locks.token_file
        self._invitations = Invitations(TokenFile(tokens) if tokens is not None else None, link_s)
        self._files = [Path(file).absolute() for file in files]
        roots = Roots(
            None if data_dir is None else Path(data_dir).absolute(),
            tuple(self._files),
            tuple(Path(folder).absolute() for folder in allow_write),
        )
        self._allowance = Allowance(roots, allow_code, confined)
        self._renderer_limits = renderer_limits
        self._counters = ServerCounters()
        self._metrics = metrics
        self._exporting: Exporting | None = None
        self.farewell = Farewell()
        """What everybody is told when the block is left."""
        self._opening = asyncio.Lock()
        self._plugins = plugins
        if isinstance(transports, str):
            transports = [transports]
        self._transports = None if transports is None else list(transports)
        self._reverse = list(reverse)
        self._renderer = renderer
        self._catalogue = catalogue
        self._policy_name = policy
        self.multi_clients = multi_clients
        self._limits = Limits(max_clients if multi_clients else 1)
        self.past = past
        self._looking_back: LookingBack | None = None
        self._names = list(sessions) if past is None else [past.name]
        self._store = store
        self._history = history
        self._keeper: Keeper | None = None
        self._addresses: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._host: ServerHost | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the server accepts, in the order of `transports`; `connect` takes each."""
        return tuple(self._addresses)

    @property
    def pages(self) -> tuple[str, ...]:
        """Where a browser finds the web page; none without a front end that has one and a
        transport that serves it."""
        return tuple(self._host.pages) if self._host is not None else ()

    @property
    def is_behind_proxy(self) -> bool:
        return self._site.behind_proxy

    async def invitation(self, role: Role, session: str | None = None) -> Invitation:
        """What lets others in to a session, the default one unless named: for a link to send.

        Raises InvalidValueError or OSError for a token file that is no good.
        """
        return await self._invitations.of(self._hosted(session).name, role)

    @property
    def sessions(self) -> dict[str, HostedSession]:
        assert self._host is not None, "the server has not been entered"
        return self._host.sessions

    @property
    def metrics_address(self) -> str:
        """HOST:PORT where metrics are shown; "" without."""
        return self._exporting.address if self._exporting is not None else ""

    @property
    def turned_away(self) -> dict[str, int]:
        """How many connections have ended with a reason since the start, by its code: strangers,
        those who spoke nonsense, those who were lost."""
        return dict(self._counters.turned_away)

    def state(self, session: str | None = None) -> State:
        """The state of a session now, of the default one unless named."""
        return self._hosted(session).state

    async def open_file(
        self, path: str | Path | Sequence[str | Path], session: str | None = None
    ) -> ProxyId:
        """Read a file, or the files of a series, show and colour it, and reset the home camera;
        the reader's id.

        Raises InvalidValueError if no reader takes it, PipelineFailedError if it can't be read.
        """
        paths = [Path(p) for p in ([path] if isinstance(path, str | Path) else path)]
        async with self._opening:
            return await opening.open_files(self._hosted(session), self.catalogue, paths)

    @property
    def confinement(self) -> str:
        """What the operating system lets the renderer's process do, in one sentence; "" where
        there is none, or it was to be left alone."""
        if not self._renderer_name or not self._allowance.confined:
            return ""
        return described(self._allowance.roots)

    async def failure(self) -> CollabError:
        """Return once no session works any more, and why: a bug, which the log says more of."""
        failed: CollabError | None = None
        for session in self.sessions.values():
            failed = await session.failed()
        assert failed is not None, "a server has a session"
        return failed

    def _hosted(self, name: str | None) -> HostedSession:
        return next(iter(self.sessions.values())) if name is None else self.sessions[name]

    # -- start and stop --------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def _start(self) -> None:
        plugins = self._plugins or load()
        past = self.past
        if past is not None:
            self._looking_back = await asyncio.to_thread(past.told)
        chosen = plugins.policy(self._policy_name)
        policy = made(chosen, chosen.create) if past is None else past.policy
        factory = await self._choose_catalogue(plugins)
        self._renderer_limits.check()
        roots = self._allowance.roots
        file_rules = FileRules(str(roots.data_dir or ""), tuple(map(str, roots.writable)))
        rules = Rules(
            policy,
            self.catalogue,
            plugins.veto,
            file_rules,
            self._allowance.code,
            self._viewers_look_only,
            everybody_looks=past is not None,
        )
        if self._allowance.confined and factory is not None and not support()[0]:
            log.warning("%s", self.confinement)
        committed = CommittedHook(plugins)
        self._tasks += committed.tasks()
        sessions: dict[str, HostedSession] = {}
        admission = Admission(
            plugins, self._locks.token_file, self._locks.require_token, self._locks.insecure
        )
        page = partial(page_of, plugins)
        listing = Listing(self._allowance.roots, self.catalogue)
        now_s = asyncio.get_running_loop().time
        self._meter = Meter(f"collab {__version__}", sessions, self._counters, now_s)
        answers = Answers(
            policy,
            self.catalogue,
            file_rules,
            listing,
            self._invitations,
            admission,
            self._meter.status,
        )
        self._host = ServerHost(sessions, answers, admission, page, self._site, self._counters)
        self._keeper = Keeper.of(self._store, self._history, plugins)
        for name in await self._keeper.names(self._names):
            blobs = Blobs(self._max_blob_bytes)
            hosted = HostedSession(
                Session(replace(rules, blobs=blobs.facts), self._limits),
                name,
                self._keeper.journal(name) if past is None else past.journal(),
                partial(self._welcome, name, self._renderer_name),
                factory,
                self._allowance,
                blobs,
                self._committed(committed, name) if past is None else past.committed,
                self._renderer_limits,
            )
            await hosted.open(self._connect_id)
            sessions[name] = hosted
            self._tasks.append(asyncio.create_task(hosted.run()))
            if past is None:
                await opening.make_first_view(hosted, self.catalogue)
        if self._transports is None:
            ported = [s.scheme for s in plugins.transports() if s.default_port is not None]
            if not ported:
                raise UnknownPluginError(
                    "no transport is installed: pip install collab-transport-zmq"
                )
            self._transports = ported
        places = [to_listen_on(text, plugins) for text in self._transports]
        self._site.check(places, self._locks)
        secured = [self._locks.security(place) for place in places]
        self._locks.check_use(
            (p for p, security in zip(places, secured, strict=True) if security),
            certified=self._metrics is not None and is_beyond(self._metrics),
        )
        for place, security in zip(places, secured, strict=True):
            self._addresses.append(await self._host.listen(place, security))
        if self._site != Site() and not self._host.is_proxied:
            raise AddressError(
                "--behind-proxy and --base-path are for transports over HTTP (websocket), and no "
                "listener here is one"
            )
        data = [path for path in self._files if not is_state_file(path)]
        opening.series_of(self.catalogue, data)  # what nothing reads is said before anything else
        if self._listening is not None:
            self._listening()
        hosted = self._hosted(None)
        for path in filter(is_state_file, self._files if not hosted.began_at else ()):
            await load_state_file(self._hosted(None), self.catalogue, path, file_rules)
        named = opening.file_names(hosted.state)  # of a session that goes on
        new = [path for path in data if str(path) not in named]
        for files in opening.series_of(self.catalogue, new):
            await self.open_file(files)
        if self._metrics is not None:
            self._exporting = await export(self._metrics, plugins, self._locks, self._meter)
        self._host.admit()
        if self._files:
            self._tasks.append(asyncio.create_task(opening.draw_ahead(hosted)))
        for text in self._reverse:
            place = to_connect_to(text, plugins)
            self._host.dial(place, self._locks.trust(place))

    async def _choose_catalogue(self, plugins: Plugins) -> str | None:
        """Set the catalogue; the renderer's factory, or None if there is no renderer."""
        spec = self._renderer
        if isinstance(spec, str):
            spec = plugins.renderer(spec) if spec != "none" else None
        self._renderer_name = spec.name if spec is not None else ""
        if spec is not None:
            self.catalogue = await asyncio.to_thread(made, spec, spec.definitions)
            return spec.factory
        if isinstance(self._catalogue, Catalogue):
            self.catalogue = self._catalogue
        else:
            name = self._catalogue or DEFAULT_CATALOGUE
            try:
                described = plugins.renderer(name)
            except UnknownPluginError:
                if self._catalogue is not None:
                    raise
                self.catalogue = Catalogue("", ())
            else:
                self.catalogue = await asyncio.to_thread(made, described, described.definitions)
        return None

    def _welcome(
        self, session: str, renderer: str, participant: ParticipantId, terms: Terms
    ) -> Welcome:
        types = tuple(
            TypeInfo(
                d.group, d.type, d.label, d.file_extensions, self.catalogue.widgets.get(key, ())
            )
            for key, d in sorted(self.catalogue.definitions.items())
            if self._allowance.code or key not in self.catalogue.runs_code
        )
        return Welcome(
            terms.protocol,
            participant,
            session,
            self.multi_clients,
            f"collab {__version__}",
            types,
            HEARTBEAT_S,
            renderer,
            terms.words,
            max_blob_bytes=self._max_blob_bytes,
            looking_back=self._looking_back,
        )

    def _committed(
        self, hook: CommittedHook, session: str
    ) -> Callable[[Event, State], None] | None:
        return partial(hook.put, session) if hook.wanted else None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        if self._exporting is not None:
            await self._exporting.exporter.close()
        if self._host is not None:
            await self._host.close(self.farewell)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._keeper is not None:
            await self._keeper.close()
