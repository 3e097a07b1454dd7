/** The session as the page's parts see it: what is there, reactive, and what one can do. */

import { computed, readonly, ref, shallowReactive, shallowRef } from 'vue'

import type { MessageInitShape } from '@bufbuild/protobuf'

import { fromBinary } from '@bufbuild/protobuf'

import { startArranging } from '@/arranging'
import { Connection, type CommandKind, type Credentials, type QueryKind, type Socket, type Standing } from '@/core/connection'
import { fromWire, lookingFrom, toWire } from '@/core/cameras'
import { advised } from '@/core/defaults'
import { Drag } from '@/core/drag'
import { CollabError, textOfError } from '@/core/failures'
import { Looking } from '@/core/looking'
import { followed } from '@/core/following'
import { Past } from '@/core/past'
import { mayAsk, whyNotDirect, whyNotSteer } from '@/core/rights'
import { colourBy, firstArray, hasData, inputOf, make, makePart, type Operation, type Port, representationOf, scalarBar, show } from '@/core/showing'
import { SESSION } from '@/core/presence'
import type { Side } from '@/core/sides'
import { inputs, named, strings } from '@/core/values'
import { activeView as activeViewOf, CHART_VIEW, chosenView, isCharted, RENDER_VIEW } from '@/core/viewing'
import { type Event, type FollowTargetSchema, FollowTarget_Kind, Table } from '@/generated/collab_proto/v1/session_pb'
import { type PropertyDefinition, type ProxyDefinition, ProxyDefinitionSchema, Scope, type TypeName } from '@/generated/collab_proto/v1/values_pb'
import { type DataInformation, type FileList, FileListSchema, type TypeInfo } from '@/generated/collab_proto/v1/wire_pb'
import { startProposing } from '@/proposing'

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
  const touched = shallowReactive(new Map<string, bigint>())
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
          touch(`${ownerOf(proxy)}`, author, TOUCHED_MS)
          touch(`${proxy}/${property}`, author, TOUCHED_PROPERTY_MS)
        }
      } else if (kind.case === 'put') scene ||= SCENE.has(kind.value.table)
    }
    if (scene) sceneTick.value++
  }

  const fading = new Map<string, ReturnType<typeof setTimeout>>()
  function touch(key: string, author: bigint, forMs: number): void {
    touched.set(key, author)
    clearTimeout(fading.get(key))
    fading.set(
      key,
      setTimeout(() => {
        touched.delete(key)
        fading.delete(key)
      }, forMs),
    )
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
  const whyNotNow = computed(() => whyNotSteer(state(), me.value))
  /** Why nothing can be changed here, nor proposed to be. */
  const whyNot = computed(() => (proposing.on.value ? '' : whyNotNow.value))
  const whyNotLead = computed(() => whyNotDirect(state(), me.value))
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

  async function describe(group: string, type: string): Promise<ProxyDefinition> {
    const known = connection.mirror.state.definitionOf(group, type)
    if (known) return known
    const { data } = await ask({ case: 'describeType', value: { type: { group, type } } })
    return fromBinary(ProxyDefinitionSchema, data)
  }

  async function update(proxy: bigint): Promise<DataInformation | undefined> {
    const { head } = await ask({ case: 'updatePipeline', value: { proxy } })
    return head?.derived?.ports[0]
  }

  /** Make a source, or a filter of the active source, and show it: what it is made of steps back. */
  async function create(group: string, type: string, label: string): Promise<void> {
    const definition = await describe(group, type)
    const from = activePort.value
    const takesInput = definition.properties.some(({ name }) => name === 'Input')
    const values = takesInput && from ? [named('Input', inputs(from))] : []
    if (takesInput && from) values.push(...advised(definition, await update(from.proxy)))
    const id = newId()
    const operations = [make(id, group, type, values)]
    for (const property of takesInput ? definition.properties : []) {
      if (property.subProxy) operations.push(...(await part(id, property, property.subProxy, from)))
    }
    const step = newUndoSet()
    await edit(operations, `Create ${label}`, step)
    chosen.value = id
    await reveal(id, takesInput ? from : undefined, label, step)
  }

  /** What makes a part (a plane that clips, say) lie well in the data that its owner works on. */
  async function part(
    owner: bigint,
    property: PropertyDefinition,
    { group, type }: Pick<TypeName, 'group' | 'type'>,
    from: Port | undefined,
  ): Promise<Operation[]> {
    const values = advised(await describe(group, type), from && (await update(from.proxy)))
    return makePart(owner, property.name, { proxy: newId(), group, type, values })
  }

  /** Give a proxy a part of another type. */
  async function choosePart(owner: bigint, property: PropertyDefinition, type: TypeName): Promise<void> {
    const operations = await part(owner, property, type, inputOf(connection.mirror.state, owner))
    await edit(operations, `Set ${property.label || property.name} of ${connection.mirror.state.title(owner)}`)
  }

  /** Show what is new in the active view, coloured like what it was made of, which is hidden. */
  async function reveal(id: bigint, from: Port | undefined, label: string, step: bigint): Promise<void> {
    const view = activeView.value
    if (view === undefined) return
    const { state: now } = connection.mirror
    const isFirst = !now.references(view, 'Representations').length
    const operations = show(now, { proxy: id, port: 0 }, view, true, newId)
    const type = now.proxy(id)?.type ?? ''
    const chart = isCharted(type) && now.proxy(view)?.type !== CHART_VIEW ? arranging.showIn(CHART_VIEW, { proxy: id, port: 0 }) : undefined
    if (chart) operations.push(...chart.operations)
    // A line through data is seen in them, and beside them as a chart.
    else if (from) operations.push(...show(now, from, view, false, newId))
    await edit(operations, `Show ${label}`, step)
    // What is only proposed so far, nothing executes.
    if (proposing.on.value) return
    const information = await update(id)
    const representation = representationOf(now, { proxy: id, port: 0 }, view)
    if (!information || representation === undefined) return
    const before = from && representationOf(now, from, view)
    const wanted = before === undefined ? undefined : now.value(before, 'ColorArrayName')?.strings[1]
    const array = information.arrays.find((a) => a.name === wanted && a.maximum.length)
    if (array) await edit(colourBy(now, representation, array, newId), `Colour ${label} by ${array.name}`, step)
    if (isFirst) await resetCamera()
  }

  /** Read a file of the server's data directory, show it and colour it. */
  async function open(path: string): Promise<void> {
    const end = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
    const reader = types.value.find(({ fileExtensions }) => fileExtensions.includes(end))
    if (!reader) throw new CollabError('refused.invalid_value', `no reader takes files that end in .${end}`)
    const definition = await describe(reader.group, reader.type)
    const property = definition.properties.find(({ fileName }) => fileName)
    if (!property) throw new CollabError('refused.invalid_value', `${definition.label} reads no files`)
    const title = path.slice(path.lastIndexOf('/') + 1)
    const id = newId()
    const values = [named(property.name, strings(path))]
    const step = newUndoSet()
    await edit([make(id, reader.group, reader.type, values, freeName(reader.group, title))], `Open ${title}`, step)
    chosen.value = id
    await reveal(id, undefined, title, step)
    const view = activeView.value
    const information = derived(id)?.ports[0]
    const { state: now } = connection.mirror
    const array = information && firstArray(information)
    const representation = view === undefined ? undefined : representationOf(now, { proxy: id, port: 0 }, view)
    if (!array || representation === undefined || view === undefined) return
    if (!now.property(representation, 'ColorArrayName')) return // a chart, or a spreadsheet
    await edit(colourBy(now, representation, array, newId), `Colour ${title} by ${array.name}`, step)
    await edit(scalarBar(now, representation, view, true, newId), `Scalar bar of ${array.name}`, step)
    await resetCamera()
  }

  function freeName(group: string, wanted: string): string {
    const { state: now } = connection.mirror
    let name = wanted
    for (let number = 2; now.named(group, name) !== undefined; number++) name = `${wanted} (${number})`
    return name
  }

  async function files(path: string): Promise<FileList> {
    const { data } = await ask({ case: 'listFiles', value: { path } })
    return fromBinary(FileListSchema, data)
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
    touched,
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
    create,
    choosePart,
    open,
    files,
    update,
    resetCamera,
    lookAlong,
    follow,
  }
}
