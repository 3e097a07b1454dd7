import { inject, type InjectionKey } from 'vue'

import type { Session } from '@/session'

import type { Pending } from './pending'

export const SESSION_KEY: InjectionKey<Session> = Symbol('session')

/** The session that the page is in. */
export function useSession(): Session {
  const session = inject(SESSION_KEY)
  if (!session) throw new Error('there is no session around this')
  return session
}

export const PENDING_KEY: InjectionKey<Pending> = Symbol('pending')

/** What was changed here and waits for Apply. */
export function usePending(): Pending {
  const pending = inject(PENDING_KEY)
  if (!pending) throw new Error('there is nothing around this that changes could wait in')
  return pending
}
