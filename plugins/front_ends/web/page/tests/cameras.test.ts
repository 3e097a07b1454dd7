import { describe, expect, it } from 'vitest'

import {
  type Camera,
  cameraOf,
  fitted,
  flattened,
  fromWire,
  panned,
  STANDARD,
  toWire,
  turned,
  valuesOf,
  zoomed,
} from '@/core/cameras'

const AWAY: Camera = { ...STANDARD, position: [0, 0, 10], viewAngle: 30 }

function near(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((number, index) => {
    expect(number).toBeCloseTo(expected[index]!, 10)
  })
}

describe('cameras', () => {
  it('are the same after a way through own values and through the wire', () => {
    const camera: Camera = { ...AWAY, focalPoint: [1, 2, 3], parallelProjection: true, parallelScale: 4 }
    const values = new Map(valuesOf(camera).map(({ property, value }) => [property, value]))
    expect(cameraOf((name) => values.get(name))).toEqual(camera)
    expect(fromWire(toWire(camera))).toEqual(camera)
  })

  it('never hold a negative zero', () => {
    const [position] = valuesOf({ ...AWAY, position: [-0, 0, 1] })
    expect(Object.is(position?.value?.doubles[0], 0)).toBe(true)
  })

  it('go once round when the mouse goes across the window', () => {
    let camera = AWAY
    for (let i = 0; i < 8; i++) camera = turned(camera, 1 / 8, 0)
    near(camera.position, AWAY.position)
    near(camera.viewUp, AWAY.viewUp)
  })

  it('turn so that what is in front goes with the mouse', () => {
    // To the right: the eye goes to the left.
    expect(turned(AWAY, 0.1, 0).position[0]).toBeLessThan(0)
    // Upwards: the eye goes down.
    expect(turned(AWAY, 0, 0.1).position[1]).toBeLessThan(0)
  })

  it('keep their distance and an upright of length 1 while they turn', () => {
    let camera = AWAY
    for (let i = 0; i < 50; i++) camera = turned(camera, 0.031, 0.017)
    expect(Math.hypot(...camera.position)).toBeCloseTo(10, 8)
    expect(Math.hypot(...camera.viewUp)).toBeCloseTo(1, 8)
  })

  it('pan by as much of the world as the mouse goes over', () => {
    const height = 2 * 10 * Math.tan((15 * Math.PI) / 180)
    near(panned(AWAY, 0.5, 0).focalPoint, [-height / 2, 0, 0])
    near(panned(AWAY, 0, 0.25).focalPoint, [0, -height / 4, 0])
  })

  it('zoom by coming nearer, or by seeing less in a parallel projection', () => {
    near(zoomed(AWAY, 2).position, [0, 0, 5])
    expect(zoomed({ ...AWAY, parallelProjection: true }, 2).parallelScale).toBe(0.5)
    expect(zoomed(AWAY, 0)).toBe(AWAY)
  })

  it('see more above and below in a narrower window, so that the sides are not cut off', () => {
    const narrow = fitted({ ...AWAY, parallelScale: 1 }, 2, 1)
    expect(narrow.parallelScale).toBe(2)
    const half = (angle: number) => Math.tan((angle * Math.PI) / 360)
    expect(half(narrow.viewAngle)).toBeCloseTo(2 * half(30), 10)
    expect(fitted(AWAY, 1, 2)).toBe(AWAY)
  })

  it('look along the nearest axis in 2D, as large', () => {
    const flat = flattened({ ...AWAY, position: [1, 2, 9], viewUp: [0.2, 0.9, 0] })
    near(flat.viewUp, [0, 1, 0])
    near(flat.position, [0, 0, Math.hypot(1, 2, 9)])
    expect(flat.parallelProjection).toBe(true)
    expect(flat.parallelScale).toBeCloseTo(Math.hypot(1, 2, 9) * Math.tan((15 * Math.PI) / 180), 10)
  })
})
