import { describe, expect, it } from 'vitest'

import { whyNotDirect, whyNotSteer } from '@/core/rights'
import { Role } from '@/generated/collab_proto/v1/values_pb'
import { calculated } from '@/core/calculation'
import { numberText, sizeText } from '@/ui/numbers'
import { gestureOf } from '@/view/navigation'

import { mirrorOf } from './session'

describe('numbers', () => {
  it.each([
    [0.012299999, '0.0123'],
    [1, '1'],
    [603.15, '603.15'],
    [-0.5, '-0.5'],
    [1e-7, '1e-7'],
    [123456789, '1.2346e8'],
    [0, '0'],
  ])('%d reads %s', (number, text) => {
    expect(numberText(number)).toBe(text)
  })

  it.each([
    ['2*pi', 2 * Math.PI],
    ['-(1+2)/4', -0.75],
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['2^3^2', 512],
    ['-2^2', -4],
    ['1 - 2 - 3', -4],
  ])('%s is calculated', (text, number) => {
    expect(calculated(text)).toBeCloseTo(number, 12)
  })

  it.each(['', 'abc', '1 +', '(1', '1 2', 'alert(1)', '1//2'])('%s is none', (text) => {
    expect(calculated(text)).toBeUndefined()
  })

  it('of bytes are short', () => {
    expect([sizeText(12), sizeText(1_500), sizeText(59_000), sizeText(3_200_000n)]).toEqual([
      '12 B', '1.5 kB', '59 kB', '3.2 MB',
    ])
  })
})

describe('what one may do', () => {
  it('is everything for who steers, and for all where nobody does', () => {
    expect(whyNotSteer(mirrorOf([{}, {}], 1n).state, 1n)).toBe('')
    expect(whyNotSteer(mirrorOf([{}, {}]).state, 2n)).toBe('')
  })

  it('is said to depend on who steers', () => {
    expect(whyNotSteer(mirrorOf([{}, {}], 1n).state, 2n)).toContain('User 1 steers')
  })

  it('is nothing but looking for a viewer', () => {
    const { state } = mirrorOf([{}, { role: Role.VIEWER }])
    expect(whyNotSteer(state, 2n)).toContain('viewers')
  })

  it('is always to direct for an owner', () => {
    const { state } = mirrorOf([{}, { role: Role.OWNER }], 1n)
    expect(whyNotSteer(state, 2n)).not.toBe('')
    expect(whyNotDirect(state, 2n)).toBe('')
  })
})

describe('the mouse', () => {
  const press = (button: number, keys: Partial<Record<'shiftKey' | 'ctrlKey' | 'metaKey', boolean>> = {}) => ({
    button, shiftKey: false, ctrlKey: false, metaKey: false, ...keys,
  })

  it('does what it does in ParaView', () => {
    expect([0, 1, 2].map((button) => gestureOf(press(button), false))).toEqual(['turn', 'pan', 'zoom'])
    expect(gestureOf(press(0, { shiftKey: true }), false)).toBe('roll')
    expect(gestureOf(press(0, { ctrlKey: true }), false)).toBe('zoom')
  })

  it('turns nothing in 2D', () => {
    expect(gestureOf(press(0), true)).toBe('pan')
    expect(gestureOf(press(0, { shiftKey: true }), true)).toBe('zoom')
  })
})
