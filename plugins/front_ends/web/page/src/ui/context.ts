import { inject, type InjectionKey } from 'vue'

import type { Session } from '@/session'

export const SESSION_KEY: InjectionKey<Session> = Symbol('session')

/** The session that the page is in. */
export function useSession(): Session {
  const session = inject(SESSION_KEY)
  if (!session) throw new Error('there is no session around this')
  return session
}
