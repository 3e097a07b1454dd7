/** Colour maps: the presets, and the points of a map spread over a range. */

/** As (red, green, blue), at equal distances from the low end to the high one. */
export interface Preset {
  readonly name: string
  /** ParaView's ColorSpace in which colours between the points are found. */
  readonly space: number
  readonly colours: readonly (readonly [number, number, number])[]
}

const RGB = 0
const LAB = 2
const DIVERGING = 3

/** Viridis and its like are by the makers of matplotlib (CC0), Turbo is by A. Mikhailov (Apache-2.0),
 * Cool to Warm is by K. Moreland. */
export const PRESETS: readonly Preset[] = [
  { name: 'Cool to Warm', space: DIVERGING, colours: [[0.231, 0.298, 0.753], [0.865, 0.865, 0.865], [0.706, 0.016, 0.149]] },
  { name: 'Viridis', space: LAB, colours: [[0.267, 0.005, 0.329], [0.279, 0.175, 0.483], [0.23, 0.322, 0.546], [0.173, 0.449, 0.558], [0.128, 0.567, 0.551], [0.158, 0.684, 0.502], [0.369, 0.789, 0.383], [0.678, 0.864, 0.19], [0.993, 0.906, 0.144]] },
  { name: 'Plasma', space: LAB, colours: [[0.05, 0.03, 0.528], [0.3, 0.01, 0.632], [0.495, 0.012, 0.658], [0.665, 0.139, 0.586], [0.798, 0.28, 0.47], [0.902, 0.425, 0.36], [0.973, 0.586, 0.252], [0.993, 0.772, 0.155], [0.94, 0.975, 0.131]] },
  { name: 'Inferno', space: LAB, colours: [[0.001, 0, 0.014], [0.129, 0.047, 0.291], [0.342, 0.062, 0.429], [0.541, 0.135, 0.415], [0.736, 0.216, 0.33], [0.894, 0.353, 0.194], [0.978, 0.558, 0.035], [0.975, 0.798, 0.206], [0.988, 0.998, 0.645]] },
  { name: 'Cividis', space: LAB, colours: [[0, 0.135, 0.305], [0.103, 0.22, 0.436], [0.264, 0.308, 0.423], [0.381, 0.395, 0.436], [0.489, 0.485, 0.471], [0.609, 0.58, 0.464], [0.736, 0.681, 0.424], [0.871, 0.79, 0.343], [0.996, 0.909, 0.218]] },
  { name: 'Turbo', space: RGB, colours: [[0.19, 0.072, 0.232], [0.263, 0.306, 0.73], [0.274, 0.521, 0.979], [0.158, 0.736, 0.923], [0.103, 0.896, 0.715], [0.335, 0.982, 0.463], [0.644, 0.99, 0.234], [0.85, 0.893, 0.211], [0.98, 0.73, 0.222], [0.984, 0.493, 0.128], [0.893, 0.27, 0.04], [0.727, 0.119, 0.007], [0.48, 0.016, 0.011]] },
  { name: 'Greys', space: RGB, colours: [[0, 0, 0], [1, 1, 1]] },
]

/** RGBPoints: value, red, green, blue, again and again. */
export type Points = readonly number[]

export function pointsOf({ colours }: Preset, [low, high]: readonly [number, number]): number[] {
  const last = Math.max(1, colours.length - 1)
  return colours.flatMap((rgb, index) => [low + (index / last) * (high - low), ...rgb])
}

/** From the first value to the last, which are the same for data of one value; undefined where there
 * are no two. */
export function rangeOf(points: Points): [number, number] | undefined {
  const [first, last] = [points[0], points.at(-4)]
  if (first === undefined || last === undefined || points.length < 8) return undefined
  return first <= last ? [first, last] : undefined
}

/** Which part of the range each point is at; in a range of one value, at equal distances. */
function placesOf(points: Points): number[] {
  const [first, last] = rangeOf(points) ?? [0, 1]
  const values = points.filter((_, index) => index % 4 === 0)
  return values.map((value, index) => (first < last ? (value - first) / (last - first) : index / (values.length - 1)))
}

/** The same colours over another range: each keeps its place in it. */
export function spread(points: Points, [low, high]: readonly [number, number]): number[] {
  if (!rangeOf(points)) return pointsOf(PRESETS[0]!, [low, high])
  const places = placesOf(points)
  return points.map((number, index) => (index % 4 ? number : low + places[index / 4]! * (high - low)))
}

/** The colours the other way round. */
export function inverted(points: Points): number[] {
  const range = rangeOf(points)
  if (!range) return [...points]
  const found: number[][] = []
  for (let at = 0; at < points.length; at += 4) {
    found.unshift([range[0] + range[1] - points[at]!, ...points.slice(at + 1, at + 4)])
  }
  return found.flat()
}

/** A picture of the map, for CSS. */
export function gradient(points: Points): string {
  if (!rangeOf(points)) return 'none'
  const stops = placesOf(points).map((place, index) => {
    const rgb = points.slice(4 * index + 1, 4 * index + 4)
    return `rgb(${rgb.map((part) => Math.round(part * 255)).join(' ')}) ${(100 * place).toFixed(2)}%`
  })
  return `linear-gradient(to right, ${stops.join(', ')})`
}

/** The preset that a map's colours are of. */
export function presetOf(points: Points): Preset | undefined {
  const colours = points.filter((_, index) => index % 4)
  return PRESETS.find((preset) => {
    const wanted = preset.colours.flat()
    return wanted.length === colours.length && wanted.every((part, i) => Math.abs(part - colours[i]!) < 0.002)
  })
}
