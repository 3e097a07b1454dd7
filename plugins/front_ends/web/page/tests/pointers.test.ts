import { describe, expect, it } from 'vitest'

import { carried } from '@/view/pointers'

describe('what somebody points at', () => {
  it('is in the same place in a window of the same shape', () => {
    expect(carried({ x: 0.2, y: 0.9 }, 1.5, 1.5, 1.5)).toEqual({ x: 0.2, y: 0.9 })
  })

  it('is in the middle in every window, if it is there in one', () => {
    expect(carried({ x: 0.5, y: 0.5 }, 2, 0.7, 1.3)).toEqual({ x: 0.5, y: 0.5 })
  })

  it('is as far to the side in a narrower window, which sees more above and below', () => {
    // The leader's window is twice as wide as high, mine is a square: its edge is my edge, and its
    // corner is half way up.
    const corner = carried({ x: 1, y: 1 }, 2, 1, 2)
    expect(corner?.x).toBeCloseTo(1, 12)
    expect(corner?.y).toBeCloseTo(0.75, 12)
  })

  it('is nearer to the middle in a wider window, which sees more at the sides', () => {
    expect(carried({ x: 1, y: 1 }, 1, 2, 1)).toEqual({ x: 0.75, y: 1 })
  })

  it('is nowhere where one does not see so far', () => {
    expect(carried({ x: 1, y: 0.5 }, 2, 1, 1)).toBeUndefined()
  })

  it('comes back to where it was', () => {
    const there = carried({ x: 0.4, y: 0.6 }, 1.7, 0.9, 1.2)!
    const back = carried(there, 0.9, 1.7, 1.2)!
    expect(back.x).toBeCloseTo(0.4, 12)
    expect(back.y).toBeCloseTo(0.6, 12)
  })
})
