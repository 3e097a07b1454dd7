/** Lists of numbers as one types them. */

import { describe, expect, it } from 'vitest'

import { listed } from '@/core/listing'

const numbers = (text: string, whole = false) => {
  const found = listed(text, whole)
  return 'numbers' in found ? found.numbers : found.problem
}

describe('a list that one types', () => {
  it('has numbers, with commas, semicolons, lines or spaces between them, each calculated', () => {
    expect(numbers('1, 2.5; -3\n4')).toEqual([1, 2.5, -3, 4])
    expect(numbers('1 2 3')).toEqual([1, 2, 3])
    expect(numbers('2 * 3, sqrt(16)')).toEqual([6, 4])
    expect(numbers('1.4, 2.6', true)).toEqual([1, 3])
  })

  it('has ranges, with both ends where the steps reach them', () => {
    expect(numbers('0:10:2')).toEqual([0, 2, 4, 6, 8, 10])
    expect(numbers('0:1:0.1')).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    expect(numbers('0:10:4')).toEqual([0, 4, 8])
    expect(numbers('3:1')).toEqual([3, 2, 1])
    expect(numbers('5, 1:2, 7')).toEqual([5, 1, 2, 7])
  })

  it('says what is wrong with it', () => {
    expect(numbers(' ')).toContain('0:10:1')
    expect(numbers('1, two')).toContain('“two” is no number')
    expect(numbers('0:1:0')).toContain('never gets')
    expect(numbers('0:1:-1')).toContain('never gets')
    expect(numbers('0:1:x')).toContain('no range')
    expect(numbers('0:1:2:3')).toContain('no range')
    expect(numbers('1:')).toContain('no range')
  })

  it('is bounded, however much is asked for', () => {
    expect(numbers('0:1e9:1e-9')).toContain('too many')
    expect(listed('0:9', false, 5)).toEqual({ problem: 'Those are too many: there is room for 5.' })
    expect(listed('1,2,3', false, 2)).toEqual({ problem: 'Those are too many: there is room for 2.' })
    expect(numbers('1,'.repeat(20_000))).toContain('too long')
  })
})
