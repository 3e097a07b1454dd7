/** What a filter starts with on the data that it gets, as ParaView chooses it. Definitions only advise;
 * the client that makes the proxy decides, and sends plain values. */

import type { NamedValue } from '@/generated/collab_proto/v1/session_pb'
import type { PropertyDefinition, ProxyDefinition } from '@/generated/collab_proto/v1/values_pb'
import type { ArrayInformation, DataInformation } from '@/generated/collab_proto/v1/wire_pb'

import { arrayRange } from './showing'
import { domain, doubles, named, strings, type Value } from './values'

/** Glyphs are all of one size until somebody says so. */
const UNASKED = 'ScaleArray'

/** Lengths as parts of the longest side of the bounds; all others are the whole of it. */
const SHARE: Record<string, number> = {
  'Glyph.ScaleFactor': 0.1,
  'PointSource.Radius': 0.1,
  'Sphere.Radius': 0.25,
  'Cylinder.Radius': 0.25,
}

/** Values for what the data has something to offer for. */
export function advised(
  definition: ProxyDefinition,
  information: DataInformation | undefined,
): NamedValue[] {
  if (!information) return []
  const found = new Map<string, Value>()
  for (const property of definition.properties) {
    const value = arrayFor(property, information) ?? boundsFor(definition, property, information)
    if (value) found.set(property.name, value)
  }
  const [association, name] = found.get('SelectInputScalars')?.strings ?? []
  const array = information.arrays.find((a) => a.name === name && a.association === association)
  if (array) ofRange(definition, array, found)
  return [...found].map(([property, value]) => named(property, value))
}

function arrayFor(property: PropertyDefinition, information: DataInformation): Value | undefined {
  const advice = domain(property, 'array')
  if (!advice || property.name === UNASKED || property.numberOfElements !== 2) return undefined
  for (const association of advice.associations) {
    const array = information.arrays.find(
      (a) =>
        a.association === association &&
        a.maximum.length > 0 &&
        (advice.components === 0 || advice.components === a.components),
    )
    if (array) return strings(association, array.name)
  }
  return undefined
}

function boundsFor(
  definition: ProxyDefinition,
  property: PropertyDefinition,
  information: DataInformation,
): Value | undefined {
  const advice = domain(property, 'bounds')
  const { bounds } = information
  if (!advice || bounds.length !== 6) return undefined
  const low = [bounds[0]!, bounds[2]!, bounds[4]!]
  const high = [bounds[1]!, bounds[3]!, bounds[5]!]
  const sides = high.map((number, axis) => number - low[axis]!)
  if (advice.mode === 'center') return doubles(...low.map((number, axis) => (number + high[axis]!) / 2))
  if (advice.mode === 'range') {
    const isHigh = property.name.startsWith('High') || property.name.endsWith('2')
    return doubles(...(isHigh ? high : low))
  }
  if (property.numberOfElements === 3) return doubles(...sides)
  const share = SHARE[`${definition.type}.${property.name}`] ?? 1
  const length = Math.max(...sides) * share
  return length ? doubles(length) : undefined
}

function ofRange({ type }: ProxyDefinition, array: ArrayInformation, found: Map<string, Value>): void {
  const [low, high] = arrayRange(array)
  if (type === 'Contour') found.set('ContourValues', doubles((low + high) / 2))
  if (type === 'Threshold') {
    found.set('LowerThreshold', doubles(low))
    found.set('UpperThreshold', doubles(high))
  }
}
