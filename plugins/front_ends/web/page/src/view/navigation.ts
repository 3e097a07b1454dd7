/** What the mouse, the wheel and fingers do to a camera: as in ParaView. */

import { type Camera, panned, rolled, turned, zoomed } from '@/core/cameras'

const WHEEL_STEP = 1.1
const DRAG_ZOOM = 1.5

export type Gesture = 'turn' | 'pan' | 'zoom' | 'roll'

/** What a mouse button does. flat: in 2D nobody turns. */
export function gestureOf(
  event: { button: number; shiftKey: boolean; ctrlKey: boolean; metaKey: boolean },
  flat: boolean,
): Gesture | undefined {
  if (event.button === 0) {
    if (event.ctrlKey || event.metaKey) return 'zoom'
    if (event.shiftKey) return flat ? 'zoom' : 'roll'
    return flat ? 'pan' : 'turn'
  }
  if (event.button === 1) return 'pan'
  if (event.button === 2) return 'zoom'
  return undefined
}

export interface Box {
  readonly width: number
  readonly height: number
}

/** The camera after the pointer moved by dx, dy pixels (downwards) in a window. */
export function dragged(camera: Camera, gesture: Gesture, dx: number, dy: number, box: Box): Camera {
  switch (gesture) {
    case 'turn':
      return turned(camera, dx / box.width, -dy / box.height)
    case 'pan':
      return panned(camera, dx / box.height, -dy / box.height)
    case 'zoom':
      return zoomed(camera, Math.exp((-dy / box.height) * DRAG_ZOOM * 2))
    case 'roll':
      return rolled(camera, (dx / box.width) * Math.PI)
  }
}

/** The camera after the wheel turned by deltaY pixels. */
export function wheeled(camera: Camera, deltaY: number): Camera {
  const notches = Math.max(-3, Math.min(3, deltaY / 100))
  return zoomed(camera, WHEEL_STEP ** -notches)
}

export interface Finger {
  readonly x: number
  readonly y: number
}

/** The camera after two fingers moved: apart is nearer, together sideways is sideways. */
export function pinched(
  camera: Camera,
  before: readonly [Finger, Finger],
  after: readonly [Finger, Finger],
  box: Box,
): Camera {
  const apart = ([a, b]: readonly [Finger, Finger]) => Math.hypot(a.x - b.x, a.y - b.y) || 1
  const middle = ([a, b]: readonly [Finger, Finger]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const [from, to] = [middle(before), middle(after)]
  const moved = panned(camera, (to.x - from.x) / box.height, -(to.y - from.y) / box.height)
  return zoomed(moved, apart(after) / apart(before))
}
