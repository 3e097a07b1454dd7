import { describe, expect, it } from 'vitest'

import { type Camera, STANDARD } from '@/core/cameras'
import { dot, length, minus, type Vector } from '@/core/vectors'
import { Sight } from '@/view/sight'
import { cut, draggedWay, type Handle, keyedWay, type Settings, toolOf } from '@/view/widgets'

const BOX = { width: 800, height: 600 }
const BOUNDS = [-1, 1, -1, 1, -1, 1]
const CAMERAS: [string, Camera][] = [
  ['in perspective', { ...STANDARD, position: [3, 4, 12], focalPoint: [0.5, 0, 0] }],
  ['in parallel', { ...STANDARD, position: [0, 0, 9], parallelProjection: true, parallelScale: 2 }],
]

function sight(camera = CAMERAS[0]![1]): Sight {
  return new Sight(camera, BOX)
}

function handle(kind: string, name: string, settings: Settings, from = sight()): Handle {
  return toolOf(kind)!.handles(settings, from, BOUNDS).find((one) => one.name === name)!
}

function drag(kind: string, name: string, settings: Settings, dx: number, dy: number, from = sight()): Settings {
  const held = handle(kind, name, settings, from)
  return { ...settings, ...toolOf(kind)!.moved(settings, held, draggedWay(held, dx, dy, from), from) }
}

const place = (settings: Settings, name: string) => settings[name] as unknown as Vector

function expectNear(a: readonly number[], b: readonly number[], digits = 2): void {
  expect(a).toHaveLength(b.length)
  a.forEach((number, i) => {
    expect(number).toBeCloseTo(b[i]!, digits)
  })
}

describe.each(CAMERAS)('a place %s', (_, camera) => {
  it('is in the middle when one looks at it, and goes with the mouse', () => {
    const seen = sight(camera)
    expect(seen.point(camera.focalPoint)).toEqual({ x: 400, y: 300 })
    const from: Vector = [0.3, -0.2, 0.4]
    const way = seen.way(from, 30, -20)
    const [before, after] = [seen.point(from)!, seen.point(from.map((n, i) => n + way[i]!) as unknown as Vector)!]
    expect(after.x - before.x).toBeCloseTo(30, 6)
    expect(after.y - before.y).toBeCloseTo(-20, 6)
  })

  it('of the upper edge is as far from the middle as the camera says', () => {
    const seen = sight(camera)
    const pixel = seen.pixel(camera.focalPoint)
    const top = camera.focalPoint.map((n, i) => n + seen.up[i]! * pixel * 300) as unknown as Vector
    expect(seen.point(top)!.y).toBeCloseTo(0, 6)
  })

  it('keeps every handle under the mouse that drags it freely', () => {
    const settings = { Point1WorldPosition: [0, 0, 0], Point2WorldPosition: [1, 0.5, -0.5] }
    const seen = sight(camera)
    const after = drag('InteractiveLine', 'Point2WorldPosition', settings, 25, 40, seen)
    const [a, b] = [seen.point([1, 0.5, -0.5])!, seen.point(place(after, 'Point2WorldPosition'))!]
    expect(b.x - a.x).toBeCloseTo(25, 0)
    expect(b.y - a.y).toBeCloseTo(40, 0)
    expect(after['Point1WorldPosition']).toEqual([0, 0, 0])
  })
})

it('what is behind the eye is not seen', () => {
  expect(sight().point([3, 4, 20])).toBeUndefined()
})

describe('a plane', () => {
  const PLANE = { Origin: [0, 0, 0], Normal: [1, 0, 0] }

  it('goes along its normal only, as far as the mouse', () => {
    const seen = sight()
    const after = drag('InteractivePlane', 'shift', PLANE, 60, 13, seen)
    expect(place(after, 'Origin').slice(1)).toEqual([0, 0])
    expect(after['Normal']).toEqual([1, 0, 0])
    const moved = seen.point(place(after, 'Origin'))!.x - seen.point([0, 0, 0])!.x
    expect(Math.abs(moved - 60)).toBeLessThan(6)
  })

  it('stays under the mouse however its normal leans away', () => {
    const seen = sight(CAMERAS[1]![1])
    const leaning = { Origin: [0, 0, 0], Normal: [1, 0, 2] }
    const after = drag('InteractivePlane', 'shift', leaning, 60, 0, seen)
    expect(seen.point(place(after, 'Origin'))!.x - 400).toBeCloseTo(60, 0)
  })

  it('that one looks straight at goes forwards with the mouse going up', () => {
    const straight = sight({ ...STANDARD, position: [9, 0, 0], viewUp: [0, 0, 1] })
    const up = drag('InteractivePlane', 'shift', PLANE, 0, -50, straight)
    const down = drag('InteractivePlane', 'shift', PLANE, 0, 50, straight)
    expect(up['Origin']![0]).toBeGreaterThan(0.1)
    expect(down['Origin']![0]).toBeCloseTo(-up['Origin']![0]!, 6)
  })

  it('turns about its origin by the tip of its arrow, and its normal keeps the length 1', () => {
    const after = drag('InteractivePlane', 'normal', PLANE, 0, -200)
    expect(after['Origin']).toEqual([0, 0, 0])
    expect(after['Normal']![1]).toBeGreaterThan(0.5)
    expect(length(place(after, 'Normal'))).toBeCloseTo(1, 3)
  })

  it.each<[string, Vector, Vector, number]>([
    ['across', [0, 0, 0], [1, 0, 0], 4],
    ['a corner off', [0.9, 0.9, 0.9], [1, 1, 1], 3],
    ['all six sides', [0, 0, 0], [1, 1, 1], 6],
  ])('is outlined where it cuts the data: %s', (_, origin, normal, corners) => {
    const outline = cut(origin, normal, BOUNDS, sight())
    expect(outline).toHaveLength(corners)
    for (const corner of outline) {
      expect(dot(minus(corner, origin), normal)).toBeCloseTo(0, 9)
      for (const number of corner) expect(Math.abs(number)).toBeLessThan(1.1)
    }
  })

  it('beside the data, and without a normal, can still be taken hold of', () => {
    expect(cut([9, 0, 0], [1, 0, 0], BOUNDS, sight())).toHaveLength(4)
    const nothing = drag('InteractivePlane', 'shift', { Origin: [0, 0, 0], Normal: [0, 0, 0] }, 0, 10)
    expect(nothing['Origin']!.every(Number.isFinite)).toBe(true)
    expect(cut([0, 0, 0], [0, 0, 1], [], sight())).toHaveLength(4)
  })
})

describe('a ball', () => {
  it('has a radius that follows the mouse and is never below nothing', () => {
    const ball = { Center: [0, 0, 0], Radius: [0.5] }
    const seen = sight()
    const wider = drag('InteractiveSphere', 'Radius', ball, 40, 0, seen)['Radius']![0]!
    expect(wider).toBeCloseTo(0.5 + 40 * seen.pixel([0.5, 0, 0]), 1)
    expect(drag('InteractiveSphere', 'Radius', ball, -4000, 0)['Radius']).toEqual([0])
    expect(drag('InteractiveSphere', 'Center', ball, 10, 0)['Radius']).toEqual([0.5])
  })
})

describe('a box', () => {
  const CUBE = { Position: [0, 0, 0], Rotation: [0, 0, 0], Scale: [1, 2, 3] }

  it('has a handle on each face and one in the middle', () => {
    const handles = toolOf('InteractiveBox')!.handles(CUBE, sight(), BOUNDS)
    expect(handles.map(({ name }) => name)).toEqual(['Position', '0+', '0-', '1+', '1-', '2+', '2-'])
    expectNear(handles[0]!.at, [0.5, 1, 1.5])
    expectNear(handles[2]!.at, [0, 1, 1.5])
  })

  it('grows at the face that is dragged, and the opposite one stays', () => {
    const front = sight({ ...STANDARD, position: [0, 0, 20] })
    const right = drag('InteractiveBox', '0+', CUBE, 30, 0, front)
    expect(right['Position']).toEqual([0, 0, 0])
    expect(right['Scale']![0]).toBeGreaterThan(1.1)
    const left = drag('InteractiveBox', '0-', CUBE, -30, 0, front)
    expect(left['Position']![0]! + left['Scale']![0]!).toBeCloseTo(1, 1)
    expect(drag('InteractiveBox', '0+', CUBE, -4000, 0, front)['Scale']![0]).toBeGreaterThan(0)
  })

  it('is turned as the renderer turns it: about y, then x, then z', () => {
    const turned = { Position: [1, 0, 0], Rotation: [0, 0, 90], Scale: [2, 1, 1] }
    expectNear(handle('InteractiveBox', '0+', turned).at, [0.5, 2, 0.5])
    const both = { Position: [0, 0, 0], Rotation: [90, 90, 0], Scale: [2, 2, 2] }
    expectNear(handle('InteractiveBox', '0+', both).axis!, [0, 1, 0])
  })
})

it('a point goes with the mouse', () => {
  const after = drag('InteractiveHandle', 'WorldPosition', { WorldPosition: [0, 0, 0] }, 0, -10)
  expect(after['WorldPosition']![1]).toBeGreaterThan(0)
})

it('numbers that come of it have no more digits than pixels can tell apart', () => {
  const after = drag('InteractiveHandle', 'WorldPosition', { WorldPosition: [1 / 3, 0, 0] }, 7, 3)
  for (const number of after['WorldPosition']!) expect(String(number).length).toBeLessThan(9)
})

it('arrow keys go a hundredth of the data, and along the axis where there is one', () => {
  const seen = sight({ ...STANDARD, position: [0, 0, 9] })
  const size = Math.hypot(2, 2, 2)
  const free = handle('InteractiveHandle', 'WorldPosition', { WorldPosition: [0, 0, 0] }, seen)
  expectNear(keyedWay(free, 1, 0, 1, seen, BOUNDS), [size / 100, 0, 0], 9)
  expectNear(keyedWay(free, 0, 1, 10, seen, BOUNDS), [0, size / 10, 0], 9)
  const plane = handle('InteractivePlane', 'shift', { Origin: [0, 0, 0], Normal: [0, 0, 1] }, seen)
  expectNear(keyedWay(plane, 0, -1, 1, seen, BOUNDS), [0, 0, -size / 100], 9)
})

it('of a kind that is not drawn here there is no tool', () => {
  expect(toolOf('InteractiveTeapot')).toBeUndefined()
  expect(toolOf('constructor')).toBeUndefined()
})
