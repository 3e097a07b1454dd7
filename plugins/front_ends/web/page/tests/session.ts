/** States to test with. */

import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'

import { bytesOf, idKey, keyOf, textKey } from '@/core/bytes'
import { Mirror } from '@/core/mirror'
import {
  EventSchema,
  FollowTarget_Kind as Follows,
  ParticipantRowSchema,
  PolicyRowSchema,
  ProxyRowSchema,
  type SnapshotRow,
  SnapshotRowSchema,
  Table,
} from '@/generated/collab_proto/v1/session_pb'
import { Role } from '@/generated/collab_proto/v1/values_pb'

export { Follows }

export interface Person {
  follows?: bigint | 'master' | 'nobody'
  chosen?: boolean
  role?: Role
  connected?: boolean
}

/** A mirror of such a session. */
export function mirrorOf(people: Person[], master?: bigint): Mirror {
  const mirror = new Mirror()
  mirror.load(1n, rowsOf(people, master))
  return mirror
}

/** The rows of a session with these people, numbered from 1, and a view. */
export function rowsOf(people: Person[], master?: bigint): SnapshotRow[] {
  const row = (table: Table, key: string, bytes: Uint8Array) =>
    create(SnapshotRowSchema, { table, key: bytesOf(key), row: bytes })
  const rows = people.map((person, index) => {
    const data: MessageInitShape<typeof ParticipantRowSchema> = {
      name: `User ${index + 1}`,
      role: person.role ?? Role.COLLABORATOR,
      connected: person.connected ?? true,
      following: target(person),
    }
    const bytes = toBinary(ParticipantRowSchema, create(ParticipantRowSchema, data))
    return row(Table.PARTICIPANTS, idKey(BigInt(index + 1)), bytes)
  })
  if (master !== undefined) {
    const policy = create(PolicyRowSchema, { participants: [master] })
    rows.push(row(Table.POLICY, textKey('master'), toBinary(PolicyRowSchema, policy)))
  }
  const view = create(ProxyRowSchema, { group: 'views', type: 'RenderView', name: 'RenderView1' })
  rows.push(row(Table.PROXIES, idKey(VIEW), toBinary(ProxyRowSchema, view)))
  return rows
}

export const VIEW = (1n << 32n) + 1n

function target({ follows = 'master', chosen = false }: Person) {
  if (follows === 'master') return { kind: Follows.MASTER, chosen }
  if (follows === 'nobody') return { kind: Follows.NOBODY, chosen }
  return { kind: Follows.PARTICIPANT, participant: follows, chosen }
}

/** Put a row into a mirror's state, or (undefined) take it out, at the next revision. */
export function put(mirror: Mirror, table: Table, key: Uint8Array, after: Uint8Array | undefined): void {
  const before = mirror.state.tables.rows(table).get(keyOf(key))
  const value = { table, key, ...(before && { before }), ...(after && { after }) }
  mirror.fold(create(EventSchema, { revision: mirror.state.revision + 1n, changes: [{ kind: { case: 'put', value } }] }))
}
