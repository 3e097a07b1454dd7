import { describe, expect, it } from 'vitest'

import { labelOf, placed, ticksOf } from '@/view/annotations'

describe('the numbers of a legend', () => {
  it('have four digits', () => {
    const texts = [0, 293, 912.345, 1234.56, 12346, 0.5, -0.000123456, 0.0000123456, 9999.96, 1e20].map(labelOf)
    expect(texts).toEqual(['0', '293', '912.3', '1235', '1.235e+04', '0.5', '-0.0001235', '1.235e-05', '1e+04', '1e+20'])
  })

  it('are both ends and round ones between that have room', () => {
    const ticks = ticksOf({ low: 293, high: 913, logarithmic: false }, 0.1)
    expect(ticks.map((part) => Math.round(293 + part * 620))).toEqual([293, 400, 600, 800, 913])
    expect(ticksOf({ low: 1, high: 1, logarithmic: false }, 0.1)).toEqual([0.5])
  })

  it('are those of decades where the colours are logarithmic', () => {
    const ticks = ticksOf({ low: 0, high: 2, logarithmic: true }, 0.12)
    expect(ticks.map((part) => Math.round(10 ** (2 * part)))).toEqual([1, 2, 5, 10, 20, 50, 100])
  })
})

describe('a legend', () => {
  const size = { width: 980, height: 648 }
  const contents = { zoom: 0.9, length: 214, title: { width: 50, height: 21 }, labels: [{ width: 28, height: 19 }] }
  const bar = { vertical: true, location: 2, position: [], thickness: 16 }

  it('lies in its corner, the title above it', () => {
    const { box, title, bar: at } = placed(bar, contents, size, [])
    expect(box.right).toBeCloseTo(980 - 14 * 0.9)
    expect(box.bottom).toBeCloseTo(14 * 0.9)
    expect(title[1]).toBeGreaterThan(at[1] + 214)
  })

  it('makes room for another one', () => {
    const first = placed(bar, contents, size, []).box
    const second = placed(bar, contents, size, [first]).box
    expect(second.right).toBeLessThan(first.left)
    expect(second.bottom).toBe(first.bottom)
  })
})
