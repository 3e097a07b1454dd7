/** A proposal in the making: what one would change if one steered, in the order of doing it. */

import type { NamedValue } from '@/generated/collab_proto/v1/session_pb'

import { type Operation, set } from './showing'
import type { Value } from './values'

/** `operations` and behind them `more`: a value that is set twice is set once, to the last. */
export function withMore(operations: readonly Operation[], more: readonly Operation[]): Operation[] {
  const all = [...operations]
  for (const operation of more) {
    const values = setBy(operation)
    if (!values) {
      all.push(operation)
      continue
    }
    const { proxy } = values
    const names = new Set(values.values.map(({ property }) => property))
    for (const [at, earlier] of all.entries()) {
      const theirs = setBy(earlier)
      if (theirs?.proxy === proxy) all[at] = set(proxy, ...theirs.values.filter(({ property }) => !names.has(property)))
    }
    all.push(operation)
  }
  return all.filter((operation) => setBy(operation)?.values.length !== 0)
}

/** What they set a property to; undefined: they don't. */
export function drafted(operations: readonly Operation[], proxy: bigint, property: string): Value | undefined {
  for (const operation of operations) {
    const values = setBy(operation)
    if (values?.proxy !== proxy) continue
    const found = values.values.find((value) => value.property === property)
    if (found) return found.value
  }
  return undefined
}

function setBy({ kind }: Operation): { proxy: bigint; values: NamedValue[] } | undefined {
  if (kind?.case !== 'set') return undefined
  return { proxy: kind.value.proxy ?? 0n, values: (kind.value.values ?? []) as NamedValue[] }
}
