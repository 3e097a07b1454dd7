/** How much was said while one looked elsewhere. */

import { computed, ref, watch } from 'vue'

import type { Session } from '@/session'

/** reading: whether the chat is in sight. What was said before one came counts as read. */
export function startUnread(session: Session, reading: () => boolean) {
  const newest = () => session.state().chat().at(-1)?.[0] ?? 0n
  const seen = ref<bigint>()
  watch(
    () => [session.joinedOnce.value, session.me.value, newest(), reading()] as const,
    ([joined, , last, inSight], before) => {
      // Another server, or a first snapshot: nothing of it was missed.
      const anew = before?.[1] !== session.me.value
      if (joined && (inSight || anew || seen.value === undefined)) seen.value = last
    },
    { immediate: true },
  )
  return computed(() => {
    const from = seen.value
    if (from === undefined) return 0
    return session.state().chat().filter(([id, row]) => id > from && row.author !== session.me.value).length
  })
}
