import { describe, expect, it } from 'vitest'

import { Outbox } from '@/core/outbox'
import { Backoff, CREDIT_EVERY_BYTES, DEAD_AFTER_MS, Liveness, makesSense, Receipts } from '@/core/peer'

const bytes = (...numbers: number[]) => Uint8Array.from(numbers)

describe('the outbox', () => {
  it('joins what waits into one packet, reliable messages in their order', () => {
    const outbox = new Outbox()
    outbox.reliable(bytes(1))
    outbox.latest('a', bytes(9))
    outbox.reliable(bytes(2))
    outbox.control('ping', bytes(0))
    expect(outbox.next()).toEqual(bytes(0, 1, 2, 9))
    expect(outbox.next()).toBeUndefined()
  })

  it('keeps only the newest message of a key in the latest lane', () => {
    const outbox = new Outbox()
    outbox.latest('a', bytes(1))
    outbox.latest('b', bytes(2))
    outbox.latest('a', bytes(3))
    expect(outbox.next()).toEqual(bytes(3, 2))
  })

  it('stops when the window is full, and goes on when the peer has taken something', () => {
    const outbox = new Outbox(4)
    outbox.reliable(bytes(1, 1, 1, 1))
    outbox.reliable(bytes(2))
    const first = outbox.next()
    const second = outbox.next()
    expect([...first!, ...(second ?? [])]).toEqual([1, 1, 1, 1, 2])
    outbox.reliable(bytes(3))
    expect(outbox.next()).toBeUndefined()
    outbox.control('pong', bytes(7))
    expect(outbox.next()).toEqual(bytes(7))
    outbox.credit(2n)
    expect(outbox.next()).toEqual(bytes(3))
  })

  it('ignores credit for what it has not sent', () => {
    const outbox = new Outbox(1)
    outbox.reliable(bytes(1))
    outbox.next()
    outbox.credit(1_000n)
    outbox.reliable(bytes(2))
    expect(outbox.next()).toEqual(bytes(2))
  })

  it('makes no packet of several messages larger than the peer takes', () => {
    const outbox = new Outbox()
    const large = new Uint8Array(200 * 1024)
    outbox.reliable(large)
    outbox.reliable(large)
    expect(outbox.next()?.length).toBe(large.length)
    expect(outbox.next()?.length).toBe(large.length)
  })
})

describe('receipts', () => {
  it('tell how many packets came, after enough bytes', () => {
    const receipts = new Receipts()
    expect(receipts.took(10)).toBeUndefined()
    expect(receipts.took(CREDIT_EVERY_BYTES)).toBe(2n)
    expect(receipts.took(10)).toBeUndefined()
    expect(receipts.took(CREDIT_EVERY_BYTES)).toBe(4n)
  })
})

describe('liveness', () => {
  it('takes a peer for dead after ten seconds of silence', () => {
    const liveness = new Liveness(0)
    expect(liveness.dead(DEAD_AFTER_MS)).toBe(false)
    expect(liveness.dead(DEAD_AFTER_MS + 1)).toBe(true)
    liveness.heard(5_000)
    expect(liveness.dead(DEAD_AFTER_MS + 1)).toBe(false)
  })

  it('knows how long the answer to its last question took, once', () => {
    const liveness = new Liveness(0)
    const serial = liveness.ping(100)
    expect(liveness.ponged(serial + 1n, 120)).toBeUndefined()
    expect(liveness.ponged(serial, 130)).toBe(30)
    expect(liveness.ponged(serial, 140)).toBeUndefined()
  })
})

describe('the pause between attempts', () => {
  it('doubles from 0.1 s to 2 s, and after a minute to 30 s', () => {
    const backoff = new Backoff()
    const pauses = [0, 0, 0, 0, 0, 0, 0].map((sinceMs) => backoff.pauseMs(sinceMs, 0))
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 2000, 2000])
    const later = [1, 2, 3, 4, 5].map(() => backoff.pauseMs(61_000, 0))
    expect(later).toEqual([4000, 8000, 16000, 30000, 30000])
  })

  it('is by chance up to a half shorter', () => {
    expect(new Backoff().pauseMs(0, 1)).toBe(50)
  })

  it.each([
    ['transport.connection_lost', true],
    ['refused.busy', true],
    ['store', true],
    ['refused.removed', false],
    ['refused.taken_over', false],
    ['transport.connection_lost.server_away', true],
    ['protocol.authentication_failed', false],
  ])('after %s another attempt makes sense: %s', (code, sense) => {
    expect(makesSense(code)).toBe(sense)
  })
})
