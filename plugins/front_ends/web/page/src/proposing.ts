/** Making a proposal: while it is on, what would be refused is taken down instead of sent. */

import { computed, ref, shallowRef } from 'vue'

import { drafted, withMore } from '@/core/proposing'
import type { Operation } from '@/core/showing'

export type Proposing = ReturnType<typeof startProposing>

export function startProposing() {
  const on = ref(false)
  const operations = shallowRef<readonly Operation[]>([])
  /** What the last of it is called: a title to begin with. */
  const title = ref('')

  return {
    on,
    operations,
    title,
    count: computed(() => operations.value.length),
    begin(): void {
      on.value = true
    },
    /** It is sent, or not wanted any more. */
    end(): void {
      on.value = false
      operations.value = []
      title.value = ''
    },
    add(more: readonly Operation[], label: string): void {
      title.value = title.value && title.value !== label ? `${title.value.replace(/ and more$/, '')} and more` : label
      operations.value = withMore(operations.value, more)
    },
    drafted: (proxy: bigint, property: string) => (on.value ? drafted(operations.value, proxy, property) : undefined),
  }
}
