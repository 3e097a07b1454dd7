import { expect, it } from 'vitest'

import { Traffic } from '@/core/traffic'

it('what pictures cost is counted within the last second, and the busiest one of the last minute', () => {
  const traffic = new Traffic()
  expect([traffic.now(0), traffic.most(0), traffic.last]).toEqual([0, 0, 0])
  for (const atMs of [1000, 1400, 1800, 5000]) traffic.add(atMs, 100)
  expect(traffic.now(5200)).toBe(100)
  expect(traffic.now(7000)).toBe(0)
  expect(traffic.most(7000)).toBe(300)
  expect(traffic.most(62_000)).toBe(100)
  traffic.add(70_000, 7)
  expect([traffic.now(70_000), traffic.most(70_000), traffic.last]).toEqual([7, 7, 7])
})
