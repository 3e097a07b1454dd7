/** Where one stands in a session, in one sentence. */

import type { LookingBack } from '@/generated/collab_proto/v1/wire_pb'

import { followed } from './following'
import type { State } from './state'

export interface Standpoint {
  readonly text: string
  /** Who steers and could be followed instead; '': nobody, or I do. */
  readonly whom: string
}

/** people: how many are here.  clock: how a time is written. */
export function standpoint(
  state: State,
  me: bigint,
  people: number,
  past: LookingBack | undefined,
  clock: (seconds: number) => string,
): Standpoint {
  const then = past ? thenText(past, clock) : ''
  const now = people < 2 ? { text: '', whom: '' } : among(state, me, past !== undefined)
  return { text: [then, now.text].filter(Boolean).join(' '), whom: now.whom }
}

/** What of the past is shown. */
function thenText({ revision, until, author, timeS }: LookingBack, clock: (seconds: number) => string): string {
  if (until) return `This is what happened up to revision ${until}, once more. Nothing can be changed here.`
  const who = [author, timeS ? clock(timeS) : ''].filter(Boolean).join(', ')
  return `This is the session as it was at revision ${revision}${who && ` (${who})`}. Nothing can be changed here.`
}

function among(state: State, me: bigint, past: boolean): Standpoint {
  const { master } = state
  const target = followed(state, me)
  if (target !== undefined) {
    const whose = target === master ? 'their' : `${state.nameOf(target)}’s`
    if (master === undefined) return { text: `You follow ${whose} view${past ? '.' : ''}`, whom: '' }
    return { text: `${master === me ? 'You steer' : `${state.nameOf(master)} steers`} — you follow ${whose} view`, whom: '' }
  }
  if (master === me) return { text: 'You steer — the others see your view', whom: '' }
  // That the past is looked at alone goes without saying.
  if (past) return { text: '', whom: '' }
  return { text: 'You look around on your own', whom: master === undefined ? '' : state.nameOf(master) }
}
