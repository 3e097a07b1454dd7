/** The shared state, read: who is here, who steers, which proxies there are and what they hold. */

import {
  type ChatRow,
  ChatRowSchema,
  CounterRowSchema,
  type DoorRow,
  DoorRowSchema,
  type FollowTarget,
  type HistoryRow,
  HistoryRowSchema,
  MuteRowSchema,
  type ParticipantRow,
  ParticipantRowSchema,
  type PinRow,
  PinRowSchema,
  PolicyRowSchema,
  type ProposalRow,
  ProposalRowSchema,
  type ProxyRow,
  ProxyRowSchema,
  QuarantineRowSchema,
  SessionRowSchema,
  Table,
  TimeRowSchema,
} from '@/generated/collab_proto/v1/session_pb'
import {
  type PropertyDefinition,
  type ProxyDefinition,
  ProxyDefinitionSchema,
  type Value,
  ValueSchema,
} from '@/generated/collab_proto/v1/values_pb'

import { idKey, textKey } from './bytes'
import { type Entries, Tables } from './tables'
import { elements } from './values'

export interface Muted {
  readonly chat: boolean
  readonly pointers: boolean
}

/** Reading is by the names that Python's `State` has. Nothing here changes anything. */
export class State {
  constructor(readonly tables = new Tables()) {}

  get revision(): bigint {
    return this.tables.revision
  }

  // -- people --------------------------------------------------------------------------------

  participant(id: bigint): ParticipantRow | undefined {
    return this.tables.row(Table.PARTICIPANTS, idKey(id), ParticipantRowSchema)
  }

  participants(): Entries<ParticipantRow> {
    return this.tables.byId(Table.PARTICIPANTS, ParticipantRowSchema)
  }

  following(id: bigint): FollowTarget | undefined {
    return this.participant(id)?.following
  }

  /** Who steers; none where nobody does, or everybody. */
  get master(): bigint | undefined {
    return this.#policy('master')[0]
  }

  /** Who has asked to steer, the first first. */
  get requests(): readonly bigint[] {
    return this.#policy('requests')
  }

  #policy(key: string): readonly bigint[] {
    return this.tables.row(Table.POLICY, textKey(key), PolicyRowSchema)?.participants ?? []
  }

  nameOf(id: bigint | undefined): string {
    if (id === 0n) return 'the server'
    return (id !== undefined && this.participant(id)?.name) || 'nobody'
  }

  get sessionName(): string {
    return this.tables.row(Table.SESSION, '', SessionRowSchema)?.name ?? ''
  }

  chat(): Entries<ChatRow> {
    return this.tables.byId(Table.CHAT, ChatRowSchema)
  }

  history(): Entries<HistoryRow> {
    return this.tables.byId(Table.HISTORY, HistoryRowSchema)
  }

  /** What waits to be accepted, oldest first. */
  proposals(): Entries<ProposalRow> {
    return this.tables.byId(Table.PROPOSALS, ProposalRowSchema)
  }

  pins(): Entries<PinRow> {
    return this.tables.byId(Table.PINS, PinRowSchema)
  }

  get door(): DoorRow | undefined {
    return this.tables.row(Table.DOOR, '', DoorRowSchema)
  }

  /** What a participant was kept from by itself; 0: everyone who may not mute others. */
  mute(id: bigint): Muted {
    const { chat = false, pointers = false } = this.tables.row(Table.MUTES, idKey(id), MuteRowSchema) ?? {}
    return { chat, pointers }
  }

  /** What a participant may not do: because of a mute of their own, or of everyone's. */
  muted(id: bigint): Muted {
    const [own, all] = [this.mute(id), this.mute(0n)]
    return { chat: own.chat || all.chat, pointers: own.pointers || all.pointers }
  }

  // -- proxies -------------------------------------------------------------------------------

  proxy(id: bigint): ProxyRow | undefined {
    return this.tables.row(Table.PROXIES, idKey(id), ProxyRowSchema)
  }

  proxies(): Entries<ProxyRow> {
    return this.tables.byId(Table.PROXIES, ProxyRowSchema)
  }

  /** The views, oldest first. */
  views(): bigint[] {
    return this.proxies().flatMap(([id, row]) => (row.group === 'views' ? [id] : []))
  }

  value(proxy: bigint, property: string): Value | undefined {
    return this.tables.row(Table.VALUES, idKey(proxy) + textKey(property), ValueSchema)
  }

  definition(proxy: bigint): ProxyDefinition | undefined {
    const row = this.proxy(proxy)
    return row && this.definitionOf(row.group, row.type)
  }

  definitionOf(group: string, type: string): ProxyDefinition | undefined {
    return this.tables.row(
      Table.DEFINITIONS,
      textKey(`${group}\0${type}`),
      ProxyDefinitionSchema,
    )
  }

  property(proxy: bigint, name: string): PropertyDefinition | undefined {
    return this.definition(proxy)?.properties.find((property) => property.name === name)
  }

  /** The proxy registered under a name. */
  named(group: string, name: string): bigint | undefined {
    return this.proxies().find(([, row]) => row.group === group && row.name === name)?.[0]
  }

  title(proxy: bigint): string {
    const row = this.proxy(proxy)
    return row ? row.name || this.definition(proxy)?.label || row.type : 'something deleted'
  }

  /** The proxies that a property refers to. */
  references(proxy: bigint, property: string): bigint[] {
    return elements(this.value(proxy, property)).filter((e) => typeof e === 'bigint')
  }

  /** The counter of the newest proxy that a participant made. */
  newest(participant: bigint): bigint {
    return this.tables.row(Table.COUNTERS, idKey(participant), CounterRowSchema)?.newest ?? 0n
  }

  /** Why the renderer leaves a proxy out; undefined: it doesn't. */
  quarantine(proxy: bigint): string | undefined {
    return this.tables.row(Table.QUARANTINE, idKey(proxy), QuarantineRowSchema)?.reason
  }

  get time() {
    return this.tables.row(Table.TIME, '', TimeRowSchema)
  }
}
