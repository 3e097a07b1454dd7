/** Going where a pin is, and taking it away. */

import { cameraOf } from '@/core/cameras'
import type { PinRow } from '@/generated/collab_proto/v1/session_pb'
import type { Session } from '@/session'

/** Look at the pin's view as its author did, and at its time if I may change that. */
export function goToPin(session: Session, row: PinRow): void {
  if (!session.state().proxy(row.view)) {
    session.tell(new Error('The view that the pin was left in is gone'))
    return
  }
  const values = new Map(row.values.map(({ property, value }) => [property, value]))
  session.looking.look(row.view, cameraOf((name) => values.get(name)))
  const { time } = session.state()
  if (!time || time.time === row.time) return
  if (session.whyNotNow.value) {
    session.tell(new Error(`The pin was left at time ${Number(row.time.toPrecision(6))}. ${session.whyNotNow.value}`))
  } else void session.attempt(session.command({ case: 'goTo', value: { time: row.time } }))
}

export function removePin(session: Session, pin: bigint): void {
  void session.attempt(session.command({ case: 'removePin', value: { pin } }))
}
