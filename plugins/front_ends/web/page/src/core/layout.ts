/** How views lie beside one another: a rectangle that is divided in two, and each part again. It is
 * the session's, in a proxy of ParaView's type; without one there is an arrangement all the same. */

import type { NamedValue } from '@/generated/collab_proto/v1/session_pb'

import { make, type NewId, type Operation, set } from './showing'
import type { State } from './state'
import { doubles, named, numbers, proxies } from './values'

/** Side by side, or one above the other. */
export type Way = 'horizontal' | 'vertical'

export interface Cell {
  readonly kind: 'cell'
  /** What it shows; undefined: nothing yet. */
  readonly view: bigint | undefined
}
export interface Split {
  readonly kind: 'split'
  readonly way: Way
  /** Of the first part: the left or the upper one. */
  readonly fraction: number
  readonly first: Tree
  readonly second: Tree
}
export type Tree = Cell | Split

/** Where in a tree: the first or the second part, again and again. */
export type Place = readonly (0 | 1)[]

/** Parts of the whole. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}
export interface Placed {
  readonly place: Place
  readonly box: Box
  readonly view: bigint | undefined
}
export interface Divider {
  readonly place: Place
  readonly way: Way
  /** Of both parts together. */
  readonly box: Box
  readonly fraction: number
}

export const LAYOUT = { group: 'misc', type: 'ViewLayout' } as const

/** More than one can look at. */
export const MOST_CELLS = 32
/** More than one can look through. */
export const MOST_LAYOUTS = 16

/** A part is never narrower than this share of both. */
export const NARROWEST = 0.08

const WHOLE: Box = { left: 0, top: 0, width: 1, height: 1 }
const NUMBER_OF: Record<Way, number> = { vertical: 1, horizontal: 2 }

export const cell = (view?: bigint): Cell => ({ kind: 'cell', view })

// -- reading -------------------------------------------------------------------------------------

/** Every cell, from the left and the top on, and where it is. */
export function cells(tree: Tree, box: Box = WHOLE, place: Place = []): Placed[] {
  if (tree.kind === 'cell') return [{ place, box, view: tree.view }]
  const [first, second] = parts(tree, box)
  return [...cells(tree.first, first, [...place, 0]), ...cells(tree.second, second, [...place, 1])]
}

/** What lies between the parts of every split. */
export function dividers(tree: Tree, box: Box = WHOLE, place: Place = []): Divider[] {
  if (tree.kind === 'cell') return []
  const [first, second] = parts(tree, box)
  return [
    { place, way: tree.way, box, fraction: tree.fraction },
    ...dividers(tree.first, first, [...place, 0]),
    ...dividers(tree.second, second, [...place, 1]),
  ]
}

function parts({ way, fraction }: Split, { left, top, width, height }: Box): [Box, Box] {
  if (way === 'horizontal') {
    const own = width * fraction
    return [
      { left, top, width: own, height },
      { left: left + own, top, width: width - own, height },
    ]
  }
  const own = height * fraction
  return [
    { left, top, width, height: own },
    { left, top: top + own, width, height: height - own },
  ]
}

export const viewsIn = (tree: Tree): bigint[] =>
  cells(tree).flatMap(({ view }) => (view === undefined ? [] : [view]))

export const placeOf = (tree: Tree, view: bigint): Place | undefined =>
  cells(tree).find((one) => one.view === view)?.place

// -- in a window ---------------------------------------------------------------------------------

/** A view that is smaller shows nothing that one could work with, in pixels. */
export const LEAST = { width: 240, height: 150 } as const

export interface Room {
  readonly width: number
  readonly height: number
}

/** The tree as it is seen where there is this room: parts are as wide as they have to be, and what has
 * no room side by side is one above the other (or the other way round). Places stay as they are. */
export function inRoom(tree: Tree, room: Room): Tree {
  if (tree.kind === 'cell') return tree
  const ways: readonly Way[] = tree.way === 'horizontal' ? ['horizontal', 'vertical'] : ['vertical', 'horizontal']
  const way = ways.find((one) => isRoomFor(tree, one, room)) ?? tree.way
  const along = way === 'horizontal' ? 'width' : 'height'
  const [first, second] = [leastOf(tree.first, along), leastOf(tree.second, along)]
  const scale = Math.max(room[along], first + second)
  const fraction = Math.min(1 - second / scale, Math.max(first / scale, tree.fraction))
  const part = (share: number): Room => ({ ...room, [along]: room[along] * share })
  return { kind: 'split', way, fraction, first: inRoom(tree.first, part(fraction)), second: inRoom(tree.second, part(1 - fraction)) }
}

/** The room that a tree needs as it stands. */
export function needs(tree: Tree): Room {
  if (tree.kind === 'cell') return LEAST
  const [first, second] = [needs(tree.first), needs(tree.second)]
  const both = (along: keyof Room, share: number) => Math.max(first[along] / share, second[along] / (1 - share))
  return tree.way === 'horizontal'
    ? { width: both('width', tree.fraction), height: Math.max(first.height, second.height) }
    : { width: Math.max(first.width, second.width), height: both('height', tree.fraction) }
}

function isRoomFor(tree: Split, way: Way, room: Room): boolean {
  const [along, across] = way === 'horizontal' ? (['width', 'height'] as const) : (['height', 'width'] as const)
  const parts = [tree.first, tree.second]
  return (
    parts.reduce((sum, part) => sum + leastOf(part, along), 0) <= room[along] &&
    parts.every((part) => leastOf(part, across) <= room[across])
  )
}

/** The least that a tree can take along a side, however its parts are turned. */
const leastOf = (tree: Tree, along: keyof Room): number =>
  tree.kind === 'cell' ? LEAST[along] : Math.max(leastOf(tree.first, along), leastOf(tree.second, along))

// -- changing: each of these is a new tree -------------------------------------------------------

function changed(tree: Tree, place: Place, change: (part: Tree) => Tree): Tree {
  const [way, ...rest] = place
  if (way === undefined) return change(tree)
  if (tree.kind === 'cell') return tree
  return way === 0
    ? { ...tree, first: changed(tree.first, rest, change) }
    : { ...tree, second: changed(tree.second, rest, change) }
}

/** Make room: what is at `place` keeps the first part, and `view` gets the second. */
export function split(tree: Tree, place: Place, way: Way, view?: bigint): Tree {
  return changed(tree, place, (first) => ({ kind: 'split', way, fraction: 0.5, first, second: cell(view) }))
}

/** Take a cell away: what lies beside it gets its room. The last cell is left, and empty. */
export function close(tree: Tree, place: Place): Tree {
  const last = place.at(-1)
  if (last === undefined) return tree.kind === 'cell' ? cell() : tree
  return changed(tree, place.slice(0, -1), (parent) => {
    if (parent.kind === 'cell') return parent
    return last === 0 ? parent.second : parent.first
  })
}

export function resize(tree: Tree, place: Place, fraction: number): Tree {
  const kept = Math.min(1 - NARROWEST, Math.max(NARROWEST, fraction))
  return changed(tree, place, (part) => (part.kind === 'split' ? { ...part, fraction: kept } : part))
}

/** Let a cell show `view`, which is nowhere else then; undefined: nothing. */
export function assign(tree: Tree, place: Place, view: bigint | undefined): Tree {
  const elsewhere = view === undefined ? undefined : placeOf(tree, view)
  const freed = elsewhere ? changed(tree, elsewhere, () => cell()) : tree
  return changed(freed, place, (part) => (part.kind === 'cell' ? cell(view) : part))
}

/** What one cell shows in the place of what another does. */
export function swap(tree: Tree, one: Place, other: Place): Tree {
  const at = (place: Place) => cells(tree).find((c) => samePlace(c.place, place))
  const [here, there] = [at(one), at(other)]
  if (!here || !there) return tree
  return changed(changed(tree, one, () => cell(there.view)), other, () => cell(here.view))
}

export const samePlace = (a: Place, b: Place): boolean => a.join() === b.join()

// -- as values -----------------------------------------------------------------------------------

export function layoutValues(tree: Tree): NamedValue[] {
  const views: bigint[] = []
  const rows: number[] = []
  const walk = (part: Tree) => {
    if (part.kind === 'cell') {
      if (part.view !== undefined) views.push(part.view)
      rows.push(0, 0.5, part.view === undefined ? 0 : views.length)
      return
    }
    rows.push(NUMBER_OF[part.way], part.fraction, 0)
    walk(part.first)
    walk(part.second)
  }
  walk(tree)
  return [named('Views', proxies(...views)), named('Layout', doubles(...rows))]
}

/** The tree that such values stand for, whoever has set them and to whatever: what makes no sense is
 * an empty cell. */
export function treeOf(views: readonly bigint[], rows: readonly number[]): Tree {
  const shown = new Set<bigint>()
  let [row, room] = [0, MOST_CELLS]
  const read = (): Tree => {
    const [direction = 0, fraction = 0.5, number = 0] = rows.slice(3 * row, 3 * row + 3)
    row += 1
    const way = direction === 2 ? 'horizontal' : direction === 1 ? 'vertical' : undefined
    if (way && room > 1) {
      room -= 1
      const kept = fraction > 0 && fraction < 1 ? fraction : 0.5
      return { kind: 'split', way, fraction: kept, first: read(), second: read() }
    }
    const view = views[number - 1]
    if (view === undefined || shown.has(view)) return cell()
    shown.add(view)
    return cell(view)
  }
  return read()
}

/** One of the session's layouts, and how views lie in it. */
export interface Lying {
  /** The proxy that says so; undefined: nobody has said it yet. */
  readonly layout: bigint | undefined
  readonly tree: Tree
}

/** The proxies that say how views lie, the oldest first. */
export function layoutsOf(state: State): bigint[] {
  const rows = state.proxies().filter(([, row]) => row.group === LAYOUT.group && row.type === LAYOUT.type)
  return rows.map(([id]) => id)
}

/** How views lie in a layout; without one all of them, in rows and columns. */
export function lyingIn(state: State, layout: bigint | undefined): Lying {
  if (layout === undefined) return { layout, tree: balanced(state.views().slice(0, MOST_CELLS)) }
  return { layout, tree: treeOf(state.references(layout, 'Views'), numbers(state.value(layout, 'Layout'))) }
}

function balanced(views: readonly bigint[], way: Way = 'horizontal'): Tree {
  if (views.length < 2) return cell(views[0])
  const half = Math.ceil(views.length / 2)
  const across = way === 'horizontal' ? 'vertical' : 'horizontal'
  const [first, second] = [balanced(views.slice(0, half), across), balanced(views.slice(half), across)]
  return { kind: 'split', way, fraction: half / views.length, first, second }
}

/** What lets views lie so in a layout. */
export function arrange(state: State, { layout, tree }: Lying, newId: NewId): Operation[] {
  const values = layoutValues(tree)
  return layout === undefined ? [makeLayout(state, values, newId())] : [set(layout, ...values)]
}

/** What makes another layout, with one empty cell. The views that there are get one of their own
 * first, if nobody has said yet how they lie. */
export function addLayout(state: State, newId: NewId): { layout: bigint; operations: Operation[] } {
  const first = layoutsOf(state).length ? [] : arrange(state, lyingIn(state, undefined), newId)
  const layout = newId()
  return { layout, operations: [...first, makeLayout(state, layoutValues(cell()), layout, first.length)] }
}

/** taken: by as many as are about to be made. */
function makeLayout(state: State, values: NamedValue[], layout: bigint, taken = 0): Operation {
  let number = 1 + taken
  while (state.named(LAYOUT.group, `Layout #${number}`) !== undefined) number += 1
  return make(layout, LAYOUT.group, LAYOUT.type, values, `Layout #${number}`)
}
