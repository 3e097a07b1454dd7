/** The views beside one another, as the page's parts see them: where they are, and what one can do. */

import { computed, ref, watch } from 'vue'

import { addLayout, arrange, assign, cells, LAYOUT, layoutsOf, type Lying, lyingIn, MOST_CELLS, MOST_LAYOUTS, type Place, placeOf, resize, samePlace, split, swap, type Tree, viewsIn, type Way } from '@/core/layout'
import { type Operation, type Port, register, show } from '@/core/showing'
import type { State } from '@/core/state'
import { closeLayout, closeView, convertView, type Kind, KINDS, openBeside, openView, viewsNowhere } from '@/core/viewing'
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
  const layouts = computed(() => layoutsOf(stage.state()))
  /** The layout that I have turned to, until I, or whom I follow, work in a view of another one. */
  const turned = ref<bigint>()
  const layout = computed(() => {
    const [state, view] = [stage.state(), stage.activeView()]
    if (turned.value !== undefined && layouts.value.includes(turned.value)) return turned.value
    const around = layouts.value.find((one) => view !== undefined && placeOf(lyingIn(state, one).tree, view))
    return around ?? layouts.value[0]
  })
  watch(() => stage.activeView(), () => (turned.value = undefined))
  const tree = computed(() => lyingIn(stage.state(), layout.value).tree)
  const places = computed(() => cells(tree.value))
  /** The view that fills my window: that is my own. */
  const filling = ref<bigint>()
  const maximised = computed(() => {
    const view = filling.value
    return view !== undefined && placeOf(tree.value, view) ? view : undefined
  })
  /** Views that are nowhere to be seen. */
  const hidden = computed(() => viewsNowhere(stage.state()))
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
  const whyNotAdd = computed(
    () => whyNot.value || (layouts.value.length < MOST_LAYOUTS ? '' : `There are ${MOST_LAYOUTS} layouts: that is as many as one can look through`),
  )

  const newId = () => stage.newId()
  const lying = (changed = tree.value): Lying => ({ layout: layout.value, tree: changed })

  function lie(changed: Tree, label: string): Promise<boolean> {
    return stage.attempt(stage.edit(arrange(stage.state(), lying(changed), newId), label))
  }

  async function opened({ view, operations }: { view: bigint; operations: Operation[] }, label: string): Promise<void> {
    if (await stage.attempt(stage.edit(operations, label))) stage.activate(view)
  }

  /** Look at another layout: whoever follows me comes along to its first view. */
  function turn(to: bigint): void {
    turned.value = to
    const views = viewsIn(lyingIn(stage.state(), to).tree)
    const [first] = views
    if (first === undefined || views.some((view) => view === stage.activeView())) return
    stage.activate(first)
  }

  const nameOf = (type: string) => KINDS.find((kind) => kind.type === type)?.name ?? type

  return {
    layouts,
    layout,
    turn,
    whyNotAdd,
    async addLayout() {
      const made = addLayout(stage.state(), newId)
      if (await stage.attempt(stage.edit(made.operations, 'Add a layout'))) turn(made.layout)
    },
    renameLayout(one: bigint, name: string) {
      return stage.attempt(stage.edit([register(one, name)], `Rename to ${name}`))
    },
    closeLayout(one: bigint) {
      const state = stage.state()
      return stage.attempt(stage.edit(closeLayout(state, one), `Close ${state.title(one)}`))
    },
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
      const made = openView(stage.state(), lying(), place, type, stage.source(), newId)
      return opened(made, `Show a ${nameOf(type).toLowerCase()}`)
    },
    /** Another kind of view in the place of one. */
    convert(place: Place, old: bigint, type: string) {
      const made = convertView(stage.state(), lying(), place, old, type, stage.source(), newId)
      return opened(made, `Show a ${nameOf(type).toLowerCase()} instead`)
    },
    async close(place: Place) {
      const at = places.value.find((one) => samePlace(one.place, place))
      if (!at) return
      const title = at.view === undefined ? 'an empty view' : stage.state().title(at.view)
      const operations = closeView(stage.state(), lying(), place, at.view, newId)
      await stage.attempt(stage.edit(operations, `Close ${title}`))
    },
    /** What shows a port in a view of a type: in one that there is, or in a new one beside the active. */
    showIn(type: string, source: Port): { view: bigint; operations: Operation[] } | undefined {
      const state = stage.state()
      const there = places.value.find(({ view }) => view !== undefined && state.proxy(view)?.type === type)
      if (there?.view !== undefined) return { view: there.view, operations: show(state, source, there.view, true, newId) }
      if (whyNotSplit.value || !kinds.value.some((kind) => kind.type === type)) return undefined
      const active = stage.activeView()
      const place = (active !== undefined && placeOf(tree.value, active)) || places.value.at(-1)?.place
      return place && openBeside(state, lying(), place, 'horizontal', type, source, newId)
    },
  }
}

