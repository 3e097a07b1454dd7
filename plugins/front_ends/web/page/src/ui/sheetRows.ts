/** What a spreadsheet shows: which rows of what, in which order and columns. */

import { computed, onBeforeUnmount, ref, shallowRef, triggerRef, watch } from 'vue'

import { RowStore } from '@/core/rows'
import { ASSOCIATIONS, sortingOf } from '@/core/sheet'
import { shownIn } from '@/core/showing'
import { isOn, numbers } from '@/core/values'
import type { Session } from '@/session'

export type SheetRows = ReturnType<typeof useSheetRows>

/** anew: called when other rows are asked for than before. */
export function useSheetRows(session: Session, view: () => bigint, anew: () => void) {
  const association = computed(() => numbers(session.state().value(view(), 'FieldAssociation'))[0] ?? 0)
  const shown = computed(() => shownIn(session.state(), view()).at(-1))
  const block = computed(() => {
    const representation = shown.value?.representation
    const [index = 0] = representation === undefined ? [] : numbers(session.state().value(representation, 'CompositeDataSetIndex'))
    return BigInt(Math.max(0, index))
  })
  const sorting = computed(() => {
    void session.presenceTick.value
    void session.stateTick.value
    const seen = (name: string) => session.looking.seen(view(), name)
    return sortingOf(seen('ColumnToSort')?.strings[0] ?? '', isOn(seen('InvertOrder')))
  })
  const title = computed(() => (shown.value ? session.state().title(shown.value.source.proxy) : ''))

  const failure = ref('')
  const store = shallowRef(
    new RowStore({
      ask: (query) => session.connection.ask(query),
      news() {
        failure.value = ''
        triggerRef(store)
      },
      failed(error) {
        if (error.code !== 'transport.connection_lost') failure.value = error.message
      },
    }),
  )

  function ask(): void {
    const source = shown.value?.source
    if (!source || session.standing.value.kind !== 'joined') {
      if (!source) store.value.ask(undefined)
      return
    }
    const { column: sortBy, component, descending } = sorting.value
    const rows = { association: ASSOCIATIONS[association.value] ?? 'POINTS', block: block.value }
    store.value.ask({ ...source, ...rows, sortBy, component, descending })
  }
  const question = () =>
    JSON.stringify([sorting.value, `${shown.value?.source.proxy}`, shown.value?.source.port, association.value, `${block.value}`])
  watch(question, () => {
    failure.value = ''
    anew()
    ask()
  })
  watch([session.sceneTick, () => session.standing.value.kind], ask)
  onBeforeUnmount(() => {
    store.value.stop()
  })

  const hidden = computed(() => new Set(session.state().value(view(), 'HiddenColumnLabels')?.strings))
  const fields = computed(() => {
    const all = store.value.fields.map((field, index) => ({ field, index }))
    return all.filter(({ field }) => !hidden.value.has(field.column))
  })
  const columns = computed(() => [...new Set(store.value.fields.map(({ column }) => column))])
  /** Columns that are too many. */
  const leftOut = computed(() => {
    const there = new Set(columns.value)
    return store.value.names.filter((name) => !there.has(name))
  })

  return { association, shown, sorting, title, failure, store, ask, hidden, fields, columns, leftOut }
}
