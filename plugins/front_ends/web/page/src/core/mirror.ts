/** A client's copy of the session: the fold of what the server told it. */

import {
  type Event,
  type SnapshotRow,
  Table,
} from '@/generated/collab_proto/v1/session_pb'
import type { Derived, Progress } from '@/generated/collab_proto/v1/wire_pb'

import { idOf, keyOf } from './bytes'
import { CollabError } from './failures'
import { Presence, SERVER, SESSION, type Shown } from './presence'
import { State } from './state'

/** `state` speaks of what the server has confirmed; presence and facts of the latest. */
export class Mirror {
  readonly state = new State()
  readonly presence = new Presence()
  readonly derived = new Map<bigint, Derived>()
  readonly progress = new Map<bigint, Progress>()

  /** Start again from a snapshot; facts of what is not in it are void. */
  load(revision: bigint, rows: readonly SnapshotRow[]): void {
    this.state.tables.load(revision, rows)
    for (const facts of [this.derived, this.progress]) {
      for (const proxy of [...facts.keys()]) if (!this.state.proxy(proxy)) facts.delete(proxy)
    }
    this.presence.keep((participant, proxy) => this.#stands(participant, proxy))
  }

  /** What participants showed, and the renderer found out, is void: others may have their numbers
   * soon. The state is seen until there is another one. */
  forget(): void {
    this.presence.keep(() => false)
    this.derived.clear()
    this.progress.clear()
  }

  /** Take in an event. Throws where it comes out of its turn. */
  fold(event: Event): void {
    if (event.revision !== this.state.revision + 1n) {
      throw new CollabError(
        'protocol.remote',
        `event ${event.revision} came at revision ${this.state.revision}`,
      )
    }
    this.state.tables.fold(event)
    for (const { kind } of event.changes) {
      if (kind.case !== 'put' || kind.value.table !== Table.PROXIES) continue
      if (kind.value.after !== undefined) continue
      const gone = idOf(keyOf(kind.value.key))
      this.derived.delete(gone)
      this.progress.delete(gone)
      this.presence.keep((_, proxy) => proxy !== gone)
    }
  }

  shown(news: Shown): void {
    if (news.gone) this.presence.keep((participant) => participant !== news.participant)
    // Else it came after the goodbye, or the deletion.
    else if (this.#stands(news.participant, news.proxy)) this.presence.show(news)
  }

  learned(news: Derived): void {
    if (this.state.proxy(news.proxy)) this.derived.set(news.proxy, news)
  }

  progressed(news: Progress): void {
    if (news.fraction >= 1 || !this.state.proxy(news.proxy)) this.progress.delete(news.proxy)
    else this.progress.set(news.proxy, news)
  }

  #stands(participant: bigint, proxy: bigint): boolean {
    const here =
      participant === SERVER
        ? this.state.time?.playing === true
        : this.state.participant(participant)?.connected === true
    return here && (proxy === SESSION || this.state.proxy(proxy) !== undefined)
  }
}
