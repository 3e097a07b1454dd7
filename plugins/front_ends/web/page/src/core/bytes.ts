/** Keys of tables: bytes as strings of one character a byte, which sort as the bytes do. */

const encoder = new TextEncoder()

const ASCII = /^[\x00-\x7f]*$/

export type Key = string

export function keyOf(bytes: Uint8Array): Key {
  let key = ''
  for (const byte of bytes) key += String.fromCharCode(byte)
  return key
}

export function bytesOf(key: Key): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0))
}

/** 8 bytes, big-endian. */
export function idKey(id: bigint): Key {
  return key4(Number((id >> 32n) & 0xffff_ffffn)) + key4(Number(id & 0xffff_ffffn))
}

/** 4 bytes, big-endian. */
export function key4(n: number): Key {
  return String.fromCharCode(n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff)
}

/** The id that a key is, or begins with. */
export function idOf(key: Key): bigint {
  let id = 0n
  for (let i = 0; i < 8; i++) id = (id << 8n) | BigInt(key.charCodeAt(i))
  return id
}

export function textKey(text: string): Key {
  // What most texts are is its own key already.
  return ASCII.test(text) ? text : keyOf(encoder.encode(text))
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
