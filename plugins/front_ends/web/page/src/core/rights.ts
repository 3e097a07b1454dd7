/** What one may do now, as far as it can be seen from here. The server decides; this is only so that
 * what it would refuse is off, and says why. */

import { Role } from '@/generated/collab_proto/v1/values_pb'
import type { LookingBack } from '@/generated/collab_proto/v1/wire_pb'

import type { State } from './state'

/** Why nothing is changed in a session that shows the past; '': it is of now. */
export function whyNotThen(past: Pick<LookingBack, 'until'> | undefined): string {
  if (!past) return ''
  return past.until ? 'This has happened already: nothing can be changed here' : 'This is the past: nothing can be changed here'
}

/** Why `me` may not change the pipeline; '': they may. */
export function whyNotSteer(state: State, me: bigint): string {
  const row = state.participant(me)
  if (!row) return 'You are not in the session'
  if (row.role === Role.VIEWER) return 'You joined to look: viewers don’t steer, but may propose'
  const { master } = state
  if (master === undefined || master === me) return ''
  return `${state.nameOf(master)} steers: ask to steer, or propose a change`
}

/** Whether somebody's right to steer can be asked for by `me`. */
export function mayAsk(state: State, me: bigint): boolean {
  const row = state.participant(me)
  const { master } = state
  return !!row && row.role !== Role.VIEWER && master !== undefined && master !== me
}

/** Why `me` may not direct the others (hand over the right, bring everyone…); '': they may. */
export function whyNotDirect(state: State, me: bigint): string {
  return state.participant(me)?.role === Role.OWNER ? '' : whyNotSteer(state, me)
}
