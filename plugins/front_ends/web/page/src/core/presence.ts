/** What participants show of themselves right now: the latest value by (participant, proxy,
 * property). Never in the log. */

import type { Presence as Shown } from '@/generated/collab_proto/v1/wire_pb'
import type { Value } from '@/generated/collab_proto/v1/values_pb'

export type { Shown }

/** The proxy that stands for the session where presence is of none of its own. */
export const SESSION = 0n
/** The participant that is the server. */
export const SERVER = 0n

/** What the server shows of a participant, or of the session: nobody shows it of themselves. */
export const MEASURED: ReadonlySet<string> = new Set(['Latency', 'Time'])

interface Entry {
  readonly participant: bigint
  readonly proxy: bigint
  serial: bigint
  readonly values: Map<string, Value>
}

const NOTHING: ReadonlyMap<string, Value> = new Map()

export class Presence {
  readonly #shown = new Map<string, Entry>()

  /** Newer values over older ones; an older serial changes nothing. */
  show({ participant, proxy, serial, values }: Omit<Shown, '$typeName' | 'gone'>): void {
    const key = `${participant}/${proxy}`
    let entry = this.#shown.get(key)
    if (entry && serial < entry.serial) return
    if (!entry) {
      entry = { participant, proxy, serial, values: new Map() }
      this.#shown.set(key, entry)
    }
    entry.serial = serial
    for (const { property, value } of values) if (value) entry.values.set(property, value)
  }

  own(participant: bigint, proxy: bigint): ReadonlyMap<string, Value> {
    return this.#shown.get(`${participant}/${proxy}`)?.values ?? NOTHING
  }

  serial(participant: bigint, proxy: bigint): bigint {
    return this.#shown.get(`${participant}/${proxy}`)?.serial ?? 0n
  }

  /** The proxies of which a participant shows something. */
  proxiesOf(participant: bigint): bigint[] {
    return [...this.#shown.values()].filter((e) => e.participant === participant).map((e) => e.proxy)
  }

  /** Let go of everything but what `stands` says yes to. */
  keep(stands: (participant: bigint, proxy: bigint) => boolean): void {
    for (const [key, { participant, proxy }] of this.#shown) {
      if (!stands(participant, proxy)) this.#shown.delete(key)
    }
  }
}
