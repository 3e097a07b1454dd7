/** How one looks: cameras as own values of a view and back, for flat data, and for windows of
 * another shape; and how the mouse turns them. Property names are ParaView's. */

import { create } from '@bufbuild/protobuf'

import type { NamedValue } from '@/generated/collab_proto/v1/session_pb'
import { type Camera as WireCamera, CameraSchema } from '@/generated/collab_proto/v1/wire_pb'

import type { State } from './state'
import { booleans, doubles, isOn, named, numbers, type Value } from './values'
import { cross, degrees, dot, length, minus, plus, radians, rotated, times, unit, type Vector } from './vectors'

export type { Vector }

export interface Camera {
  readonly position: Vector
  readonly focalPoint: Vector
  readonly viewUp: Vector
  /** Degrees from the picture's lower to its upper edge. */
  readonly viewAngle: number
  readonly parallelScale: number
  readonly parallelProjection: boolean
}

/** VTK's own, which is also what values that are missing stand for. */
export const STANDARD: Camera = {
  position: [0, 0, 1],
  focalPoint: [0, 0, 0],
  viewUp: [0, 1, 0],
  viewAngle: 30,
  parallelScale: 1,
  parallelProjection: false,
}

/** The InteractionMode of a view in which nobody turns the camera. */
const INTERACTION_2D = 1

export function valuesOf(camera: Camera): NamedValue[] {
  return [
    named('CameraPosition', doubles(...camera.position)),
    named('CameraFocalPoint', doubles(...camera.focalPoint)),
    named('CameraViewUp', doubles(...camera.viewUp)),
    named('CameraViewAngle', doubles(camera.viewAngle)),
    named('CameraParallelScale', doubles(camera.parallelScale)),
    named('CameraParallelProjection', booleans(camera.parallelProjection)),
  ]
}

/** The camera that own values of a view describe; what they lack is the standard's. */
export function cameraOf(value: (name: string) => Value | undefined): Camera {
  const vector = (name: string, otherwise: Vector): Vector => {
    const [x, y, z] = numbers(value(name))
    return x === undefined || y === undefined || z === undefined ? otherwise : [x, y, z]
  }
  const number = (name: string, otherwise: number) => numbers(value(name))[0] ?? otherwise
  return {
    position: vector('CameraPosition', STANDARD.position),
    focalPoint: vector('CameraFocalPoint', STANDARD.focalPoint),
    viewUp: vector('CameraViewUp', STANDARD.viewUp),
    viewAngle: number('CameraViewAngle', STANDARD.viewAngle),
    parallelScale: number('CameraParallelScale', STANDARD.parallelScale),
    parallelProjection: isOn(value('CameraParallelProjection')),
  }
}

export function toWire(camera: Camera): WireCamera {
  return create(CameraSchema, {
    ...camera,
    position: [...camera.position],
    focalPoint: [...camera.focalPoint],
    viewUp: [...camera.viewUp],
  })
}

export function fromWire(camera: WireCamera): Camera {
  const vector = ([x = 0, y = 0, z = 0]: readonly number[]): Vector => [x, y, z]
  return {
    position: vector(camera.position),
    focalPoint: vector(camera.focalPoint),
    viewUp: vector(camera.viewUp),
    viewAngle: camera.viewAngle,
    parallelScale: camera.parallelScale,
    parallelProjection: camera.parallelProjection,
  }
}

export function isFlat(state: State, view: bigint): boolean {
  return numbers(state.value(view, 'InteractionMode'))[0] === INTERACTION_2D
}

/** `camera` for a window of another shape (width / height) than that of whoever turned it: in a
 * narrower one it sees more above and below, so that nothing is cut off at the sides. */
export function fitted(camera: Camera, leaderAspect: number, ownAspect: number): Camera {
  const wider = leaderAspect / ownAspect
  if (wider <= 1) return camera
  const half = radians(camera.viewAngle) / 2
  return {
    ...camera,
    viewAngle: 2 * degrees(Math.atan(Math.tan(half) * wider)),
    parallelScale: camera.parallelScale * wider,
  }
}

/** `camera` as it looks in 2D: in a parallel projection along the nearest axis, not rolled. What is
 * in focus stays there, and as large. */
export function flattened(camera: Camera): Camera {
  const away = minus(camera.position, camera.focalPoint)
  const distance = length(away) || 1
  const along = largest(away, 2, [0, 1, 2])
  const upwards = largest(
    camera.viewUp,
    along === 1 ? 2 : 1,
    [0, 1, 2].filter((axis) => axis !== along),
  )
  const sign = (number: number) => (number < 0 ? -1 : 1)
  const on = (axis: number, at: number, number: number) => (axis === at ? number : 0)
  const toEye = [0, 1, 2].map((axis) => on(axis, along, sign(away[along]!) * distance))
  const up = [0, 1, 2].map((axis) => on(axis, upwards, sign(camera.viewUp[upwards]!)))
  return {
    ...camera,
    position: plus(camera.focalPoint, toEye as unknown as Vector),
    viewUp: up as unknown as Vector,
    parallelScale: camera.parallelProjection
      ? camera.parallelScale
      : distance * Math.tan(radians(camera.viewAngle) / 2),
    parallelProjection: true,
  }
}

/** The axis that a vector goes along most; `usual` where none is longer. */
function largest(vector: Vector, usual: number, axes: readonly number[]): number {
  const better = (a: number, b: number) => {
    const [first, second] = [Math.abs(vector[a]!), Math.abs(vector[b]!)]
    return first > second || (first === second && a === usual) ? a : b
  }
  return axes.reduce((best, axis) => better(axis, best))
}

// -- the mouse -------------------------------------------------------------------------------

/** Turn about the focal point, as ParaView's trackball does: across the whole window is once round.
 * dx, dy: to the right and upwards, in parts of the window. */
export function turned(camera: Camera, dx: number, dy: number): Camera {
  const up = unit(camera.viewUp)
  const back = unit(minus(camera.position, camera.focalPoint))
  const right = unit(cross(up, back))
  const around = (vector: Vector) => rotated(rotated(vector, up, -dx * 2 * Math.PI), right, dy * 2 * Math.PI)
  const position = plus(camera.focalPoint, around(minus(camera.position, camera.focalPoint)))
  return { ...camera, position, viewUp: upright(around(up), minus(position, camera.focalPoint)) }
}

/** Roll about the line of sight. angle: in radians, to the left. */
export function rolled(camera: Camera, angle: number): Camera {
  const sight = unit(minus(camera.position, camera.focalPoint))
  return { ...camera, viewUp: rotated(camera.viewUp, sight, angle) }
}

/** Move sideways, so that what is in focus goes with the mouse. dx, dy: to the right and upwards, in
 * parts of the window's height. */
export function panned(camera: Camera, dx: number, dy: number): Camera {
  const back = unit(minus(camera.position, camera.focalPoint))
  const right = unit(cross(camera.viewUp, back))
  const up = cross(back, right)
  const height = heightAtFocus(camera)
  const move = plus(times(right, -dx * height), times(up, -dy * height))
  return {
    ...camera,
    position: plus(camera.position, move),
    focalPoint: plus(camera.focalPoint, move),
  }
}

/** Come nearer: everything in focus gets `factor` times as large. */
export function zoomed(camera: Camera, factor: number): Camera {
  if (!(factor > 0) || !Number.isFinite(factor)) return camera
  if (camera.parallelProjection) {
    return { ...camera, parallelScale: camera.parallelScale / factor }
  }
  const away = minus(camera.position, camera.focalPoint)
  return { ...camera, position: plus(camera.focalPoint, times(away, 1 / factor)) }
}

/** Look from another side at what is in focus. from: where the eye is, seen from there. */
export function lookingFrom(camera: Camera, from: Vector, viewUp: Vector): Camera {
  const distance = length(minus(camera.position, camera.focalPoint))
  return { ...camera, position: plus(camera.focalPoint, times(unit(from), distance)), viewUp }
}

/** How much of the world is seen from the lower to the upper edge, where one looks to. */
function heightAtFocus(camera: Camera): number {
  if (camera.parallelProjection) return 2 * camera.parallelScale
  const distance = length(minus(camera.position, camera.focalPoint))
  return 2 * distance * Math.tan(radians(camera.viewAngle) / 2)
}

// -- vectors ---------------------------------------------------------------------------------

/** `up` without what of it goes along the line of sight. */
function upright(up: Vector, sight: Vector): Vector {
  const along = unit(sight)
  return unit(minus(up, times(along, dot(up, along))))
}
