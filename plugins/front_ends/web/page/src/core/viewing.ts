/** Views by kind: what each can show, and the operations that make one, fill it and take it away.
 * Types are ParaView's. */

import { arrange, assign, close, layoutsOf, type Lying, lyingIn, type Place, split, viewsIn, type Way } from './layout'
import { make, type NewId, type Operation, type Port, remove, set, show } from './showing'
import type { State } from './state'
import { leader } from './following'
import { SESSION, type Presence } from './presence'
import { elements, named, proxies } from './values'

export interface Kind {
  readonly type: string
  /** What people call it. */
  readonly name: string
  readonly about: string
}

export const RENDER_VIEW = 'RenderView'
export const CHART_VIEW = 'XYChartView'
export const SPREADSHEET_VIEW = 'SpreadSheetView'

export const KINDS: readonly Kind[] = [
  { type: RENDER_VIEW, name: '3D view', about: 'a picture, in three dimensions or two' },
  { type: CHART_VIEW, name: 'Line chart', about: 'arrays over a line or an axis' },
  { type: SPREADSHEET_VIEW, name: 'Spreadsheet', about: 'every number, row by row' },
]

/** Filters whose data one wants to see as a chart, as ParaView hints. */
const CHARTED = new Set(['PlotOverLine'])

export const isCharted = (type: string): boolean => CHARTED.has(type)

export function kindOf(state: State, view: bigint): Kind | undefined {
  const type = state.proxy(view)?.type
  return KINDS.find((kind) => kind.type === type)
}

/** Why data of this VTK class can't be seen in a view; '': it can. */
export function whyNotIn(state: State, view: bigint, dataType: string | undefined): string {
  const type = state.proxy(view)?.type
  if (type === RENDER_VIEW && dataType === 'vtkTable') return 'A table has no shape: charts and spreadsheets show it'
  if (type === CHART_VIEW && dataType && /Block|Partition|Collection|AMR/.test(dataType)) {
    return 'A chart shows one block: extract it first'
  }
  return ''
}

/** The view that `me` works in: the master's while I follow the master; else my own choice, or the
 * first. Undefined: there is none. */
export function activeView(state: State, presence: Presence, me: bigint): bigint | undefined {
  const whose = leader(state, me)
  const values = presence.own(whose === state.master ? whose : me, SESSION)
  const [chosen] = elements(values.get('ActiveView'))
  return typeof chosen === 'bigint' && state.proxy(chosen) ? chosen : state.views()[0]
}

export const chosenView = (view: bigint) => named('ActiveView', proxies(view))

/** A new view of a type, at a place of the layout, with data in it that can be seen there. */
export function openView(
  state: State,
  lying: Lying,
  place: Place,
  type: string,
  source: Port | undefined,
  newId: NewId,
): { view: bigint; operations: Operation[] } {
  const view = newId()
  const operations = [make(view, 'views', type, [])]
  operations.push(...arrange(state, { ...lying, tree: assign(lying.tree, place, view) }, newId))
  if (source) operations.push(...show(state, source, view, true, newId, type))
  return { view, operations }
}

/** The same beside what is at a place already. */
export function openBeside(
  state: State,
  lying: Lying,
  place: Place,
  way: Way,
  type: string,
  source: Port | undefined,
  newId: NewId,
): { view: bigint; operations: Operation[] } {
  return openView(state, { ...lying, tree: split(lying.tree, place, way) }, [...place, 1], type, source, newId)
}

/** What takes a view out of the session, with its representations, and gives its room away. */
export function closeView(state: State, lying: Lying, place: Place, view: bigint | undefined, newId: NewId): Operation[] {
  const operations = arrange(state, { ...lying, tree: close(lying.tree, place) }, newId)
  return view === undefined ? operations : [...operations, ...viewDeletion(state, view)]
}

/** A view of another type at the place of one that goes. */
export function convertView(
  state: State,
  lying: Lying,
  place: Place,
  old: bigint,
  type: string,
  source: Port | undefined,
  newId: NewId,
): { view: bigint; operations: Operation[] } {
  const { view, operations } = openView(state, lying, place, type, source, newId)
  return { view, operations: [...operations, ...viewDeletion(state, old)] }
}

/** What takes a layout out of the session, with the views that lie in it. */
export function closeLayout(state: State, layout: bigint): Operation[] {
  const views = viewsIn(lyingIn(state, layout).tree)
  return [remove(layout), ...views.flatMap((view) => viewDeletion(state, view))]
}

/** Views that lie in no layout. */
export function viewsNowhere(state: State): bigint[] {
  const layouts = layoutsOf(state)
  const seen = new Set((layouts.length ? layouts : [undefined]).flatMap((one) => viewsIn(lyingIn(state, one).tree)))
  return state.views().filter((view) => !seen.has(view))
}

function viewDeletion(state: State, view: bigint): Operation[] {
  const shown = state.references(view, 'Representations')
  const elsewhere = new Set(
    state.views().flatMap((other) => (other === view ? [] : state.references(other, 'Representations'))),
  )
  const own = [...new Set(shown)].filter((id) => !elsewhere.has(id) && state.proxy(id))
  return [set(view, named('Representations', proxies())), remove(view), ...own.map(remove)]
}
