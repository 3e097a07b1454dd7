/** The views beside one another, as the page's parts see them: where they are, and what one can do. */

import { computed, ref } from 'vue'

import { arrange, arrangement, assign, cells, LAYOUT, MOST_CELLS, type Place, placeOf, resize, samePlace, split, swap, type Tree, type Way } from '@/core/layout'
import { closeView, convertView, type Kind, KINDS, openBeside, openView } from '@/core/viewing'
import { type Operation, type Port, show } from '@/core/showing'
import type { State } from '@/core/state'
import type { TypeInfo } from '@/generated/collab_proto/v1/wire_pb'

/** What of the session this works on. */
export interface Stage {
  state(): State
  types(): readonly TypeInfo[]
  activeView(): bigint | undefined
  source(): Port | undefined
  whyNot(): string
  newId(): bigint
  edit(operations: Operation[], label: string, set?: bigint): Promise<bigint>
  attempt(doing: Promise<unknown>): Promise<boolean>
  activate(view: bigint): void
}

export type Arranging = ReturnType<typeof startArranging>

export function startArranging(stage: Stage) {
  const tree = computed(() => arrangement(stage.state()))
  const places = computed(() => cells(tree.value))
  /** The view that fills my window: that is my own. */
  const filling = ref<bigint>()
  const maximised = computed(() => {
    const view = filling.value
    return view !== undefined && placeOf(tree.value, view) ? view : undefined
  })
  /** Views that are nowhere to be seen. */
  const hidden = computed(() => stage.state().views().filter((view) => !placeOf(tree.value, view)))
  const kinds = computed<readonly Kind[]>(() =>
    KINDS.filter(({ type }) => stage.types().some((info) => info.group === 'views' && info.type === type)),
  )
  const whyNot = computed(() => {
    const known = stage.types().some(({ group, type }) => group === LAYOUT.group && type === LAYOUT.type)
    return stage.whyNot() || (known ? '' : 'The renderer of this session knows one view at a time')
  })
  const whyNotSplit = computed(
    () => whyNot.value || (places.value.length < MOST_CELLS ? '' : `There are ${MOST_CELLS} views: that is as many as one can look at`),
  )

  function lie(changed: Tree, label: string): Promise<boolean> {
    return stage.attempt(stage.edit(arrange(stage.state(), changed, () => stage.newId()), label))
  }

  async function opened({ view, operations }: { view: bigint; operations: Operation[] }, label: string): Promise<void> {
    if (await stage.attempt(stage.edit(operations, label))) stage.activate(view)
  }

  const nameOf = (type: string) => KINDS.find((kind) => kind.type === type)?.name ?? type

  return {
    tree,
    places,
    maximised,
    hidden,
    kinds,
    whyNot,
    whyNotSplit,
    /** Fill my window with a view, or show all of them again. */
    flip(view: bigint | undefined) {
      filling.value = maximised.value === view ? undefined : view
    },
    split(place: Place, way: Way) {
      filling.value = undefined
      return lie(split(tree.value, place, way), way === 'horizontal' ? 'Split the view to the right' : 'Split the view downwards')
    },
    resize(place: Place, fraction: number) {
      return lie(resize(tree.value, place, fraction), 'Move what lies between views')
    },
    swap(one: Place, other: Place) {
      return lie(swap(tree.value, one, other), 'Swap two views')
    },
    assign(place: Place, view: bigint) {
      return lie(assign(tree.value, place, view), `Show ${stage.state().title(view)}`)
    },
    /** Let an empty place show something of a kind. */
    open(place: Place, type: string) {
      const made = openView(stage.state(), tree.value, place, type, stage.source(), () => stage.newId())
      return opened(made, `Show a ${nameOf(type).toLowerCase()}`)
    },
    /** Another kind of view in the place of one. */
    convert(place: Place, old: bigint, type: string) {
      const made = convertView(stage.state(), tree.value, place, old, type, stage.source(), () => stage.newId())
      return opened(made, `Show a ${nameOf(type).toLowerCase()} instead`)
    },
    async close(place: Place) {
      const at = places.value.find((one) => samePlace(one.place, place))
      if (!at) return
      const title = at.view === undefined ? 'an empty view' : stage.state().title(at.view)
      const operations = closeView(stage.state(), tree.value, place, at.view, () => stage.newId())
      await stage.attempt(stage.edit(operations, `Close ${title}`))
    },
    /** What shows a port in a view of a type: in one that there is, or in a new one beside the active. */
    showIn(type: string, source: Port): { view: bigint; operations: Operation[] } | undefined {
      const state = stage.state()
      const newId = () => stage.newId()
      const there = places.value.find(({ view }) => view !== undefined && state.proxy(view)?.type === type)
      if (there?.view !== undefined) return { view: there.view, operations: show(state, source, there.view, true, newId) }
      if (whyNotSplit.value || !kinds.value.some((kind) => kind.type === type)) return undefined
      const active = stage.activeView()
      const place = (active !== undefined && placeOf(tree.value, active)) || places.value.at(-1)?.place
      return place && openBeside(state, tree.value, place, 'horizontal', type, source, newId)
    },
  }
}

