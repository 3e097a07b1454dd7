/** What was changed and not applied yet, by proxy and property. */

import { computed, ref, shallowReactive } from 'vue'

import { type Operation, set } from '@/core/showing'
import { named, type Value } from '@/core/values'

const KEY = 'collab.auto-apply'

export type Pending = ReturnType<typeof startPending>

export function startPending() {
  const values = shallowReactive(new Map<string, { proxy: bigint; property: string; value: Value }>())
  /** Whether changes take effect at once. */
  const auto = ref(localStorage.getItem(KEY) !== 'off')

  return {
    auto,
    count: computed(() => values.size),
    get: (proxy: bigint, property: string) => values.get(`${proxy}/${property}`)?.value,
    put(proxy: bigint, property: string, value: Value | undefined): void {
      if (value) values.set(`${proxy}/${property}`, { proxy, property, value })
      else values.delete(`${proxy}/${property}`)
    },
    clear: () => {
      values.clear()
    },
    operations: (): Operation[] =>
      [...values.values()].map(({ proxy, property, value }) => set(proxy, named(property, value))),
    setAuto(on: boolean): void {
      auto.value = on
      localStorage.setItem(KEY, on ? 'on' : 'off')
    },
  }
}
