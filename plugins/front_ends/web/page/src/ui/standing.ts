/** Where one stands, for who shows it: on the picture while there is one, else in the foot. */

import { computed } from 'vue'

import { standpoint } from '@/core/standing'
import { RENDER_VIEW } from '@/core/viewing'
import type { Session } from '@/session'

import { clock } from './people/times'

export function startStanding(session: Session) {
  const lost = computed(() => {
    const now = session.standing.value
    if (!session.joinedOnce.value) return now.kind === 'broken' ? 'The server does not answer. Trying again…' : ''
    if (now.kind === 'joined' && session.silent.value) return 'The server does not answer… your view is kept'
    if (now.kind !== 'broken') return ''
    const away = now.error.code === 'transport.connection_lost.server_away'
    return away ? 'The server restarts. You are back as soon as it is…' : 'Reconnecting… your view is kept'
  })
  return {
    /** That the server is lost, and what happens about it; '': it is there. */
    lost,
    point: computed(() =>
      standpoint(session.state(), session.me.value, session.people.value.length, session.lookingBack.value, clock),
    ),
    /** Rows and charts leave no room for words on them; nor do several views. */
    onPicture: computed(() => {
      if (!session.joinedOnce.value) return true
      const { places } = session.arranging
      const [only] = places.value
      return places.value.length < 2 && (only?.view === undefined || session.state().proxy(only.view)?.type === RENDER_VIEW)
    }),
  }
}
