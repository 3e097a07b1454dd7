/** What one does with views by name or by key. */

import { computed } from 'vue'

import { placeOf, samePlace } from '@/core/layout'
import { SIDES } from '@/core/sides'
import { RENDER_VIEW } from '@/core/viewing'
import type { Session } from '@/session'

import type { Action } from './action'

export function startViewActions(session: Session) {
  const { arranging } = session
  const place = computed(() => {
    const view = session.activeView.value
    return view === undefined ? undefined : placeOf(arranging.tree.value, view)
  })
  const isPicture = computed(() => {
    const view = session.activeView.value
    return view !== undefined && session.state().proxy(view)?.type === RENDER_VIEW
  })
  const several = computed(() => arranging.places.value.length > 1)

  function fill(): void {
    const view = session.activeView.value
    if (several.value && view !== undefined) arranging.flip(view)
  }

  const actions = computed<Action[]>(() => {
    const at = place.value
    const found: Action[] = []
    if (isPicture.value) {
      for (const side of SIDES) {
        found.push({ name: `Look along ${side.label}`, keys: side.keys, run: () => void session.attempt(session.lookAlong(side)) })
      }
    }
    if (at) {
      const why = arranging.whyNotSplit.value
      found.push({ name: 'Split the view to the right', why, run: () => void arranging.split(at, 'horizontal') })
      found.push({ name: 'Split the view downwards', why, run: () => void arranging.split(at, 'vertical') })
    }
    found.push({ name: 'Add a layout', why: arranging.whyNotAdd.value, run: () => void arranging.addLayout() })
    if (several.value) {
      const places = arranging.places.value
      const filled = arranging.maximised.value !== undefined
      found.push({ name: filled ? 'Show all views' : 'Fill my window with the view', keys: 'M', run: fill })
      const next = places[(places.findIndex(({ place: one }) => at && samePlace(one, at)) + 1) % places.length]
      if (at && next) found.push({ name: 'Swap the view with the next', why: arranging.whyNot.value, run: () => void arranging.swap(at, next.place) })
      if (at) found.push({ name: 'Close the view', why: arranging.whyNot.value, run: () => void arranging.close(at) })
    }
    return found
  })

  return {
    actions,
    /** Whether a key, pressed with none but Shift, did something. */
    keyed(event: KeyboardEvent): boolean {
      const key = event.key.toUpperCase()
      if (key === 'M' && !event.shiftKey) fill()
      else {
        const pressed = event.shiftKey ? `Shift+${key}` : key
        const side = SIDES.find(({ keys }) => keys === pressed)
        if (!side || !isPicture.value) return false
        void session.attempt(session.lookAlong(side))
      }
      return true
    },
  }
}
