/** How a source comes into view, and how it is coloured: the operations that it takes. Groups, types
 * and properties are ParaView's. */

import type { MessageInitShape } from '@bufbuild/protobuf'

import type { NamedValue, OperationSchema } from '@/generated/collab_proto/v1/session_pb'
import type { ArrayInformation, DataInformation } from '@/generated/collab_proto/v1/wire_pb'

import { pointsOf, PRESETS, spread } from './colours'
import type { State } from './state'
import { booleans, doubles, inputs, isOn, named, numbers, proxies, strings } from './values'

export type Operation = MessageInitShape<typeof OperationSchema>
export type NewId = () => bigint
export interface Port {
  readonly proxy: bigint
  readonly port: number
}

export const set = (proxy: bigint, ...values: NamedValue[]): Operation => ({
  kind: { case: 'set', value: { proxy, values } },
})

export const remove = (proxy: bigint): Operation => ({ kind: { case: 'delete', value: { proxy } } })

export const register = (proxy: bigint, name: string): Operation => ({
  kind: { case: 'register', value: { proxy, name } },
})

export function make(
  proxy: bigint,
  group: string,
  type: string,
  values: NamedValue[],
  name?: string,
): Operation {
  const value = { proxy, group, type, values, ...(name === undefined ? {} : { name }) }
  return { kind: { case: 'create', value } }
}

/** What gives `owner` a part of this type; the one that it had before goes by itself. */
export function makePart(
  owner: bigint,
  property: string,
  part: { proxy: bigint; group: string; type: string; values: NamedValue[] },
): Operation[] {
  return [
    { kind: { case: 'create', value: { ...part, owner } } },
    set(owner, named(property, proxies(part.proxy))),
  ]
}

const connect = (proxy: bigint, property: string, element: bigint): Operation => ({
  kind: { case: 'connect', value: { proxy, property, element } },
})
const disconnect = (proxy: bigint, property: string, element: bigint): Operation => ({
  kind: { case: 'disconnect', value: { proxy, property, element } },
})

// -- looking around in the state -------------------------------------------------------------

/** The output port that a proxy takes its data from first. */
export function inputOf(state: State, proxy: bigint): Port | undefined {
  const value = state.value(proxy, 'Input')
  const [source] = value?.proxies ?? []
  return source === undefined ? undefined : { proxy: source, port: value?.ports[0] ?? 0 }
}

/** What shows data in views that draw no geometry. */
const SHOWN_BY: Record<string, string> = {
  XYChartView: 'XYChartRepresentation',
  SpreadSheetView: 'SpreadSheetRepresentation',
}
/** A view of this type shows one thing at a time. */
const ONE_AT_A_TIME = 'SpreadSheetView'

const representationType = (viewType: string | undefined): string =>
  SHOWN_BY[viewType ?? ''] ?? 'GeometryRepresentation'

/** The representation of an output port in a view. */
export function representationOf(state: State, source: Port, view: bigint): bigint | undefined {
  const type = representationType(state.proxy(view)?.type)
  return state.references(view, 'Representations').find((id) => {
    if (state.proxy(id)?.type !== type) return false
    const input = inputOf(state, id)
    return input?.proxy === source.proxy && input.port === source.port
  })
}

export function isVisible(state: State, source: Port, view: bigint): boolean {
  const found = representationOf(state, source, view)
  return found !== undefined && isOn(state.value(found, 'Visibility'))
}

/** Whether a proxy is one that data comes out of: what is in the pipeline. */
export function hasData(state: State, id: bigint): boolean {
  const group = state.proxy(id)?.group
  return (group === 'sources' || group === 'filters') && state.definition(id)?.outputPorts !== 0
}

/** Every proxy that takes data from this one. */
export function usersOf(state: State, source: bigint): bigint[] {
  return state.proxies().flatMap(([id, row]) =>
    row.group !== 'representations' && state.references(id, 'Input').includes(source) ? [id] : [],
  )
}

// -- operations ------------------------------------------------------------------------------

/** What makes `source` visible in `view`, or invisible there. viewType: of a view that is about to be
 * made. */
export function show(
  state: State,
  source: Port,
  view: bigint,
  visible: boolean,
  newId: NewId,
  viewType = state.proxy(view)?.type,
): Operation[] {
  const found = representationOf(state, source, view)
  const on = named('Visibility', booleans(visible))
  const others = visible && viewType === ONE_AT_A_TIME ? hideOthers(state, found, view) : []
  if (found !== undefined) return [...others, set(found, on)]
  if (!visible) return []
  const id = newId()
  return [
    ...others,
    make(id, 'representations', representationType(viewType), [named('Input', inputs(source)), on]),
    connect(view, 'Representations', id),
  ]
}

function hideOthers(state: State, but: bigint | undefined, view: bigint): Operation[] {
  const shown = state.references(view, 'Representations').filter((id) => id !== but && isOn(state.value(id, 'Visibility')))
  return shown.map((id) => set(id, named('Visibility', booleans(false))))
}

/** The output ports that are visible in a view. */
export function shownIn(state: State, view: bigint): { representation: bigint; source: Port }[] {
  return state.references(view, 'Representations').flatMap((id) => {
    const source = isOn(state.value(id, 'Visibility')) ? inputOf(state, id) : undefined
    return source ? [{ representation: id, source }] : []
  })
}

/** What deletes a source together with what shows it. */
export function deletion(state: State, source: bigint): Operation[] {
  const operations: Operation[] = []
  for (const [id, row] of state.proxies()) {
    if (row.group !== 'representations' || !state.references(id, 'Input').includes(source)) continue
    for (const view of state.views()) {
      if (state.references(view, 'Representations').includes(id)) {
        operations.push(disconnect(view, 'Representations', id))
      }
    }
    operations.push(...cuesOf(state, id).map(remove), remove(id))
  }
  return [...operations, ...cuesOf(state, source).map(remove), remove(source)]
}

/** What changes values of a proxy, or of its parts, with time. */
function cuesOf(state: State, proxy: bigint): bigint[] {
  const whole = (id: bigint) => id === proxy || state.proxy(id)?.owner === proxy
  return state.proxies().flatMap(([id, { type }]) =>
    type === 'KeyFrameAnimationCue' && state.references(id, 'AnimatedProxy').some(whole) ? [id] : [],
  )
}

/** The range to colour over: of the only component, or of the magnitude; of one value, that value. */
export function arrayRange(array: ArrayInformation): [number, number] {
  const [low, high] = [array.minimum.at(-1), array.maximum.at(-1)]
  return low === undefined || high === undefined ? [0, 1] : [low, high]
}

/** The array that colours a representation: its association and name; undefined: none does. */
export function colouring(state: State, representation: bigint): [string, string] | undefined {
  const [association = '', name = ''] = state.value(representation, 'ColorArrayName')?.strings ?? []
  return name ? [association, name] : undefined
}

/** Colour by an array through its lookup table, made over its range if there is none yet; by no
 * array: in one colour. Arrays of one name share a table, as in ParaView. */
export function colourBy(
  state: State,
  representation: bigint,
  array: ArrayInformation | undefined,
  newId: NewId,
): Operation[] {
  if (!array) return [set(representation, named('ColorArrayName', strings('POINTS', '')))]
  const operations: Operation[] = []
  const range = arrayRange(array)
  let table = state.named('lookup_tables', array.name)
  if (table === undefined) {
    table = newId()
    const points = named('RGBPoints', doubles(...pointsOf(PRESETS[0]!, range)))
    operations.push(make(table, 'lookup_tables', 'PVLookupTable', [points], array.name))
  }
  let opacity = state.named('piecewise_functions', array.name)
  if (opacity === undefined) {
    opacity = newId()
    const points = named('Points', doubles(range[0], 0, 0.5, 0, range[1], 1, 0.5, 0))
    operations.push(make(opacity, 'piecewise_functions', 'PiecewiseFunction', [points], array.name))
  }
  operations.push(
    set(
      representation,
      named('ColorArrayName', strings(array.association, array.name)),
      named('LookupTable', proxies(table)),
      named('ScalarOpacityFunction', proxies(opacity)),
    ),
  )
  return operations
}

/** Spread a colour map over a range: its points keep their places in it. */
export function rescale(state: State, table: bigint, range: readonly [number, number]): Operation[] {
  const points = numbers(state.value(table, 'RGBPoints'))
  return [set(table, named('RGBPoints', doubles(...spread(points, range))))]
}

/** The scalar bar of a colour map in a view. */
export function scalarBarOf(state: State, table: bigint, view: bigint): bigint | undefined {
  return state
    .references(view, 'Representations')
    .find(
      (id) =>
        state.proxy(id)?.type === 'ScalarBarWidgetRepresentation' &&
        state.references(id, 'LookupTable')[0] === table,
    )
}

/** Show or hide the scalar bar of what a representation is coloured by. */
export function scalarBar(
  state: State,
  representation: bigint,
  view: bigint,
  visible: boolean,
  newId: NewId,
): Operation[] {
  const [table] = state.references(representation, 'LookupTable')
  if (table === undefined) return []
  const found = scalarBarOf(state, table, view)
  const on = named('Visibility', booleans(visible))
  if (found !== undefined) return [set(found, on)]
  if (!visible) return []
  const id = newId()
  const title = named('Title', strings(colouring(state, representation)?.[1] ?? ''))
  const values = [named('LookupTable', proxies(table)), title, on]
  return [
    make(id, 'representations', 'ScalarBarWidgetRepresentation', values),
    connect(view, 'Representations', id),
  ]
}

/** The first point array with numbers: what newly read data is coloured by. */
export function firstArray(information: DataInformation): ArrayInformation | undefined {
  return information.arrays.find(
    ({ association, maximum }) => association === 'POINTS' && maximum.length > 0,
  )
}
