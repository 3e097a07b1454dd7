import { describe, expect, it } from 'vitest'

import {
  assign,
  cell,
  cells,
  close,
  dividers,
  inRoom,
  layoutValues,
  LEAST,
  MOST_CELLS,
  NARROWEST,
  needs,
  type Place,
  placeOf,
  resize,
  split,
  swap,
  type Tree,
  treeOf,
  viewsIn,
  type Way,
} from '@/core/layout'
import { elements, numbers } from '@/core/values'

/** Numbers that are the same for the same seed. */
function chance(seed: number): () => number {
  let at = seed
  return () => {
    at = (at * 1664525 + 1013904223) % 2 ** 32
    return at / 2 ** 32
  }
}

const WAYS: Way[] = ['horizontal', 'vertical']

/** Whatever somebody may have made by splitting, closing, and so on. */
function anyTree(random: () => number): Tree {
  let tree: Tree = cell(1n)
  let next = 2n
  const somewhere = (): Place => {
    const all = cells(tree)
    return all[Math.floor(random() * all.length)]!.place
  }
  for (let step = 0; step < 12; step++) {
    const what = random()
    if (what < 0.55) tree = split(tree, somewhere(), WAYS[Math.floor(random() * 2)]!, random() < 0.7 ? next++ : undefined)
    else if (what < 0.7) tree = close(tree, somewhere())
    else if (what < 0.85) tree = resize(tree, dividers(tree)[0]?.place ?? [], random() * 2 - 0.5)
    else tree = swap(tree, somewhere(), somewhere())
  }
  return tree
}

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed)
const trees = SEEDS.map((seed): [number, Tree] => [seed, anyTree(chance(seed))])

const read = (tree: Tree): Tree => {
  const [views, layout] = layoutValues(tree)
  return treeOf(elements(views!.value) as bigint[], numbers(layout!.value))
}
const area = (tree: Tree) => cells(tree).reduce((sum, { box }) => sum + box.width * box.height, 0)

describe('a layout', () => {
  it.each(trees)('fills the whole, whatever was done to it (seed %d)', (_, tree) => {
    expect(area(tree)).toBeCloseTo(1, 9)
    for (const { box } of cells(tree)) {
      expect(Math.min(box.width, box.height, box.left + 1e-12, box.top + 1e-12)).toBeGreaterThan(0)
    }
    expect(dividers(tree)).toHaveLength(cells(tree).length - 1)
  })

  it.each(trees)('shows each view once (seed %d)', (_, tree) => {
    expect(new Set(viewsIn(tree)).size).toBe(viewsIn(tree).length)
  })

  it.each(trees)('comes back from its values as it was (seed %d)', (_, tree) => {
    expect(read(tree)).toEqual(tree)
  })

  it.each(trees)('is as before when what was split is closed (seed %d)', (_, tree) => {
    for (const { place } of cells(tree)) {
      for (const way of WAYS) expect(close(split(tree, place, way, 99n), [...place, 1])).toEqual(tree)
    }
  })

  it.each(trees)('gives the room of what is closed to its neighbour, and moves nobody else (seed %d)', (_, tree) => {
    for (const { place, view } of cells(tree)) {
      const after = close(tree, place)
      expect(area(after)).toBeCloseTo(1, 9)
      expect(viewsIn(after)).toEqual(viewsIn(tree).filter((other) => other !== view))
    }
  })

  it.each(trees)('is itself again after the same swap twice (seed %d)', (_, tree) => {
    const all = cells(tree)
    const [one, other] = [all[0]!.place, all.at(-1)!.place]
    expect(swap(swap(tree, one, other), one, other)).toEqual(tree)
    expect(viewsIn(swap(tree, one, other)).sort()).toEqual(viewsIn(tree).sort())
  })

  it.each(trees)('has a view in one place only, wherever it is put (seed %d)', (_, tree) => {
    for (const { place } of cells(tree)) {
      for (const view of viewsIn(tree)) {
        const after = assign(tree, place, view)
        expect(placeOf(after, view)).toEqual(place)
        expect(viewsIn(after).filter((one) => one === view)).toHaveLength(1)
      }
    }
  })

  it('splits so that what was there keeps the first half', () => {
    const [left, right] = cells(split(cell(1n), [], 'horizontal', 2n))
    expect([left?.view, left?.box.width, left?.box.left]).toEqual([1n, 0.5, 0])
    expect([right?.view, right?.box.left, right?.box.height]).toEqual([2n, 0.5, 1])
    const [upper, lower] = cells(split(cell(1n), [], 'vertical'))
    expect([upper?.box.height, lower?.box.top, lower?.view]).toEqual([0.5, 0.5, undefined])
  })

  it('keeps a last cell, which is empty', () => {
    expect(close(cell(1n), [])).toEqual(cell())
  })

  it.each([-1, 0, 0.01, 0.99, 7, Infinity])('is divided at %d no narrower than one can grasp', (fraction) => {
    const [{ fraction: kept } = { fraction: -1 }] = dividers(resize(split(cell(), [], 'vertical'), [], fraction))
    expect(kept).toBeGreaterThanOrEqual(NARROWEST)
    expect(kept).toBeLessThanOrEqual(1 - NARROWEST)
  })
})

describe('values that make no sense', () => {
  it.each<[string, bigint[], number[], bigint[]]>([
    ['nothing', [], [], []],
    ['views without a place', [1n, 2n], [0, 0.5, 0], []],
    ['a split without its parts', [1n], [2, 0.5, 0], []],
    ['one part only', [1n], [1, 0.5, 0, 0, 0.5, 1], [1n]],
    ['the same view twice', [1n], [2, 0.5, 0, 0, 0, 1, 0, 0, 1], [1n]],
    ['the same id twice', [1n, 1n], [2, 0.5, 0, 0, 0, 1, 0, 0, 2], [1n]],
    ['a view that is not there', [1n], [0, 0.5, 9], []],
    ['fractions of a number', [1n], [0, 0.5, 0.7], []],
    ['negative numbers', [1n], [-3, -4, -1], []],
    ['infinite numbers', [1n], [Infinity, Infinity, -Infinity], []],
  ])('are empty cells: %s', (_, views, rows, shown) => {
    const tree = treeOf(views, rows)
    expect(viewsIn(tree)).toEqual(shown)
    expect(area(tree)).toBeCloseTo(1, 9)
  })

  it.each([-1, 0, 1, 7, Infinity, NaN])('and a share of %d is a half', (fraction) => {
    expect(dividers(treeOf([], [1, fraction, 0]))[0]?.fraction).toBe(0.5)
  })

  it('end at as many cells as one can look at', () => {
    const tree = treeOf([], Array.from({ length: 300_000 }, () => 2))
    expect(cells(tree)).toHaveLength(MOST_CELLS)
  })
})

describe('a layout in a window', () => {
  const three = split(split(cell(1n), [], 'horizontal', 2n), [1], 'horizontal', 3n)
  const boxes = (tree: Tree, room: { width: number; height: number }) =>
    cells(inRoom(tree, room)).map(({ view, box }) => [view, box.left * room.width, box.top * room.height, box.width * room.width, box.height * room.height].map(Number))

  it('stays as it is where there is room', () => {
    expect(inRoom(three, { width: 1600, height: 900 })).toEqual(three)
  })

  it('turns what has no room side by side, and no more than that', () => {
    expect(boxes(three, { width: 680, height: 600 })).toEqual([
      [1, 0, 0, 340, 600],
      [2, 340, 0, 340, 300],
      [3, 340, 300, 340, 300],
    ])
  })

  it('moves what lies between before it turns anything', () => {
    const uneven = resize(split(cell(1n), [], 'horizontal', 2n), [], 0.1)
    expect(boxes(uneven, { width: 600, height: 160 })).toEqual([
      [1, 0, 0, LEAST.width, 160],
      [2, LEAST.width, 0, 360, 160],
    ])
  })

  it.each(trees)('has every view large enough, in a window that may have to scroll (seed %d)', (_, tree) => {
    const room = { width: 680, height: 600 }
    const seen = inRoom(tree, room)
    const whole = { width: Math.max(room.width, needs(seen).width), height: Math.max(room.height, needs(seen).height) }
    for (const { box } of cells(seen)) {
      expect(box.width * whole.width).toBeGreaterThanOrEqual(LEAST.width - 1e-6)
      expect(box.height * whole.height).toBeGreaterThanOrEqual(LEAST.height - 1e-6)
    }
    expect(cells(seen).map(({ place }) => place)).toEqual(cells(tree).map(({ place }) => place))
    expect(viewsIn(seen)).toEqual(viewsIn(tree))
  })
})
