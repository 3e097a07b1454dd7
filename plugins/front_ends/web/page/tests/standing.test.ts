/** Where one stands, in one sentence. */

import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { whyNotThen } from '@/core/rights'
import { standpoint } from '@/core/standing'
import { LookingBackSchema } from '@/generated/collab_proto/v1/wire_pb'

import { mirrorOf } from './session'

const [ADA, BOB] = [1n, 2n] as const
const clock = (seconds: number) => `at ${seconds}`

describe('the sentence on where one stands', () => {
  it('says who steers and whose view one sees, or offers to follow', () => {
    const { state } = mirrorOf([{}, {}, { follows: BOB, chosen: true }, { follows: 'nobody', chosen: true }], ADA)
    const of = (me: bigint) => standpoint(state, me, 4, undefined, clock)
    expect(of(ADA)).toEqual({ text: 'You steer — the others see your view', whom: '' })
    expect(of(BOB)).toEqual({ text: 'User 1 steers — you follow their view', whom: '' })
    expect(of(3n)).toEqual({ text: 'User 1 steers — you follow User 2’s view', whom: '' })
    expect(of(4n)).toEqual({ text: 'You look around on your own', whom: 'User 1' })
    expect(standpoint(state, ADA, 1, undefined, clock).text).toBe('')
  })

  it('says of the past what it is, also to somebody who is alone', () => {
    const { state } = mirrorOf([{}, { follows: ADA, chosen: true }])
    const then = create(LookingBackSchema, { revision: 12n, author: 'Ada', timeS: 9 })
    const told = 'This is the session as it was at revision 12 (Ada, at 9). Nothing can be changed here.'
    expect(standpoint(state, ADA, 1, then, clock)).toEqual({ text: told, whom: '' })
    expect(standpoint(state, ADA, 2, then, clock)).toEqual({ text: told, whom: '' })
    expect(standpoint(state, BOB, 2, then, clock).text).toBe(`${told} You follow User 1’s view.`)
    const unknown = create(LookingBackSchema, { revision: 12n })
    expect(standpoint(state, ADA, 1, unknown, clock).text).toContain('revision 12. Nothing')
    const replay = create(LookingBackSchema, { revision: 1n, until: 12n })
    expect(standpoint(state, ADA, 1, replay, clock).text).toContain('up to revision 12, once more')
  })

  it('forbids changes in the past alone', () => {
    expect(whyNotThen(undefined)).toBe('')
    expect(whyNotThen({ until: 0n })).toContain('past')
    expect(whyNotThen({ until: 12n })).toContain('happened already')
  })
})
