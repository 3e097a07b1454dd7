/** Named arrays of numbers as bytes, as geometry is delivered (safetensors' format): the length of a
 * head, the head, which says what each array is and where it lies, and the arrays. */

import { CollabError, textOfError } from './failures'

export type Numbers =
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>

export interface Tensor {
  readonly shape: readonly number[]
  /** Row behind row. */
  readonly values: Numbers
}

const TYPES = {
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I16: Int16Array,
  U32: Uint32Array,
  I32: Int32Array,
  F32: Float32Array,
  F64: Float64Array,
} as const

const LENGTH_BYTES = 8
const MAX_HEAD_BYTES = 64 * 1024
const MAX_SIDES = 4

/** The arrays of a content, which are parts of its own bytes. Throws for what is none. */
export function unpacked(content: Uint8Array<ArrayBuffer>): Map<string, Tensor> {
  try {
    return read(content)
  } catch (error) {
    throw new CollabError('protocol.remote', `that is no geometry: ${textOfError(error)}`)
  }
}

function read(content: Uint8Array<ArrayBuffer>): Map<string, Tensor> {
  if (content.length < LENGTH_BYTES) throw new Error('it is cut off')
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const length = Number(view.getBigUint64(0, true))
  const begins = LENGTH_BYTES + length
  if (length > MAX_HEAD_BYTES || begins > content.length) throw new Error(`a head of ${length} bytes`)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(LENGTH_BYTES, begins))
  const head: unknown = JSON.parse(text)
  if (!isRecord(head)) throw new Error('its head is no object')
  const found = new Map<string, Tensor>()
  for (const [name, entry] of Object.entries(head)) found.set(name, tensor(name, entry, content, begins))
  return found
}

function tensor(name: string, entry: unknown, content: Uint8Array<ArrayBuffer>, begins: number): Tensor {
  if (!isRecord(entry)) throw new Error(`${name} is no array`)
  const { dtype, shape, data_offsets: offsets } = entry
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) throw new Error(`${name} has an unknown type`)
  if (!areCounts(shape) || shape.length < 1 || shape.length > MAX_SIDES) throw new Error(`${name} has no shape`)
  if (!areCounts(offsets) || offsets.length !== 2) throw new Error(`${name} is nowhere`)
  const type = TYPES[dtype as keyof typeof TYPES]
  const count = shape.reduce((product, side) => product * side, 1)
  const [begin, end] = [offsets[0]!, offsets[1]!]
  if (end - begin !== count * type.BYTES_PER_ELEMENT || begins + end > content.length || begin > end) {
    throw new Error(`${name} does not fit`)
  }
  const at = content.byteOffset + begins + begin
  const aligned = at % type.BYTES_PER_ELEMENT === 0
  const values = aligned ? new type(content.buffer, at, count) : new type(content.slice(begins + begin, begins + end).buffer)
  return { shape, values }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && (side as number) >= 0)
}
