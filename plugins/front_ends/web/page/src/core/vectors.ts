/** Vectors in space. */

export type Vector = readonly [number, number, number]

export const plus = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
export const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
export const times = (a: Vector, k: number): Vector => [a[0] * k, a[1] * k, a[2] * k]
export const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
export const length = (a: Vector) => Math.hypot(...a)
/** Of length 1; nothing stays nothing. */
export const unit = (a: Vector): Vector => times(a, 1 / (length(a) || 1))
export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

export const radians = (angle: number) => (angle * Math.PI) / 180
export const degrees = (angle: number) => (angle * 180) / Math.PI

/** About an axis of length 1, by an angle in radians. */
export function rotated(vector: Vector, axis: Vector, angle: number): Vector {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return plus(
    plus(times(vector, cos), times(cross(axis, vector), sin)),
    times(axis, dot(axis, vector) * (1 - cos)),
  )
}
