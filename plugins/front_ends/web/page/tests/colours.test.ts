import { describe, expect, it } from 'vitest'

import { gradient, inverted, pointsOf, PRESETS, presetOf, rangeOf, spread } from '@/core/colours'

const [coolToWarm, viridis] = PRESETS

describe('colour maps', () => {
  it.each(PRESETS)('$name is known again after spreading it over a range', (preset) => {
    const points = pointsOf(preset, [-2, 6])
    expect(rangeOf(points)).toEqual([-2, 6])
    expect(presetOf(points)).toBe(preset)
    expect(presetOf(spread(points, [100, 101]))).toBe(preset)
  })

  it('keep each colour’s place in the range', () => {
    const points = [0, 1, 0, 0, 1, 0, 1, 0, 10, 0, 0, 1]
    expect(spread(points, [0, 100])).toEqual([0, 1, 0, 0, 10, 0, 1, 0, 100, 0, 0, 1])
    expect(inverted(points)).toEqual([0, 0, 0, 1, 9, 0, 1, 0, 10, 1, 0, 0])
  })

  it('of one value are those of any other range', () => {
    const points = pointsOf(viridis!, [5, 5])
    expect(rangeOf(points)).toEqual([5, 5])
    expect(points.filter((_, index) => index % 4 === 0)).toEqual(viridis!.colours.map(() => 5))
    expect(spread(points, [2, 4])).toEqual(pointsOf(viridis!, [2, 4]))
    expect(gradient(points)).toBe(gradient(pointsOf(viridis!, [0, 1])))
  })

  it('without a range get the usual colours', () => {
    expect(spread([5, 0, 0, 0], [1, 2])).toEqual(pointsOf(coolToWarm!, [1, 2]))
    expect(gradient([])).toBe('none')
  })

  it('are shown from left to right', () => {
    expect(gradient([2, 0, 0, 0, 4, 1, 1, 1])).toBe('linear-gradient(to right, rgb(0 0 0) 0.00%, rgb(255 255 255) 100.00%)')
  })

  it('of one’s own are no preset', () => {
    expect(presetOf([0, 0.1, 0.2, 0.3, 1, 0.4, 0.5, 0.6])).toBeUndefined()
    expect(presetOf(pointsOf(viridis!, [0, 1]).with(1, 0.9))).toBeUndefined()
  })
})
