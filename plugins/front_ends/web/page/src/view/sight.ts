/** Where in a window something is seen with a camera, and where the mouse is in the world. */

import type { Camera } from '@/core/cameras'
import { cross, dot, length, minus, plus, radians, times, unit, type Vector } from '@/core/vectors'

import type { Box } from './navigation'

/** In pixels from the upper left corner. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Nearer to the eye than this part of the way to what is in focus, nothing is drawn. */
const NEAR = 1e-3

export class Sight {
  readonly ahead: Vector
  readonly right: Vector
  readonly up: Vector
  readonly #tangent: number
  readonly #nearest: number

  constructor(
    readonly camera: Camera,
    readonly box: Box,
  ) {
    const sight = minus(camera.focalPoint, camera.position)
    this.ahead = unit(sight)
    this.right = unit(cross(this.ahead, camera.viewUp))
    this.up = cross(this.right, this.ahead)
    this.#tangent = Math.tan(radians(camera.viewAngle) / 2)
    this.#nearest = NEAR * length(sight)
  }

  #depth(place: Vector): number {
    return dot(minus(place, this.camera.position), this.ahead)
  }

  /** How long a pixel is at a place, in the world. */
  pixel(place: Vector): number {
    const { parallelProjection, parallelScale } = this.camera
    const half = parallelProjection ? parallelScale : Math.max(this.#depth(place), this.#nearest) * this.#tangent
    return (2 * half) / Math.max(1, this.box.height)
  }

  /** Where a place is seen; undefined: behind the eye. */
  point(place: Vector): Point | undefined {
    if (!this.camera.parallelProjection && this.#depth(place) < this.#nearest) return undefined
    const from = minus(place, this.camera.position)
    const pixel = this.pixel(place)
    return {
      x: this.box.width / 2 + dot(from, this.right) / pixel,
      y: this.box.height / 2 - dot(from, this.up) / pixel,
    }
  }

  /** The way through the world of what is at `place` and goes with the mouse: dx, dy pixels to the
   * right and downwards, as far away as before. */
  way(place: Vector, dx: number, dy: number): Vector {
    const pixel = this.pixel(place)
    return plus(times(this.right, dx * pixel), times(this.up, -dy * pixel))
  }

  /** How far something that only moves along `axis` (of length 1) goes, to stay next to what has gone
   * `way`. Along the line of sight nothing is seen to move: then upwards is forwards. */
  along(axis: Vector, way: Vector): number {
    const seen = minus(axis, times(this.ahead, dot(axis, this.ahead)))
    const size = dot(seen, seen)
    return size < 0.02 ? dot(way, this.up) : dot(way, seen) / size
  }
}
