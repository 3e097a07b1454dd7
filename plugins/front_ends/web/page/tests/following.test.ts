import { describe, expect, it } from 'vitest'

import { followed, leader } from '@/core/following'

import { mirrorOf } from './session'

describe('whose view one sees', () => {
  it('is the master’s by default, and the master’s is its own', () => {
    const { state } = mirrorOf([{}, {}], 1n)
    expect(followed(state, 2n)).toBe(1n)
    expect(leader(state, 2n)).toBe(1n)
    expect(followed(state, 1n)).toBeUndefined()
    expect(leader(state, 1n)).toBe(1n)
  })

  it('is one’s own where nobody steers', () => {
    const { state } = mirrorOf([{}, {}])
    expect(leader(state, 2n)).toBe(2n)
  })

  it('is that of the last in the chain', () => {
    const { state } = mirrorOf([{}, {}, { follows: 2n, chosen: true }, { follows: 3n, chosen: true }], 1n)
    expect(leader(state, 4n)).toBe(1n)
  })

  it('is one’s own after following nobody', () => {
    const { state } = mirrorOf([{}, { follows: 'nobody' }], 1n)
    expect(followed(state, 2n)).toBeUndefined()
    expect(leader(state, 2n)).toBe(2n)
  })

  it('ends a circle at the link that nobody chose by hand', () => {
    // The master follows 2 by hand; 2 follows the master by default: that link is inert.
    const { state } = mirrorOf([{ follows: 2n, chosen: true }, {}], 1n)
    expect(followed(state, 2n)).toBeUndefined()
    expect(leader(state, 1n)).toBe(2n)
  })

  it('is nobody’s who is not there', () => {
    const { state } = mirrorOf([{}, { follows: 9n, chosen: true }], 1n)
    expect(followed(state, 2n)).toBeUndefined()
  })
})
