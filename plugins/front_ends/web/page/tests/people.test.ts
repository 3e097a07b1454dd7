/** What one may do with the others, in words; and what of the session's news concerns one. */

import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { bytesOf, idKey } from '@/core/bytes'
import type { Mirror } from '@/core/mirror'
import {
  inOrder,
  whyNotHandTo,
  whyNotInvite,
  whyNotKeepOrder,
  whyNotRemove,
  whyNotSpeak,
  whyNotTakeAway,
} from '@/core/moderation'
import { announcedIn, newsFor, situationOf } from '@/core/news'
import { ChatRowSchema, EventSchema, MuteRowSchema, ProposalRowSchema, PolicyRowSchema, Table } from '@/generated/collab_proto/v1/session_pb'
import { Role } from '@/generated/collab_proto/v1/values_pb'

import { mirrorOf, put } from './session'

const people = [{}, {}, { role: Role.VIEWER }, { role: Role.OWNER }]
const [ADA, BOB, VIC, OLGA] = [1n, 2n, 3n, 4n] as const
const room = () => mirrorOf(people, ADA)

function mute(mirror: Mirror, whom: bigint): void {
  const row = toBinary(MuteRowSchema, create(MuteRowSchema, { chat: true }))
  put(mirror, Table.MUTES, bytesOf(idKey(whom)), row)
}

function ask(mirror: Mirror, ...participants: bigint[]): void {
  const row = toBinary(PolicyRowSchema, create(PolicyRowSchema, { participants }))
  put(mirror, Table.POLICY, new TextEncoder().encode('requests'), row)
}

describe('keeping order', () => {
  it('is for who steers and for owners, and says whose it is', () => {
    const { state } = room()
    expect(whyNotKeepOrder(state, ADA)).toBe('')
    expect(whyNotKeepOrder(state, OLGA)).toBe('')
    expect(whyNotKeepOrder(state, BOB)).toBe('User 1 steers, and keeps order')
    expect(whyNotKeepOrder(state, VIC)).toContain('viewers')
  })

  it('hands the right to nobody who can’t hold it', () => {
    const { state } = room()
    expect(whyNotHandTo(state, ADA, BOB)).toBe('')
    expect(whyNotHandTo(state, ADA, VIC)).toContain('viewers don’t steer')
    expect(whyNotHandTo(state, OLGA, ADA)).toBe('User 1 steers already')
    expect(whyNotHandTo(state, BOB, OLGA)).toContain('User 1 steers')
    expect(whyNotHandTo(mirrorOf(people).state, ADA, BOB)).toContain('Everybody')
  })

  it('removes no owner unless one is one, and never oneself', () => {
    const { state } = room()
    expect(whyNotRemove(state, ADA, BOB)).toBe('')
    expect(whyNotRemove(state, ADA, OLGA)).toBe('Only an owner removes an owner')
    expect(whyNotRemove(state, OLGA, OLGA)).toContain('closing the page')
    expect(whyNotRemove(state, BOB, VIC)).not.toBe('')
  })

  it('takes away what others left; everybody what is their own', () => {
    const { state } = room()
    expect(whyNotTakeAway(state, VIC, VIC)).toBe('')
    expect(whyNotTakeAway(state, VIC, BOB)).not.toBe('')
    expect(whyNotTakeAway(state, ADA, BOB)).toBe('')
  })

  it('mutes everyone but those who keep order', () => {
    const mirror = room()
    mute(mirror, 0n)
    expect(whyNotSpeak(mirror.state, BOB)).toContain('muted')
    expect(whyNotSpeak(mirror.state, ADA)).toBe('')
    expect(mirror.state.mute(BOB).chat).toBe(false)
    expect(mirror.state.muted(BOB).chat).toBe(true)
  })

  it('lets nobody invite who would be let do more than they', () => {
    const { state } = room()
    expect(whyNotInvite(state, BOB, Role.VIEWER)).toBe('')
    expect(whyNotInvite(state, BOB, Role.COLLABORATOR)).toBe('')
    expect(whyNotInvite(state, BOB, Role.OWNER)).toContain('no more than that')
    expect(whyNotInvite(state, OLGA, Role.OWNER)).toBe('')
    expect(whyNotInvite(state, VIC, Role.VIEWER)).toContain('Viewers invite nobody')
  })
})

describe('the list of people', () => {
  it('begins with oneself, who steers and who asks, in the order of asking', () => {
    const mirror = mirrorOf([{}, {}, {}, {}, {}], 2n)
    ask(mirror, 5n, 4n)
    const { state } = mirror
    expect(inOrder(state, 3n, state.participants()).map(([id]) => id)).toEqual([3n, 2n, 5n, 4n, 1n])
  })
})

describe('news', () => {
  const told = (mirror: Mirror, me: bigint, change: () => void, author: bigint, request = 1n) => {
    const before = situationOf(mirror.state, me)
    change()
    const { state } = mirror
    return newsFor(me, before, situationOf(state, me), { author, request }, state.nameOf(author))
  }
  const steer = (mirror: Mirror, who: bigint) => {
    const row = toBinary(PolicyRowSchema, create(PolicyRowSchema, { participants: [who] }))
    put(mirror, Table.POLICY, new TextEncoder().encode('master'), row)
  }
  const propose = (mirror: Mirror, there: boolean) => {
    const row = toBinary(ProposalRowSchema, create(ProposalRowSchema, { author: VIC, text: 'A finer mesh' }))
    put(mirror, Table.PROPOSALS, bytesOf(idKey(9n)), there ? row : undefined)
  }

  it('are what the server itself says, and nobody in its place', () => {
    const said = (author: bigint, row: bigint) => {
      const after = toBinary(ChatRowSchema, create(ChatRowSchema, { author: row, text: 'There are pictures again.' }))
      const value = { table: Table.CHAT, key: bytesOf(idKey(9n)), after }
      return announcedIn(create(EventSchema, { author, changes: [{ kind: { case: 'put', value } }] }))
    }
    expect(said(0n, 0n)).toBe('There are pictures again.')
    expect(said(BOB, BOB)).toBe('')
    expect(said(0n, BOB)).toBe('')
  })

  it('are that one got the right, or lost it', () => {
    const mirror = room()
    expect(told(mirror, BOB, () => { steer(mirror, BOB) }, ADA)).toBe('You steer now')
    expect(told(mirror, BOB, () => { steer(mirror, OLGA) }, BOB)).toBe('User 4 steers now')
    expect(told(mirror, BOB, () => { steer(mirror, ADA) }, OLGA)).toBe('')
  })

  it('are that one was asked to wait, and not that one took it back', () => {
    const mirror = room()
    ask(mirror, BOB)
    expect(told(mirror, BOB, () => { ask(mirror) }, ADA)).toBe('User 1: not now')
    ask(mirror, BOB)
    expect(told(mirror, BOB, () => { ask(mirror) }, BOB)).toBe('')
  })

  it('are what became of one’s own proposal', () => {
    const mirror = room()
    const gone = () => { propose(mirror, false) }
    propose(mirror, true)
    expect(told(mirror, BOB, gone, ADA)).toBe('')
    propose(mirror, true)
    expect(told(mirror, VIC, gone, ADA)).toBe('User 1 declined: A finer mesh')
    propose(mirror, true)
    expect(told(mirror, VIC, gone, VIC, 0n)).toBe('Accepted: A finer mesh')
    propose(mirror, true)
    expect(told(mirror, VIC, gone, VIC, 7n)).toBe('')
  })

  it('are that one is asked to be quiet', () => {
    const mirror = room()
    expect(told(mirror, BOB, () => { mute(mirror, BOB) }, ADA)).toContain('User 1 asks for quiet')
  })
})
