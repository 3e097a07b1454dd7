/** The session as the page's parts see it: what is there, reactive, and what one can do. */

import { computed, readonly, ref, shallowReactive, shallowRef } from 'vue'

import type { MessageInitShape } from '@bufbuild/protobuf'

import { startArranging } from '@/arranging'
import { Connection, type Credentials, type Standing } from '@/core/connection'
import { fromWire, lookingFrom, toWire } from '@/core/cameras'
import { Drag } from '@/core/drag'
import { CollabError, textOfError } from '@/core/failures'
import type { Socket } from '@/core/link'
import { Looking } from '@/core/looking'
import { followed } from '@/core/following'
import { whyNotSpeak } from '@/core/moderation'
import { Past } from '@/core/past'
import type { QueryKind } from '@/core/questions'
import type { CommandKind } from '@/core/requests'
import { mayAsk, whyNotDirect, whyNotSteer, whyNotThen } from '@/core/rights'
import { hasData, type Operation, type Port, representationOf } from '@/core/showing'
import { SESSION } from '@/core/presence'
import type { Side } from '@/core/sides'
import { activeView as activeViewOf, CHART_VIEW, chosenView, RENDER_VIEW } from '@/core/viewing'
import { type Event, type FollowTargetSchema, FollowTarget_Kind, Table } from '@/generated/collab_proto/v1/session_pb'
import { Scope } from '@/generated/collab_proto/v1/values_pb'
import type { TypeInfo } from '@/generated/collab_proto/v1/wire_pb'
import { startMaking } from '@/making'
import { startProposing } from '@/proposing'
import { startTouched } from '@/touched'

/** How long it shows that somebody else changed something: of a proxy, and of a property (from which
 * the style then fades). */
const TOUCHED_MS = 60_000
const TOUCHED_PROPERTY_MS = 400

/** Tables that pictures are made of, besides values. */
const SCENE = new Set<number>([Table.PROXIES, Table.QUARANTINE, Table.SELECTIONS, Table.TIME])

/** What only whoever steers may do, and can't be proposed. */
const NOT_PROPOSED = new Set(['undo', 'redo', 'setHome', 'goTo', 'play', 'pause'])

export interface Message {
  readonly text: string
  readonly kind: 'error' | 'note'
  readonly proxy: bigint | undefined
}

export type Session = ReturnType<typeof startSession>

/** Join, and stay joined: the connection is made anew whenever it breaks. */
export function startSession(url: string, credentials: Credentials) {
  const standing = shallowRef<Standing>({ kind: 'joining' })
  /** Counters that say what has changed since one looked last. */
  const stateTick = ref(0)
  const presenceTick = ref(0)
  const factsTick = ref(0)
  const latencyMs = ref<number>()
  /** Whether the server does not answer, on a connection that stands. */
  const silent = ref(false)
  const message = shallowRef<Message>()
  const joinedOnce = ref(false)

  const connection = new Connection(
    () => new WebSocket(url) as unknown as Socket,
    credentials,
    {
      standing: (now) => {
        standing.value = now
        if (now.kind === 'joined') joinedOnce.value = true
      },
      state: (event) => {
        if (event) note(event)
        else past.clear()
        for (const listener of heard) listener(event)
        stateTick.value++
      },
      presence: () => presenceTick.value++,
      facts: () => factsTick.value++,
      latency: (ms) => (latencyMs.value = ms),
      silent: (is) => (silent.value = is),
      anew: (gone) => {
        const why = gone ? 'The server was started anew, and what was here is gone' : 'You were away for too long'
        tell(new Error(`${why}: you joined as somebody new`))
      },
    },
  )
  /** Who wants to be told of every event, and (of none) of a snapshot. */
  const heard = new Set<(event?: Event) => void>()
  const past = new Past()
  const proposing = startProposing()
  /** The view in which a pin is being placed. */
  const placing = ref<bigint>()
  /** What others have changed lately, and who: proxies, and properties as `proxy/name`. */
  const touched = startTouched()
  /** Counts what pictures are made of. */
  const sceneTick = ref(0)

  function note(event: Event): void {
    const { author, changes } = event
    past.note(event, connection.mirror.state)
    let scene = false
    for (const { kind } of changes) {
      if (kind.case === 'setValue') {
        const { proxy, property } = kind.value
        // Home values of what is each one's own: a camera that has come to rest shows nothing new.
        scene ||= connection.mirror.state.property(proxy, property)?.scope !== Scope.OWN
        if (author !== connection.me) {
          touched.touch(`${ownerOf(proxy)}`, author, TOUCHED_MS)
          touched.touch(`${proxy}/${property}`, author, TOUCHED_PROPERTY_MS)
        }
      } else if (kind.case === 'put') scene ||= SCENE.has(kind.value.table)
    }
    if (scene) sceneTick.value++
  }

  /** What a part belongs to, as one sees it in the pipeline; else the proxy itself. */
  function ownerOf(proxy: bigint): bigint {
    const owner = connection.mirror.state.proxy(proxy)?.owner
    return owner ? ownerOf(owner) : proxy
  }

  const looking = new Looking(connection, tell)
  let counter = 0n
  let undoSet = 0n

  // -- reading -------------------------------------------------------------------------------

  /** The shared state; whoever reads it runs again when it changes. */
  function state() {
    void stateTick.value
    return connection.mirror.state
  }
  function presence() {
    void presenceTick.value
    return connection.mirror.presence
  }
  function derived(proxy: bigint) {
    void factsTick.value
    return connection.mirror.derived.get(proxy)
  }
  const me = computed(() => (void stateTick.value, void standing.value, connection.me))
  const types = computed<TypeInfo[]>(() => (void standing.value, connection.welcome?.types ?? []))
  const views = computed(() => state().views())
  const activeView = computed<bigint | undefined>(() => activeViewOf(state(), presence(), me.value))
  const master = computed(() => state().master)
  /** What of the past one looks at; undefined: the session is of now. */
  const lookingBack = computed(() => (void standing.value, connection.welcome?.lookingBack))
  /** Why nothing is changed here, by nobody; '': it is now. */
  const whyPast = computed(() => whyNotThen(lookingBack.value))
  const whyNotNow = computed(() => whyPast.value || whyNotSteer(state(), me.value))
  /** Why nothing can be changed here, nor proposed to be. */
  const whyNot = computed(() => (proposing.on.value ? '' : whyNotNow.value))
  const whyNotLead = computed(() => whyPast.value || whyNotDirect(state(), me.value))
  /** Why nothing can be proposed or pinned by me. */
  const whyNotPropose = computed(() => whyPast.value || whyNotSpeak(state(), me.value))
  const canAsk = computed(() => mayAsk(state(), me.value))
  const following = computed(() => followed(state(), me.value))
  const people = computed(() => {
    const rows = state().participants()
    return rows.filter(([, row]) => row.connected)
  })
  const progress = computed(() => {
    void factsTick.value
    return [...connection.mirror.progress.values()]
  })
  /** What is worked on here: the proxy whose properties one sees. */
  const chosen = ref<bigint>()
  const active = computed<bigint | undefined>(() => {
    if (chosen.value !== undefined && state().proxy(chosen.value)) return chosen.value
    const sources = state().proxies().filter(([id]) => hasData(state(), id))
    return sources.at(-1)?.[0]
  })
  const activePort = computed<Port | undefined>(() =>
    active.value === undefined ? undefined : { proxy: active.value, port: 0 },
  )
  const activeRepresentation = computed(() => {
    const [port, view] = [activePort.value, activeView.value]
    return port && view !== undefined ? representationOf(state(), port, view) : undefined
  })

  /** Proxies whose tools in the view I don't want to see. */
  const hiddenWidgets = shallowReactive(new Set<bigint>())
  const widgets = computed(() => new Map(types.value.map((info) => [`${info.group}/${info.type}`, info.widgets])))
  function widgetsOf(proxy: bigint) {
    const row = state().proxy(proxy)
    return (row && widgets.value.get(`${row.group}/${row.type}`)) ?? []
  }

  // -- acting --------------------------------------------------------------------------------

  /** Work in this view; the others see which. */
  function activate(view: bigint): void {
    if (view !== activeView.value) connection.show(SESSION, [chosenView(view)])
  }

  const arranging = startArranging({
    state,
    types: () => types.value,
    activeView: () => activeView.value,
    source: () => activePort.value,
    whyNot: () => whyNot.value,
    newId,
    edit,
    attempt,
    activate,
  })

  function tell(error: unknown, proxy?: bigint): void {
    if (error instanceof CollabError && error.code === 'goodbye') return
    message.value = { text: textOfError(error), kind: 'error', proxy }
  }

  function newId(): bigint {
    const shared = connection.mirror.state.newest(connection.me)
    counter = (shared > counter ? shared : counter) + 1n
    return (connection.me << 32n) + counter
  }

  function command(kind: CommandKind, label = '', set = 0n): Promise<bigint> {
    if (proposing.on.value && whyNotNow.value) {
      if (kind.case === 'edit') {
        proposing.add(kind.value.operations ?? [], label)
        return Promise.resolve(connection.mirror.state.revision)
      }
      if (NOT_PROPOSED.has(kind.case ?? '')) {
        return Promise.reject(new CollabError('refused.invalid_command', `That can’t be part of a proposal. ${whyNotNow.value}`))
      }
    }
    return connection.command(kind, label, set)
  }

  /** Change the pipeline, whole or not at all. Rejects with why it was refused. */
  function edit(operations: Operation[], label: string, set = 0n): Promise<bigint> {
    return command({ case: 'edit', value: { operations } }, label, set)
  }

  /** A number for several edits that are one step to undo. */
  function newUndoSet(): bigint {
    undoSet += 1n
    return undoSet
  }

  /** Do something, and tell where it was refused; whether it worked. */
  async function attempt(doing: Promise<unknown>, proxy?: bigint): Promise<boolean> {
    try {
      await doing
      return true
    } catch (error) {
      tell(error, proxy)
      return false
    }
  }

  function drag(label: string, refused: (error: unknown) => void): Drag {
    return new Drag({ command }, label, newUndoSet(), refused)
  }

  async function ask(query: QueryKind) {
    return connection.ask(query).answer
  }

  /** Look so that all that is visible is in sight: with the camera, or over all of a chart's axes. */
  async function resetCamera(view = activeView.value): Promise<void> {
    const type = view === undefined ? undefined : connection.mirror.state.proxy(view)?.type
    if (view === undefined || (type !== RENDER_VIEW && type !== CHART_VIEW)) return
    const aspect = looking.ownAspect(view) ?? 16 / 9
    const camera = toWire(looking.camera(view, aspect))
    const { head } = await ask({ case: 'fitCamera', value: { view, camera, aspect } })
    if (head?.values.length) looking.turn(view, head.values)
    else if (head?.camera) looking.look(view, fromWire(head.camera))
  }

  async function lookAlong({ from, up }: Side, view = activeView.value): Promise<void> {
    if (view === undefined || connection.mirror.state.proxy(view)?.type !== RENDER_VIEW) return
    looking.look(view, lookingFrom(looking.camera(view, looking.ownAspect(view) ?? 16 / 9), from, up))
    await resetCamera(view)
  }

  function follow(participant: bigint | 'master' | 'nobody'): Promise<bigint> {
    const target: MessageInitShape<typeof FollowTargetSchema> =
      participant === 'master'
        ? { kind: FollowTarget_Kind.MASTER }
        : participant === 'nobody'
          ? { kind: FollowTarget_Kind.NOBODY }
          : { kind: FollowTarget_Kind.PARTICIPANT, participant }
    return command({ case: 'follow', value: { target } })
  }

  const making = startMaking({
    state: () => connection.mirror.state,
    derived,
    types: () => types.value,
    activeView: () => activeView.value,
    source: () => activePort.value,
    isProposing: () => proposing.on.value,
    newId,
    newUndoSet,
    edit,
    ask,
    choose: (proxy) => (chosen.value = proxy),
    showIn: (type, source) => arranging.showIn(type, source),
    resetCamera,
  })

  connection.open()

  return {
    // what is there
    standing: readonly(standing),
    joinedOnce: readonly(joinedOnce),
    latencyMs: readonly(latencyMs),
    silent: readonly(silent),
    message,
    stateTick: readonly(stateTick),
    sceneTick: readonly(sceneTick),
    presenceTick: readonly(presenceTick),
    factsTick: readonly(factsTick),
    touched: touched.by,
    state,
    presence,
    derived,
    me,
    types,
    views,
    activeView,
    activate,
    arranging,
    master,
    whyNot,
    whyNotNow,
    whyNotLead,
    whyNotPropose,
    whyPast,
    lookingBack,
    canAsk,
    following,
    people,
    progress,
    past,
    proposing,
    placing,
    chosen,
    active,
    activePort,
    activeRepresentation,
    hiddenWidgets,
    widgetsOf,
    looking,
    connection,
    hear: (listener: (event?: Event) => void) => {
      heard.add(listener)
      return () => {
        heard.delete(listener)
      }
    },
    // what one can do
    tell,
    newId,
    command,
    edit,
    attempt,
    drag,
    ask,
    ...making,
    resetCamera,
    lookAlong,
    follow,
  }
}
