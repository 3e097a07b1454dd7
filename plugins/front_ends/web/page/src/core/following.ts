/** Whose view a participant sees. Nobody copies cameras: everyone resolves the same rows.
 *
 * A link is chosen by hand, or comes by default (the master) or from the master (everyone -> X).
 * A link that was not chosen and lies on a circle is inert while it does. */

import { FollowTarget_Kind as Kind } from '@/generated/collab_proto/v1/session_pb'

import type { State } from './state'

/** Whom the participant's row names, in force or not; never itself. */
function link(state: State, participant: bigint): bigint | undefined {
  const target = state.following(participant)
  let named: bigint | undefined
  if (!state.participant(participant)) return undefined
  // Rows leave defaults out: without a target it is the master.
  if (!target || target.kind === Kind.MASTER) named = state.master
  else if (target.kind === Kind.PARTICIPANT) named = target.participant
  return named !== undefined && named !== participant && state.participant(named)
    ? named
    : undefined
}

/** Whom `participant` follows now. */
export function followed(state: State, participant: bigint): bigint | undefined {
  const target = link(state, participant)
  if (target === undefined || state.following(participant)?.chosen) return target
  const seen = new Set<bigint>()
  let walker: bigint | undefined = target
  while (walker !== undefined && !seen.has(walker)) {
    if (walker === participant) return undefined
    seen.add(walker)
    walker = link(state, walker)
  }
  return target
}

/** Whose own values `participant` sees: the last in its chain of follow targets. */
export function leader(state: State, participant: bigint): bigint {
  const links = [participant]
  for (;;) {
    const last = links[links.length - 1]!
    const target = followed(state, last)
    if (target === undefined || links.includes(target)) return last
    links.push(target)
  }
}
