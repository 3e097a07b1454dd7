/** Values of properties: made for the wire, and read as plain numbers and texts. */

import { create } from '@bufbuild/protobuf'

import {
  type Domain,
  type PropertyDefinition,
  type Value,
  ValueKind as Kind,
  ValueSchema,
} from '@/generated/collab_proto/v1/values_pb'
import { type NamedValue, NamedValueSchema } from '@/generated/collab_proto/v1/session_pb'

export { Kind }
export type { Value }

export type Plain = number | bigint | string | boolean

export const doubles = (...numbers: number[]): Value =>
  // + 0 makes 0 of -0, which a value never holds.
  create(ValueSchema, { kind: Kind.DOUBLE, doubles: numbers.map((number) => number + 0) })
export const integers = (...numbers: (number | bigint)[]): Value =>
  create(ValueSchema, { kind: Kind.INT, integers: numbers.map((number) => BigInt(number)) })
export const booleans = (...switches: boolean[]): Value =>
  create(ValueSchema, { kind: Kind.BOOL, integers: switches.map((on) => (on ? 1n : 0n)) })
export const strings = (...texts: string[]): Value =>
  create(ValueSchema, { kind: Kind.STRING, strings: texts })
export const proxies = (...ids: bigint[]): Value =>
  create(ValueSchema, { kind: Kind.PROXY, proxies: ids })
export const inputs = (...ends: { proxy: bigint; port: number }[]): Value =>
  create(ValueSchema, {
    kind: Kind.INPUT,
    proxies: ends.map((end) => end.proxy),
    ports: ends.map((end) => end.port),
  })

export function named(property: string, value: Value): NamedValue {
  return create(NamedValueSchema, { property, value })
}

/** The elements, as the kind has them; ids of proxies for references. */
export function elements(value: Value | undefined): readonly Plain[] {
  switch (value?.kind) {
    case Kind.INT:
      return value.integers
    case Kind.BOOL:
      return value.integers.map((integer) => integer !== 0n)
    case Kind.DOUBLE:
      return value.doubles
    case Kind.STRING:
      return value.strings
    case Kind.PROXY:
    case Kind.INPUT:
      return value.proxies
    default:
      return []
  }
}

/** A value of this kind with these elements: what `elements` gives back. */
export function valueOf(kind: Kind, plain: readonly Plain[]): Value {
  switch (kind) {
    case Kind.INT:
      return integers(...plain.map((element) => BigInt(Math.round(Number(element)))))
    case Kind.BOOL:
      return booleans(...plain.map(Boolean))
    case Kind.DOUBLE:
      return doubles(...plain.map(Number))
    case Kind.PROXY:
      return proxies(...plain.map((element) => BigInt(element)))
    case Kind.INPUT:
      return inputs(...plain.map((element) => ({ proxy: BigInt(element), port: 0 })))
    default:
      return strings(...plain.map(String))
  }
}

export const numbers = (value: Value | undefined): number[] => elements(value).map(Number)
export const isOn = (value: Value | undefined): boolean => numbers(value)[0] === 1

/** Whether the content is stored elsewhere, under its hash. */
export const isLarge = (value: Value): boolean => value.blobBytes !== 0n

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  const mine = elements(a)
  const theirs = elements(b)
  const ports = a?.ports ?? []
  return (
    a?.kind === b?.kind &&
    mine.length === theirs.length &&
    mine.every((element, i) => element === theirs[i]) &&
    ports.every((port, i) => port === b?.ports[i])
  )
}

type DomainCase = NonNullable<Domain['kind']['case']>
type DomainOf<C extends DomainCase> = Extract<Domain['kind'], { case: C }>['value']

/** The property's domain of one sort, if it has one. */
export function domain<C extends DomainCase>(
  property: PropertyDefinition,
  sort: C,
): DomainOf<C> | undefined {
  for (const { kind } of property.domains) {
    if (kind.case === sort) return kind.value as DomainOf<C> | undefined
  }
  return undefined
}
