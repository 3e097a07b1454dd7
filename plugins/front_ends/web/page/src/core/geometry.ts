/** What contents hold, checked: an index that leads nowhere must not reach a graphics card. */

import { CollabError } from './failures'
import { type Numbers, type Tensor, unpacked } from './tensors'

/** In the order in which cells are numbered. */
export const KINDS = ['verts', 'lines', 'polys', 'strips'] as const
export type Kind = (typeof KINDS)[number]

export interface Surface {
  /** Three a point. */
  readonly points: Float32Array | Float64Array
  readonly normals: Float32Array | undefined
  /** Of each kind, every cell's number of corners and those. */
  readonly cells: Readonly<Record<Kind, Uint32Array>>
  readonly pointCount: number
  readonly cellCount: number
}

/** What colours a surface: one number each, or four bytes. */
export type Colours =
  | { readonly kind: 'numbers'; readonly values: Float32Array | Float64Array }
  | { readonly kind: 'colours'; readonly values: Uint8Array }

export interface Grid {
  readonly dimensions: readonly [number, number, number]
  readonly spacing: readonly number[]
  readonly origin: readonly number[]
  /** Three rows. */
  readonly direction: readonly number[]
  readonly values: Numbers
}

type Content = Uint8Array<ArrayBuffer>

/** Throws for a content that is no surface. */
export function surfaceOf(content: Content): Surface {
  const found = unpacked(content)
  const points = vectors(found, 'points')
  if (!points) throw wrong('it has no points')
  const pointCount = points.length / 3
  const normals = vectors(found, 'normals')
  if (normals && normals.length !== points.length) throw wrong('its normals are not those of its points')
  let cellCount = 0
  const cells: Record<Kind, Uint32Array> = { verts: NONE, lines: NONE, polys: NONE, strips: NONE }
  for (const kind of KINDS) {
    const tensor = found.get(kind)
    if (!tensor) continue
    const { ids, count } = counted(tensor, pointCount)
    cells[kind] = ids
    cellCount += count
  }
  return { points, normals: normals && Float32Array.from(normals), cells, pointCount, cellCount }
}

/** Throws for a content that does not colour so many points or cells. */
export function coloursOf(content: Content, count: number): Colours {
  const found = unpacked(content)
  const numbers = found.get('scalars')
  const colours = found.get('colours')
  if (numbers && isFloat(numbers.values) && numbers.shape.length === 1 && numbers.values.length === count) {
    return { kind: 'numbers', values: numbers.values }
  }
  if (colours?.values instanceof Uint8Array && colours.shape[1] === 4 && colours.values.length === 4 * count) {
    return { kind: 'colours', values: colours.values }
  }
  throw wrong('it has not one colour for each')
}

/** Throws for a content that is no regular grid. */
export function gridOf(content: Content): Grid {
  const found = unpacked(content)
  const [x = 0, y = 0, z = 0] = numbersOf(found, 'dimensions', 3)
  const [spacing, origin] = [numbersOf(found, 'spacing', 3), numbersOf(found, 'origin', 3)]
  const direction = numbersOf(found, 'direction', 9)
  const values = found.get('scalars')?.values
  if (!values || x * y * z !== values.length || !values.length) throw wrong('it has not one number for each of its points')
  if (spacing.some((step) => !(step > 0))) throw wrong('its points are not apart')
  return { dimensions: [x, y, z], spacing, origin, direction, values }
}

// -- beneath ---------------------------------------------------------------------------------

const NONE = new Uint32Array()

const wrong = (reason: string) => new CollabError('protocol.remote', `that is no geometry: ${reason}`)

function isFloat(values: Numbers): values is Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
  return values instanceof Float32Array || values instanceof Float64Array
}

function vectors(found: Map<string, Tensor>, name: string): Float32Array | Float64Array | undefined {
  const tensor = found.get(name)
  if (!tensor) return undefined
  if (tensor.shape.length !== 2 || tensor.shape[1] !== 3 || !isFloat(tensor.values)) throw wrong(`its ${name} are none`)
  return tensor.values
}

function numbersOf(found: Map<string, Tensor>, name: string, count: number): number[] {
  const values = Array.from(found.get(name)?.values ?? [])
  if (values.length !== count || values.some((value) => !Number.isFinite(value))) throw wrong(`its ${name} are none`)
  return values
}

/** Cells as the number of corners and those, again and again; every corner is a point that there is. */
function counted({ shape, values }: Tensor, pointCount: number): { ids: Uint32Array; count: number } {
  if (!(values instanceof Uint32Array)) throw wrong('its cells are no numbers of points')
  const width = shape[1]
  if (shape.length === 2 && width) {
    const ids = new Uint32Array(values.length + shape[0]!)
    for (let from = 0, to = 0; from < values.length; to += width + 1) {
      ids[to] = width
      for (let corner = 1; corner <= width; corner++) ids[to + corner] = checked(values[from++]!, pointCount)
    }
    return { ids, count: shape[0]! }
  }
  if (shape.length !== 1) throw wrong('its cells have no shape')
  let count = 0
  for (let at = 0; at < values.length; count++) {
    const end = at + 1 + values[at]!
    if (end > values.length) throw wrong('its cells are cut off')
    for (at++; at < end; at++) checked(values[at]!, pointCount)
  }
  return { ids: values, count }
}

function checked(id: number, pointCount: number): number {
  if (id >= pointCount) throw wrong(`it has no point ${id}`)
  return id
}
