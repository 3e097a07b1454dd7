/** Contents and scenes as a renderer would make them. */

import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'

import { type ColourTableSchema, type Scene, SceneSchema } from '@/generated/collab_proto/v1/scene_pb'

type Entry = Record<string, unknown>

/** A content with this head, whatever it says, and these bytes behind it. */
export function content(head: unknown, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof head === 'string' ? head : JSON.stringify(head))
  const padded = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(8 + padded + data.length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + padded)
  return bytes
}

const TYPES = { Float32Array: 'F32', Float64Array: 'F64', Uint32Array: 'U32', Uint8Array: 'U8' } as const

/** A content of arrays, each with its shape. */
export function packed(arrays: Record<string, [readonly number[], Float32Array | Float64Array | Uint32Array | Uint8Array]>) {
  const head: Record<string, Entry> = {}
  const parts: Uint8Array[] = []
  let at = 0
  for (const [name, [shape, values]] of Object.entries(arrays)) {
    const dtype = TYPES[values.constructor.name as keyof typeof TYPES]
    head[name] = { dtype, shape, data_offsets: [at, at + values.byteLength] }
    const padded = Math.ceil(values.byteLength / 8) * 8
    const part = new Uint8Array(padded)
    part.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    parts.push(part)
    at += padded
  }
  return content(head, Uint8Array.from(parts.flatMap((part) => [...part])))
}

export const named = (letter: number, size: number) => ({ sha256: new Uint8Array(32).fill(letter), sizeBytes: BigInt(size) })

export const TABLE: MessageInitShape<typeof ColourTableSchema> = {
  low: 0,
  high: 1,
  rgba: new Uint8Array(8),
  nan: new Uint8Array(4),
}

const LOOK = { style: 'Surface', colour: [1, 1, 1], edgeColour: [0, 0, 0], opacity: 1, lineWidth: 1, pointSize: 1, lit: true }

export const SURFACE = { representation: 5n, geometry: named(1, 40), look: LOOK }

export function sceneBytes(scene: MessageInitShape<typeof SceneSchema> = {}): Uint8Array<ArrayBuffer> {
  const whole: Scene = create(SceneSchema, { background: [0, 0, 0], surfaces: [SURFACE], ...scene })
  return Uint8Array.from(toBinary(SceneSchema, whole))
}
