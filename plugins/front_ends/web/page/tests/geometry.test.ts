import { describe, expect, it } from 'vitest'

import { coloursOf, gridOf, surfaceOf } from '@/core/geometry'
import { contentsOf, sceneOf, sizeOf } from '@/core/scene'
import { unpacked } from '@/core/tensors'

import { content, named, packed, sceneBytes, SURFACE, TABLE } from './contents'

const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ a: { dtype, shape, data_offsets: offsets } })
const FOUR = new Uint8Array(4)

describe('a content of arrays', () => {
  it('is read in place', () => {
    const bytes = packed({ points: [[1, 3], Float32Array.of(1, 2, 3)], ids: [[2], Uint32Array.of(7, 8)] })
    const found = unpacked(bytes)
    expect(found.get('points')).toEqual({ shape: [1, 3], values: Float32Array.of(1, 2, 3) })
    expect(found.get('ids')!.values.buffer).toBe(bytes.buffer)
  })

  it('is read wherever it begins', () => {
    const bytes = packed({ points: [[1, 3], Float32Array.of(1, 2, 3)] })
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(unpacked(shifted.subarray(1)).get('points')!.values).toEqual(Float32Array.of(1, 2, 3))
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['what is cut off', packed({ a: [[2], Float32Array.of(1, 2)] }).subarray(0, -1)],
    ['a huge head', new Uint8Array(64).fill(0xff)],
    ['a head that is no JSON', content('{')],
    ['a head that is no text', content('"\xff'.slice(0, 1))],
    ['a list', content([])],
    ['an array that is none', content({ a: 1 })],
    ['an unknown type', content(entry('F16', [2], [0, 4]), FOUR)],
    ['a type of every object', content(entry('constructor', [4], [0, 4]), FOUR)],
    ['no shape', content(entry('U8', [], [0, 4]), FOUR)],
    ['a huge shape', content(entry('U8', [2 ** 31, 2 ** 31, 2 ** 31], [0, 4]), FOUR)],
    ['a shape below nothing', content(entry('U8', [-2, -2], [0, 4]), FOUR)],
    ['a shape in parts', content(entry('U8', [0.5], [0, 4]), FOUR)],
    ['what is larger than its place', content(entry('U8', [5], [0, 4]), FOUR)],
    ['a place beyond the end', content(entry('U8', [5], [0, 5]), FOUR)],
    ['a place before the beginning', content(entry('U8', [4], [-4, 0]), FOUR)],
    ['a place with one end', content(entry('U8', [4], [4]), FOUR)],
  ])('is not %s', (_, bytes) => {
    expect(() => unpacked(bytes)).toThrow('no geometry')
  })
})

const POINTS: [number[], Float32Array] = [[3, 3], new Float32Array(9)]

describe('a surface', () => {
  it('has cells with as many corners each, or each with its own', () => {
    const found = surfaceOf(
      packed({ points: POINTS, polys: [[1, 3], Uint32Array.of(0, 1, 2)], lines: [[5], Uint32Array.of(1, 0, 2, 1, 2)] }),
    )
    expect(found.cells.polys).toEqual(Uint32Array.of(3, 0, 1, 2))
    expect(found.cells.lines).toEqual(Uint32Array.of(1, 0, 2, 1, 2))
    expect([found.pointCount, found.cellCount]).toEqual([3, 3])
  })

  it.each([
    ['no points', packed({ polys: [[1, 3], Uint32Array.of(0, 1, 2)] })],
    ['points in a plane', packed({ points: [[3, 2], new Float32Array(6)] })],
    ['points that are whole', packed({ points: [[1, 3], new Uint32Array(3)] })],
    ['other normals', packed({ points: POINTS, normals: [[1, 3], new Float32Array(3)] })],
    ['a corner that is no point', packed({ points: POINTS, polys: [[1, 3], Uint32Array.of(0, 1, 3)] })],
    ['another such corner', packed({ points: POINTS, lines: [[3], Uint32Array.of(2, 0, 3)] })],
    ['a cell that is cut off', packed({ points: POINTS, lines: [[3], Uint32Array.of(3, 0, 1)] })],
    ['a cell that is endless', packed({ points: POINTS, lines: [[3], Uint32Array.of(0xffffffff, 0, 1)] })],
    ['corners that are no numbers of points', packed({ points: POINTS, polys: [[1, 3], new Float32Array(3)] })],
  ])('can not have %s', (_, bytes) => {
    expect(() => surfaceOf(bytes)).toThrow('no geometry')
  })

  it('has one number, or four bytes, for each point', () => {
    expect(coloursOf(packed({ scalars: [[2], Float32Array.of(1, 2)] }), 2)).toMatchObject({ kind: 'numbers' })
    expect(coloursOf(packed({ colours: [[2, 4], new Uint8Array(8)] }), 2)).toMatchObject({ kind: 'colours' })
    for (const wrong of [
      packed({ scalars: [[2], Float32Array.of(1, 2)] }),
      packed({ scalars: [[3], new Uint32Array(3)] }),
      packed({ colours: [[2, 4], new Uint8Array(8)] }),
      packed({ colours: [[4, 3], new Uint8Array(12)] }),
      packed({}),
    ]) {
      expect(() => coloursOf(wrong, 3)).toThrow('one colour for each')
    }
  })
})

describe('a grid', () => {
  const grid = (dimensions: number[], spacing = [1, 1, 1], count = 8) =>
    packed({
      dimensions: [[3], Uint32Array.from(dimensions)],
      spacing: [[3], Float64Array.from(spacing)],
      origin: [[3], new Float64Array(3)],
      direction: [[3, 3], new Float64Array(9)],
      scalars: [[count], new Float32Array(count)],
    })

  it('has a number for each of its points', () => {
    expect(gridOf(grid([2, 2, 2])).dimensions).toEqual([2, 2, 2])
    expect(() => gridOf(grid([2, 2, 3]))).toThrow('one number for each')
    expect(() => gridOf(grid([0, 2, 2], [1, 1, 1], 0))).toThrow('one number for each')
    expect(() => gridOf(grid([2, 2, 2], [1, 0, 1]))).toThrow('apart')
    expect(() => gridOf(grid([2, 2, 2], [1, NaN, 1]))).toThrow('spacing')
  })
})

describe('a scene', () => {
  it('names its contents once, and how large they are', () => {
    const scalars = named(2, 2)
    const scene = sceneOf(sceneBytes({ surfaces: [SURFACE, { ...SURFACE, scalars, table: TABLE }] }))
    expect(sizeOf(contentsOf(scene).values())).toBe(42)
  })

  it.each([
    ['garbage', Uint8Array.of(0xff)],
    ['no background', sceneBytes({ background: [] })],
    ['a background that is no number', sceneBytes({ background: [0, NaN, 0] })],
    ['a surface of nothing', sceneBytes({ surfaces: [{ look: SURFACE.look }] })],
    ['a surface that looks like nothing', sceneBytes({ surfaces: [{ geometry: SURFACE.geometry }] })],
    ['a content without a name', sceneBytes({ surfaces: [{ ...SURFACE, geometry: { sizeBytes: 1n } }] })],
    ['a content that is huge', sceneBytes({ surfaces: [{ ...SURFACE, geometry: named(1, 2 ** 40) }] })],
    ['half a colour', sceneBytes({ surfaces: [{ ...SURFACE, table: { ...TABLE, rgba: new Uint8Array(6) } }] })],
    ['no colours', sceneBytes({ surfaces: [{ ...SURFACE, table: { ...TABLE, rgba: new Uint8Array() } }] })],
    ['colours backwards', sceneBytes({ surfaces: [{ ...SURFACE, table: { ...TABLE, low: 2 } }] })],
    ['an endless range', sceneBytes({ surfaces: [{ ...SURFACE, table: { ...TABLE, high: Infinity } }] })],
    ['half a place', sceneBytes({ surfaces: [{ ...SURFACE, matrix: [1, 2, 3] }] })],
    ['a light from nowhere', sceneBytes({ lights: [{ direction: [1], colour: [1, 1, 1] }] })],
    ['lights without number', sceneBytes({ lights: Array(17).fill({ direction: [0, 0, 1], colour: [1, 1, 1] }) })],
    ['a legend of nothing', sceneBytes({ bars: [{ position: [0, 0] }] })],
    ['a volume without steps', sceneBytes({ volumes: [{ image: named(1, 1), table: TABLE, unitDistance: 1 }] })],
  ])('is not %s', (_, bytes) => {
    expect(() => sceneOf(bytes)).toThrow('no scene')
  })
})
