/** Why nothing is to be seen in a view, where something could be: for people. */

import type { Derived } from '@/generated/collab_proto/v1/wire_pb'

import { hasData, shownIn } from './showing'
import type { State } from './state'
import { CHART_VIEW } from './viewing'

/** Where a probe was outside of all data, this is zero. */
const MASK = 'vtkValidPointMask'

/** '': there is something, or it isn't known yet what there is. */
export function whyNothing(state: State, view: bigint, derived: ReadonlyMap<bigint, Derived>): string {
  const type = state.proxy(view)?.type
  const shown = shownIn(state, view)
  if (!shown.length) {
    const any = state.proxies().some(([id]) => hasData(state, id))
    return any ? `Nothing is shown here. Press the eye of what you want to see${type === CHART_VIEW ? ' as lines' : ''}.` : ''
  }
  const found = shown.map(({ source: { proxy, port } }) => {
    const facts = derived.get(proxy)
    return { title: state.title(proxy), failure: state.quarantine(proxy) ?? facts?.failure?.text, data: facts?.ports[port] }
  })
  const failed = found.find(({ failure }) => failure)
  if (failed && found.every(({ failure }) => failure)) return `${failed.title} can’t be shown: ${failed.failure}`
  const titles = found.map(({ title }) => title).join(', ')
  const one = found.length === 1
  if (found.every(({ data }) => data && !data.points && data.type !== 'vtkTable')) {
    return `${titles} ${one ? 'is' : 'are'} empty: there are no points in ${one ? 'it' : 'them'}.`
  }
  const outside = found.every(({ data }) => data?.arrays.some(({ name, maximum }) => name === MASK && maximum[0] === 0))
  return type === CHART_VIEW && outside ? `Nothing to plot: ${titles} ${one ? 'meets' : 'meet'} no data.` : ''
}
