import { describe, expect, it } from 'vitest'

import { calculated } from '@/core/calculation'
import { bounded, stepOf, stepped, tidy } from '@/core/stepping'
import { unitOf } from '@/ui/numbers'

const PLAIN = { shiftKey: false, altKey: false }

describe('what is typed is calculated', () => {
  it.each([
    ['2*pi', 2 * Math.PI],
    ['sqrt(2)/2', Math.SQRT1_2],
    ['-(1+2)^2', -9],
    ['2**3**2', 512],
    ['1e-3*sin(pi/6)', 0.0005],
    ['tau/e', (2 * Math.PI) / Math.E],
    ['−4', -4],
    ['  .5 ', 0.5],
    ['log(1000)+ln(e)', 4],
  ])('%s', (text, number) => {
    expect(calculated(text)).toBeCloseTo(number, 12)
  })

  it.each([
    '',
    'abc',
    '1/0',
    'sqrt(-1)',
    '1e400',
    '2 3',
    '(1',
    '1)',
    'sqrt 2',
    'sqrt',
    'alert(1)',
    'constructor',
    '__proto__',
    'toString()',
    'process.exit()',
    '[]',
    '{}',
    '`1`',
    "'1'",
    '1;2',
    '0x10',
    '1,5',
    '('.repeat(100_000),
    '-'.repeat(100_000) + '1',
    '9'.repeat(500),
  ])('%.20s is no number, and does nothing', (text) => {
    expect(calculated(text)).toBeUndefined()
  })

  it('as deep as a text can go', () => {
    expect(calculated(`${'('.repeat(99)}1${')'.repeat(99)}`)).toBe(1)
    expect(calculated('+'.repeat(199) + '1')).toBe(1)
  })
})

describe('a step', () => {
  it('is a part of the range, or of the number itself, and one where numbers are whole', () => {
    expect(stepOf(0.5, { minimum: 0, maximum: 1 })).toBeCloseTo(0.01)
    expect(stepOf(123, {})).toBeCloseTo(10)
    expect(stepOf(0, {})).toBeCloseTo(0.1)
    expect(stepOf(123, { minimum: 0, maximum: 1e299 })).toBeCloseTo(10)
    expect(stepOf(123, { whole: true })).toBe(1)
  })

  it('leaves no noise behind', () => {
    let number = 0.3
    for (let i = 0; i < 7; i++) number = stepped(number, 1, PLAIN, {})
    expect(number).toBe(0.37)
    expect(stepped(0.1, 2, PLAIN, {})).toBe(0.12)
    expect(stepped(0.02, -2, PLAIN, { minimum: 0, maximum: 1 })).toBe(0)
  })

  it('goes ten times as far with Shift and a tenth with Alt, but whole ones stay whole', () => {
    expect(stepped(1, 1, { shiftKey: true, altKey: false }, {})).toBe(2)
    expect(stepped(1, 1, { shiftKey: false, altKey: true }, {})).toBe(1.01)
    expect(stepped(7, 1, { shiftKey: false, altKey: true }, { whole: true })).toBe(8)
  })

  it('stays inside of what is allowed', () => {
    expect(stepped(0.99, 9, PLAIN, { minimum: 0, maximum: 1 })).toBe(1)
    expect(bounded(7.6, { whole: true, maximum: 9 })).toBe(8)
  })
})

it('digits that nobody has meant are left out, but never any that are needed', () => {
  expect(tidy(0.012299999999, 0.001)).toBe(0.0123)
  expect(tidy(-1e-9, 0.01)).toBe(0)
  expect(Object.is(tidy(-1e-9, 0.01), 0)).toBe(true)
  expect(tidy(1.234e-7, 1e-9)).toBe(1.234e-7)
  expect(tidy(123456, 1000)).toBe(123456)
  expect(tidy(1.5, 0)).toBe(1.5)
  expect(tidy(1e-200, 1e-300)).toBe(1e-200)
})

it('a unit is known where the documentation begins with it', () => {
  expect(unitOf('Degrees about x, y and z.')).toBe('°')
  expect(unitOf('Pixels.')).toBe('px')
  expect(unitOf('constructor')).toBe('')
  expect(unitOf('How many.')).toBe('')
})
