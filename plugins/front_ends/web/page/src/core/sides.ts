/** The six sides from which one looks along an axis. */

import type { Vector } from './cameras'

export interface Side {
  readonly label: string
  readonly keys: string
  /** Where the eye is, seen from what is in focus. */
  readonly from: Vector
  readonly up: Vector
}

/** ParaView's +X looks along +X: the eye is on the other side. */
export const SIDES: readonly Side[] = [
  { label: '+X', keys: 'X', from: [-1, 0, 0], up: [0, 0, 1] },
  { label: '−X', keys: 'Shift+X', from: [1, 0, 0], up: [0, 0, 1] },
  { label: '+Y', keys: 'Y', from: [0, -1, 0], up: [0, 0, 1] },
  { label: '−Y', keys: 'Shift+Y', from: [0, 1, 0], up: [0, 0, 1] },
  { label: '+Z', keys: 'Z', from: [0, 0, -1], up: [0, 1, 0] },
  { label: '−Z', keys: 'Shift+Z', from: [0, 0, 1], up: [0, 1, 0] },
]
