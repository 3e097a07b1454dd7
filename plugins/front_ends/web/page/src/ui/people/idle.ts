/** Telling the others whether one is at the page, or away from it. */

import { onBeforeUnmount, onMounted } from 'vue'

import { SESSION } from '@/core/presence'
import { booleans, named } from '@/core/values'
import type { Session } from '@/session'

/** Whoever touches nothing for so long is away. */
const AWAY_AFTER_MS = 120_000

const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel'] as const

export function tellWhenAway(session: Session): void {
  let away = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function tell(now: boolean): void {
    if (away === now || session.standing.value.kind !== 'joined') return
    away = now
    session.connection.show(SESSION, [named('Idle', booleans(away))])
  }

  function here(): void {
    tell(false)
    clearTimeout(timer)
    timer = setTimeout(() => {
      tell(true)
    }, AWAY_AFTER_MS)
  }

  onMounted(() => {
    for (const sign of SIGNS) window.addEventListener(sign, here, { passive: true })
    here()
  })
  onBeforeUnmount(() => {
    for (const sign of SIGNS) window.removeEventListener(sign, here)
    clearTimeout(timer)
  })
}
