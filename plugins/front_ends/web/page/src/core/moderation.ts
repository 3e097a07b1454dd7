/** What one may do with the others, and why not: as far as it can be seen from here. The server
 * decides; this is only so that what it would refuse is off, and says why. */

import { Role } from '@/generated/collab_proto/v1/values_pb'

import { whyNotDirect } from './rights'
import type { State } from './state'
import type { Entries } from './tables'

export const ROLES: Record<Role, string> = {
  [Role.UNSPECIFIED]: '',
  [Role.OWNER]: 'owner',
  [Role.COLLABORATOR]: 'collaborator',
  [Role.VIEWER]: 'viewer',
}

/** What one may do once one is let in as this. */
export const ROLE_MEANS: Record<Role, string> = {
  [Role.UNSPECIFIED]: '',
  [Role.OWNER]: 'may steer, and always keep order',
  [Role.COLLABORATOR]: 'may look, talk and ask to steer',
  [Role.VIEWER]: 'may look, talk and propose',
}

const roleOf = (state: State, id: bigint) => state.participant(id)?.role

/** Why `me` may not direct: as whyNotDirect, of somebody who only waits. */
function whyNot(state: State, me: bigint): string {
  if (!whyNotDirect(state, me)) return ''
  if (roleOf(state, me) === Role.VIEWER) return 'You joined to look: viewers keep no order'
  return `${state.nameOf(state.master)} steers, and keeps order`
}

export const whyNotKeepOrder = whyNot

/** Why `me` may not hand the right to steer to `other`; '': they may. */
export function whyNotHandTo(state: State, me: bigint, other: bigint): string {
  if (state.master === undefined) return 'Everybody may change things here'
  if (other === state.master) return other === me ? 'You steer' : `${state.nameOf(other)} steers already`
  if (roleOf(state, other) === Role.VIEWER) return `${state.nameOf(other)} joined to look: viewers don’t steer`
  return whyNot(state, me)
}

export function whyNotRemove(state: State, me: bigint, other: bigint): string {
  if (other === me) return 'You leave by closing the page'
  if (roleOf(state, other) === Role.OWNER && roleOf(state, me) !== Role.OWNER) return 'Only an owner removes an owner'
  return whyNot(state, me)
}

/** Why `me` may not take away what `author` has left: a pin, a proposal. */
export function whyNotTakeAway(state: State, me: bigint, author: bigint): string {
  return author === me ? '' : whyNot(state, me)
}

/** Why `me` may not put text before the others; '': they may. */
export function whyNotSpeak(state: State, me: bigint): string {
  return state.muted(me).chat && whyNotDirect(state, me) ? 'You are muted: whoever keeps order has asked for quiet' : ''
}

/** Those who are here in the order that one looks for them: oneself, who steers, who asks, the rest. */
export function inOrder<Row>(state: State, me: bigint, people: Entries<Row>): Entries<Row> {
  const { master, requests } = state
  const queue = new Map(requests.map((id, place) => [id, place]))
  const rank = (id: bigint) => (id === me ? 0 : id === master ? 1 : queue.has(id) ? 2 + queue.get(id)! : 2 + requests.length)
  return [...people].sort(([a], [b]) => rank(a) - rank(b) || Number(a - b))
}

/** Why `me` may not make a link for others that lets them join as `role`; '': they may. Where the
 * server knows no tokens there is one link for everybody. */
export function whyNotInvite(state: State, me: bigint, role: Role): string {
  const mine = roleOf(state, me)
  if (mine === undefined) return 'You are not in the session'
  if (mine === Role.VIEWER) return 'Viewers invite nobody: ask whoever sent you the link'
  return role < mine ? `You are a ${ROLES[mine]}: your links give no more than that` : ''
}
