/** What was changed, or would be, in words for people: one line a change, with what was and what is. */

import { equals, fromBinary } from '@bufbuild/protobuf'

import {
  type Change,
  type NamedValue,
  ProxyRowSchema,
  type ProposalRow,
  type SetValue,
  Table,
} from '@/generated/collab_proto/v1/session_pb'
import { ValueSchema } from '@/generated/collab_proto/v1/values_pb'

import { idOf, keyOf } from './bytes'
import type { State } from './state'
import { inputOf } from './showing'
import { domain, elements, isLarge, isOn, Kind, type Value } from './values'

/** before, after: absent where there was or is nothing to say. */
export interface Line {
  readonly what: string
  readonly before?: string
  readonly after?: string
}

/** What a proxy is called: also one that is not there any more, or not yet. */
export type Titles = (proxy: bigint) => string

const MOST_ELEMENTS = 6
const MOST_CHARACTERS = 60

/** A value in a few words. */
export function valueText(value: Value | undefined, titles: Titles, words?: ReadonlyMap<bigint, string>): string {
  if (!value) return 'nothing'
  if (isLarge(value)) return `${Number(value.blobBytes)} bytes`
  const all = elements(value)
  const texts = all.slice(0, MOST_ELEMENTS).map((element) => {
    if (typeof element === 'boolean') return element ? 'on' : 'off'
    if (typeof element === 'bigint') {
      return value.kind === Kind.PROXY || value.kind === Kind.INPUT ? titles(element) : (words?.get(element) ?? String(element))
    }
    return typeof element === 'number' ? String(Number(element.toPrecision(6))) : short(element)
  })
  if (!texts.length) return 'nothing'
  return texts.join(', ') + (all.length > texts.length ? ` and ${all.length - texts.length} more` : '')
}

function short(text: string): string {
  if (text === '') return '“”'
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
}

/** Names of properties are words without spaces between them. */
export const spaced = (name: string) =>
  name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')

function words(state: State, proxy: bigint, property: string): ReadonlyMap<bigint, string> | undefined {
  const definition = state.property(proxy, property)
  const choices = definition && domain(definition, 'enumeration')?.entries
  return choices?.length ? new Map(choices.map(({ value, text }) => [value, text])) : undefined
}

function propertyText(state: State, proxy: bigint, property: string, titles: Titles): string {
  return `${spaced(state.property(proxy, property)?.label || property)} of ${titles(proxy)}`
}

function setLine(state: State, titles: Titles, { proxy, property, before, after }: Omit<SetValue, '$typeName'>): Line {
  const source = property === 'Visibility' && state.proxy(proxy)?.group === 'representations' ? inputOf(state, proxy) : undefined
  if (source) return { what: `${isOn(after) ? 'Show' : 'Hide'} ${titles(source.proxy)}` }
  const named = words(state, proxy, property)
  return {
    what: propertyText(state, proxy, property, titles),
    before: valueText(before, titles, named),
    after: valueText(after, titles, named),
  }
}

// -- proposals -------------------------------------------------------------------------------

/** What a proposal would do. */
export function proposedLines(state: State, { operations, replaces }: Pick<ProposalRow, 'operations' | 'replaces'>): Line[] {
  const made = new Map<bigint, string>()
  for (const { kind } of operations) {
    if (kind.case !== 'create') continue
    const { proxy, group, type, name, values } = kind.value
    made.set(proxy, name || (group === 'representations' ? (shown(values, (id) => made.get(id) ?? state.title(id)) ?? type) : spaced(type)))
  }
  const titles: Titles = (id) => made.get(id) ?? state.title(id)
  const was = new Map(replaces.map((change) => [`${change.proxy}/${change.property}`, change.before]))
  return operations.flatMap(({ kind }): Line[] => {
    switch (kind.case) {
      case 'create': {
        const { proxy, group, values } = kind.value
        if (group === 'representations') {
          const what = shown(values, titles)
          return what === undefined ? [{ what: `Create ${titles(proxy)}` }] : [{ what: `Show ${what}` }]
        }
        const own = values.filter(({ value }) => value?.kind !== Kind.PROXY && value?.kind !== Kind.INPUT)
        const of = shown(values, titles)
        const lines = own.map(({ property, value }) => ({
          what: `${spaced(property)} of ${titles(proxy)}`,
          after: valueText(value, titles),
        }))
        return [{ what: `Create ${titles(proxy)}${of === undefined ? '' : ` of ${of}`}` }, ...lines]
      }
      case 'set': {
        const { proxy, values } = kind.value
        return values.map(({ property, value: after }) => {
          if (made.has(proxy)) return { what: `${spaced(property)} of ${titles(proxy)}`, after: valueText(after, titles) }
          const key = `${proxy}/${property}`
          const before = was.has(key) ? was.get(key) : state.value(proxy, property)
          return setLine(state, titles, { proxy, property, before, after })
        })
      }
      case 'register':
        return [{ what: 'Name', before: titles(kind.value.proxy), after: kind.value.name }]
      case 'delete':
        return [{ what: `Delete ${titles(kind.value.proxy)}` }]
      case 'connect':
      case 'disconnect': {
        const { proxy, property, element } = kind.value
        if (property === 'Representations') return []
        const verb = kind.case === 'connect' ? 'Add' : 'Remove'
        return [{ what: `${verb} ${titles(element)}: ${propertyText(state, proxy, property, titles)}` }]
      }
      case 'link':
        return [{ what: `Link ${kind.value.name}` }]
      case 'unlink':
        return [{ what: `Unlink ${kind.value.name}` }]
      case 'annotate': {
        const { proxy, key, text } = kind.value
        return [{ what: `Note ${key} of ${titles(proxy)}`, ...(text === undefined ? {} : { after: short(text) }) }]
      }
      case 'select':
        return [{ what: `Select data of ${titles(kind.value.proxy)}` }]
      default:
        return []
    }
  })
}

/** Of what a representation is, by what it was made with. */
function shown(values: readonly NamedValue[], titles: Titles): string | undefined {
  const [source] = values.find(({ property }) => property === 'Input')?.value?.proxies ?? []
  return source === undefined ? undefined : titles(source)
}

/** What of that which a proposal replaces is another now than its author saw. */
export function changedSince(state: State, { replaces, replacesRows }: Pick<ProposalRow, 'replaces' | 'replacesRows'>): Line[] {
  const titles: Titles = (id) => state.title(id)
  const values = replaces.flatMap((change): Line[] => {
    const now = state.value(change.proxy, change.property)
    if (now && change.before ? equals(ValueSchema, now, change.before) : !now && !change.before) return []
    return [setLine(state, titles, { ...change, after: now })]
  })
  const rows = replacesRows.flatMap(({ table, key, before }): Line[] => {
    const now = state.tables.rows(table).get(keyOf(key))
    if (sameBytes(now, before)) return []
    const what = table === Table.PROXIES && before ? fromBinary(ProxyRowSchema, before).name || 'Something' : 'Something it replaces'
    return [{ what, after: now ? 'changed' : 'gone' }]
  })
  return [...values, ...rows]
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

// -- history ---------------------------------------------------------------------------------

/** What changes did. titles: of the proxies as they were called then. */
export function doneLines(state: State, changes: readonly Change[], titles: Titles): Line[] {
  const came = new Set<bigint>()
  const went = new Set<bigint>()
  const lines: Line[] = []
  for (const { kind } of changes) {
    if (kind.case !== 'put' || kind.value.table !== Table.PROXIES) continue
    const id = idOf(keyOf(kind.value.key))
    const [before, after] = [kind.value.before, kind.value.after].map((row) => row && fromBinary(ProxyRowSchema, row))
    if (!before && after) {
      came.add(id)
      if (after.group !== 'representations' && !after.owner) lines.push({ what: `Create ${titles(id)}` })
    } else if (before && !after) {
      went.add(id)
      if (before.group !== 'representations' && !before.owner) lines.push({ what: `Delete ${titles(id)}` })
    } else if (before && after && before.name !== after.name) {
      lines.push({ what: 'Name', before: before.name, after: after.name })
    }
  }
  for (const { kind } of changes) {
    if (kind.case === 'setValue') {
      const { proxy, property, after } = kind.value
      if (came.has(proxy) && property === 'Input' && state.proxy(proxy)?.group === 'representations') {
        lines.push({ what: `Show ${valueText(after, titles)}` })
      }
      if (came.has(proxy) || went.has(proxy) || property === 'Representations') continue
      lines.push(setLine(state, titles, kind.value))
    } else if (kind.case === 'put') {
      const what = OTHERS[kind.value.table]
      if (what) lines.push({ what: `${what} ${kind.value.after ? (kind.value.before ? 'changed' : 'added') : 'taken away'}` })
    }
  }
  return lines
}

const OTHERS: Record<number, string> = {
  [Table.LINKS]: 'A link was',
  [Table.SELECTIONS]: 'The selection was',
  [Table.ANNOTATIONS]: 'A note was',
}
