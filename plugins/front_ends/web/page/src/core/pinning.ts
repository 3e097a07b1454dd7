/** Where places of the world are in a picture. */

import type { Camera, Vector } from './cameras'

export interface Spot {
  /** Parts of the picture, from the left and from below. */
  readonly x: number
  readonly y: number
  /** How far before the eye, along the line of sight. */
  readonly depth: number
}

/** Where `place` is seen; undefined: it is behind the eye.
 * aspect: width / height of the picture. */
export function seenAt(camera: Camera, aspect: number, place: Vector): Spot | undefined {
  const sight = unit(minus(camera.focalPoint, camera.position))
  const right = unit(cross(sight, camera.viewUp))
  const up = cross(right, sight)
  const from = minus(place, camera.position)
  const depth = dot(from, sight)
  const half = camera.parallelProjection
    ? camera.parallelScale
    : depth * Math.tan((camera.viewAngle * Math.PI) / 360)
  if (!(half > 0)) return undefined // without a parallel projection: it is behind the eye
  const [x, y] = [dot(from, right) / (half * aspect), dot(from, up) / half]
  return { x: (x + 1) / 2, y: (y + 1) / 2, depth }
}

const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
function unit(a: Vector): Vector {
  const length = Math.hypot(...a) || 1
  return [a[0] / length, a[1] / length, a[2] / length]
}
