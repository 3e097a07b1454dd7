/** Tools in the view, by ParaView's names: what is drawn of them, what of them one takes hold of, and
 * what that makes of their values. Pure: numbers in, numbers out. */

import { bounded, tidy } from '@/core/stepping'
import { cross, dot, length, minus, plus, radians, rotated, times, unit, type Vector } from '@/core/vectors'

import type { Sight } from './sight'

/** What a tool sets, by function ("Origin", "Normal"...). */
export type Settings = Readonly<Record<string, readonly number[]>>
/** Of the data: smallest and largest x, y and z. */
export type Bounds = readonly number[]

export interface Handle {
  readonly name: string
  /** What one does with it, in words. */
  readonly label: string
  readonly at: Vector
  /** It moves along this only, of length 1. */
  readonly axis?: Vector
  /** A line that can be taken hold of as well, as far as one sees it. */
  readonly grip?: readonly Vector[]
}

export interface Line {
  readonly places: readonly Vector[]
  readonly closed?: boolean
  readonly filled?: boolean
  /** With a head at its end. */
  readonly arrow?: boolean
}

export interface Tool {
  handles(settings: Settings, sight: Sight, bounds: Bounds): Handle[]
  lines(settings: Settings, sight: Sight, bounds: Bounds): Line[]
  /** The settings that are others after a handle has gone `way`. */
  moved(settings: Settings, handle: Handle, way: Vector, sight: Sight): Settings
}

const ARROW_PX = 84
const CIRCLE_SIDES = 64
const DEFAULT_BOUNDS: Bounds = [-0.5, 0.5, -0.5, 0.5, -0.5, 0.5]
/** How far the outline of a plane reaches beyond the data. */
const MARGIN = 0.03

/** The tool of a kind; undefined: it is not drawn here, and its values are set by numbers only. */
export function toolOf(kind: string): Tool | undefined {
  return Object.hasOwn(TOOLS, kind) ? TOOLS[kind] : undefined
}

const TOOLS: Readonly<Record<string, Tool>> = {
  InteractivePlane: {
    handles(settings, sight, bounds) {
      const { origin, normal, tip } = plane(settings, sight)
      const outline = cut(origin, normal, bounds, sight)
      return [
        { name: 'shift', label: 'Move the plane along its normal', at: middle(origin, tip), axis: normal, grip: [...outline, outline[0] ?? origin] },
        { name: 'normal', label: 'Turn the plane', at: tip },
        { name: 'origin', label: 'Move the origin', at: origin },
      ]
    },
    lines(settings, sight, bounds) {
      const { origin, normal, tip } = plane(settings, sight)
      return [
        { places: cut(origin, normal, bounds, sight), closed: true, filled: true },
        { places: [origin, plus(tip, times(minus(tip, origin), 0.2))], arrow: true },
      ]
    },
    moved(settings, { name, at }, way, sight) {
      const { origin } = plane(settings, sight)
      if (name === 'normal') return { Normal: unit(minus(plus(at, way), origin)).map((n) => tidy(n, 1e-3)) }
      return { Origin: tidied(plus(origin, way), sight) }
    },
  },

  InteractiveLine: {
    handles(settings) {
      const [first, second] = [vector(settings, 'Point1WorldPosition'), vector(settings, 'Point2WorldPosition')]
      return [
        { name: 'both', label: 'Move the line', at: middle(first, second), grip: [first, second] },
        { name: 'Point1WorldPosition', label: 'Move the first end', at: first },
        { name: 'Point2WorldPosition', label: 'Move the second end', at: second },
      ]
    },
    lines: (settings) => [
      { places: [vector(settings, 'Point1WorldPosition'), vector(settings, 'Point2WorldPosition')] },
    ],
    moved(settings, { name }, way, sight) {
      const ends = name === 'both' ? ['Point1WorldPosition', 'Point2WorldPosition'] : [name]
      return Object.fromEntries(ends.map((end) => [end, tidied(plus(vector(settings, end), way), sight)]))
    },
  },

  InteractiveHandle: {
    handles: (settings) => [{ name: 'WorldPosition', label: 'Move the point', at: vector(settings, 'WorldPosition') }],
    lines: () => [],
    moved: (settings, { name }, way, sight) => ({ [name]: tidied(plus(vector(settings, name), way), sight) }),
  },

  InteractiveSphere: {
    handles(settings, { right }) {
      const center = vector(settings, 'Center')
      const rim = plus(center, times(right, radius(settings)))
      return [
        { name: 'Center', label: 'Move the centre', at: center },
        { name: 'Radius', label: 'Change the radius', at: rim, axis: right },
      ]
    },
    lines(settings, sight) {
      return [{ places: circle(vector(settings, 'Center'), radius(settings), sight), closed: true, filled: true }]
    },
    moved(settings, { name, axis }, way, sight) {
      const center = vector(settings, 'Center')
      if (name === 'Center') return { Center: tidied(plus(center, way), sight) }
      const wider = radius(settings) + dot(way, axis ?? sight.right)
      return { Radius: [bounded(tidy(wider, sight.pixel(center)), { minimum: 0 })] }
    },
  },

  InteractiveBox: {
    handles(settings) {
      const { corner, edges, lengths } = box(settings)
      const center = edges.reduce((at, edge) => plus(at, times(edge, 0.5)), corner)
      const faces = edges.flatMap((edge, index) =>
        [1, -1].map((side): Handle => {
          const axis = times(lengths[index]! > 0 ? unit(edge) : turned(settings, index), side)
          const label = `Move the face towards ${side > 0 ? '+' : '−'}${'XYZ'[index]}`
          return { name: `${index}${side > 0 ? '+' : '-'}`, label, at: plus(center, times(edge, side / 2)), axis }
        }),
      )
      return [{ name: 'Position', label: 'Move the box', at: center }, ...faces]
    },
    lines(settings) {
      const { corner, edges } = box(settings)
      const at = (i: number, j: number, k: number) =>
        [i, j, k].reduce((place, n, index) => plus(place, times(edges[index]!, n)), corner)
      const ring = (k: number): Line => ({ places: [at(0, 0, k), at(1, 0, k), at(1, 1, k), at(0, 1, k)], closed: true })
      const uprights = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([i, j]): Line => ({ places: [at(i!, j!, 0), at(i!, j!, 1)] })) // prettier-ignore
      return [ring(0), ring(1), ...uprights]
    },
    moved(settings, { name, axis }, way, sight) {
      const { corner, lengths } = box(settings)
      if (name === 'Position' || !axis) return { Position: tidied(plus(corner, way), sight) }
      const [index, outwards] = [Number(name[0]), dot(way, axis)]
      const pixel = sight.pixel(corner)
      const grown = Math.max(tidy(lengths[index]! + outwards, pixel), pixel)
      const Scale = lengths.with(index, grown)
      if (name[1] === '+') return { Scale }
      return { Scale, Position: tidied(plus(corner, times(axis, grown - lengths[index]!)), sight) }
    },
  },
}

// -- what they are made of -------------------------------------------------------------------

function vector(settings: Settings, name: string): Vector {
  const [x = 0, y = 0, z = 0] = settings[name] ?? []
  return [x, y, z]
}

const radius = (settings: Settings) => Math.abs(settings['Radius']?.[0] ?? 0)
const middle = (a: Vector, b: Vector): Vector => times(plus(a, b), 0.5)

function tidied(place: Vector, sight: Sight): Vector {
  const pixel = sight.pixel(place)
  return place.map((number) => tidy(number, pixel)) as unknown as Vector
}

function plane(settings: Settings, sight: Sight): { origin: Vector; normal: Vector; tip: Vector } {
  const origin = vector(settings, 'Origin')
  const given = vector(settings, 'Normal')
  const normal = length(given) > 0 ? unit(given) : ([0, 0, 1] as const)
  return { origin, normal, tip: plus(origin, times(normal, ARROW_PX * sight.pixel(origin))) }
}

/** Two directions in a plane, at right angles to one another. */
function across(normal: Vector): [Vector, Vector] {
  const other: Vector = Math.abs(normal[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]
  const first = unit(cross(normal, other))
  return [first, cross(normal, first)]
}

/** What a plane cuts out of the bounds, as corners in order; a small square where it misses them. */
export function cut(origin: Vector, normal: Vector, given: Bounds, sight: Sight): Vector[] {
  const bounds = given.length === 6 ? given : DEFAULT_BOUNDS
  const size = Math.max(...[0, 1, 2].map((axis) => bounds[2 * axis + 1]! - bounds[2 * axis]!))
  const low = [0, 1, 2].map((axis) => bounds[2 * axis]! - MARGIN * size)
  const high = [0, 1, 2].map((axis) => bounds[2 * axis + 1]! + MARGIN * size)
  const corner = (number: number) =>
    [0, 1, 2].map((axis) => (number & (1 << axis) ? high[axis]! : low[axis]!)) as unknown as Vector
  const side = (place: Vector) => dot(minus(place, origin), normal)
  const found: Vector[] = []
  for (let number = 0; number < 8; number++) {
    for (const axis of [0, 1, 2]) {
      if (number & (1 << axis)) continue
      const [a, b] = [corner(number), corner(number | (1 << axis))]
      const [here, there] = [side(a), side(b)]
      if (here < 0 === there < 0) continue
      found.push(plus(a, times(minus(b, a), here / (here - there))))
    }
  }
  const [first, second] = across(normal)
  if (found.length < 3) {
    const half = 40 * sight.pixel(origin)
    return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([i, j]) => plus(origin, plus(times(first, i! * half), times(second, j! * half)))) // prettier-ignore
  }
  const center = times(found.reduce(plus), 1 / found.length)
  const angle = (place: Vector) => Math.atan2(dot(minus(place, center), second), dot(minus(place, center), first))
  return found.sort((a, b) => angle(a) - angle(b))
}

/** What is seen of a ball: its rim, as corners in order. */
function circle(center: Vector, size: number, { right, up }: Sight): Vector[] {
  return Array.from({ length: CIRCLE_SIDES }, (_, i) => {
    const angle = (i / CIRCLE_SIDES) * 2 * Math.PI
    return plus(center, plus(times(right, size * Math.cos(angle)), times(up, size * Math.sin(angle))))
  })
}

/** An axis of a box as it is turned: about y first, then x, then z, as the renderer does. */
function turned(settings: Settings, index: number): Vector {
  const [x, y, z] = vector(settings, 'Rotation').map(radians) as unknown as Vector
  const axis = [0, 1, 2].map((i) => (i === index ? 1 : 0)) as unknown as Vector
  return rotated(rotated(rotated(axis, [0, 1, 0], y), [1, 0, 0], x), [0, 0, 1], z)
}

function box(settings: Settings): { corner: Vector; edges: Vector[]; lengths: number[] } {
  const lengths = [...vector(settings, 'Scale')]
  const edges = lengths.map((size, index) => times(turned(settings, index), size))
  return { corner: vector(settings, 'Position'), edges, lengths }
}

// -- one step by the keyboard ----------------------------------------------------------------

/** The way that a handle goes by an arrow key: a hundredth of the data, or 5 degrees of a turn.
 * dx, dy: to the right and upwards. */
export function keyedWay(handle: Handle, dx: number, dy: number, scale: number, sight: Sight, bounds: Bounds): Vector {
  const known = bounds.length === 6 ? bounds : DEFAULT_BOUNDS
  const size = Math.hypot(...[0, 1, 2].map((axis) => known[2 * axis + 1]! - known[2 * axis]!))
  const turn = ARROW_PX * sight.pixel(handle.at) * Math.tan(radians(5))
  const step = scale * (handle.name === 'normal' ? turn : (size || 1) / 100)
  if (handle.axis) return times(handle.axis, (dx + dy) * step)
  return plus(times(sight.right, dx * step), times(sight.up, dy * step))
}

/** The way that a handle goes with the mouse: dx, dy pixels to the right and downwards. */
export function draggedWay({ at, axis }: Handle, dx: number, dy: number, sight: Sight): Vector {
  const way = sight.way(at, dx, dy)
  return axis ? times(axis, sight.along(axis, way)) : way
}
