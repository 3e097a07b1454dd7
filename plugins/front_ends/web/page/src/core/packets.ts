/** Packets: what goes over a connection in one go, each some messages. */

import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'

import {
  type ClientMessageSchema,
  ClientPacketSchema,
  type ServerMessage,
  ServerPacketSchema,
} from '@/generated/collab_proto/v1/wire_pb'

import { CollabError, textOfError } from './failures'

export type Said = NonNullable<MessageInitShape<typeof ClientMessageSchema>['kind']>

/** What the server may send in one go. */
export const MAX_INCOMING_BYTES = 16 * 1024 * 1024
/** What it takes in one go. */
export const MAX_CLIENT_PACKET_BYTES = 512 * 1024

/** A packet of one message. */
export function packed(kind: Said): Uint8Array {
  return toBinary(ClientPacketSchema, create(ClientPacketSchema, { messages: [{ kind }] }))
}

/** The messages of a packet. Throws for what is none. */
export function messagesOf(data: ArrayBuffer): readonly ServerMessage[] {
  if (data.byteLength > MAX_INCOMING_BYTES) {
    throw new CollabError('transport.message_too_large', `the server sent ${data.byteLength} bytes in one go`)
  }
  try {
    return fromBinary(ServerPacketSchema, new Uint8Array(data)).messages
  } catch (error) {
    throw new CollabError('protocol.remote', `that is no packet: ${textOfError(error)}`)
  }
}
