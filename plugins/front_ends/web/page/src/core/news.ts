/** What of the session's changes concerns one participant, in one sentence. */

import { fromBinary } from '@bufbuild/protobuf'

import { ChatRowSchema, type Event, Table } from '@/generated/collab_proto/v1/session_pb'

import { SERVER } from './presence'
import type { State } from './state'

/** Of a participant, at one moment. */
export interface Situation {
  readonly steers: boolean
  readonly master: bigint | undefined
  readonly masterName: string
  readonly asks: boolean
  readonly muted: boolean
  /** What I have proposed and that waits: title by number. */
  readonly proposed: ReadonlyMap<bigint, string>
}

export function situationOf(state: State, me: bigint): Situation {
  const { master, requests } = state
  return {
    steers: master === me,
    master,
    masterName: state.nameOf(master),
    asks: requests.includes(me),
    muted: state.muted(me).chat,
    proposed: new Map(state.proposals().flatMap(([id, row]) => (row.author === me ? [[id, row.text] as const] : []))),
  }
}

/** What to tell `me` of an event; '': nothing that concerns them. by: who made it, and their name. */
export function newsFor(
  me: bigint,
  before: Situation,
  now: Situation,
  event: Pick<Event, 'author' | 'request'>,
  by: string,
): string {
  if (now.steers && !before.steers) return 'You steer now'
  if (before.steers && !now.steers) {
    return now.master === undefined ? 'You don’t steer any more' : `${now.masterName} steers now`
  }
  const mine = event.author === me
  // Whoever gave it to somebody else has answered nothing.
  if (before.asks && !now.asks && !mine && now.master === before.master) return `${by}: not now`
  if (now.muted && !before.muted && !mine) return `${by} asks for quiet: the chat is closed to you`
  if (before.muted && !now.muted && !mine) return 'You may chat again'
  for (const [id, title] of before.proposed) {
    if (now.proposed.has(id)) continue
    // An accepted proposal is an edit of its author's that they have sent no request for.
    if (mine && event.request === 0n) return `Accepted: ${short(title)}`
    if (!mine) return `${by} declined: ${short(title)}`
  }
  return ''
}

/** What the server itself says to everybody in an event; '': nothing. */
export function announcedIn({ author, changes }: Pick<Event, 'author' | 'changes'>): string {
  if (author !== SERVER) return ''
  for (const { kind } of changes) {
    if (kind.case !== 'put' || kind.value.table !== Table.CHAT || !kind.value.after) continue
    const row = fromBinary(ChatRowSchema, kind.value.after)
    if (row.author === SERVER) return row.text
  }
  return ''
}

const MOST_CHARACTERS = 60
const short = (text: string) => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text)
