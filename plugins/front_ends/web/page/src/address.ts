/** Where the page came from, and as whom it joins. A token in the address's fragment is taken and
 * forgotten from the address bar. */

import type { Credentials } from './core/connection'

export interface Joining {
  /** Of the session's socket. */
  readonly url: string
  /** What others can join by. */
  readonly link: string
  readonly credentials: Credentials
}

interface Address {
  readonly href: string
}

export function joinedBy(
  address: Address,
  history: { replaceState(data: unknown, unused: string, url: string): void },
): Joining {
  const page = new URL(address.href)
  const given = new URLSearchParams(page.hash.slice(1))
  const token = given.get('token') ?? ''
  const session = given.get('session') ?? page.searchParams.get('session') ?? ''
  if (token) {
    page.hash = ''
    history.replaceState(null, '', page.href)
  }
  const link = new URL(page)
  // Below whatever path a proxy put the page.
  const socket = new URL('ws', new URL('.', page))
  socket.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:'
  socket.search = ''
  return {
    url: socket.href,
    link: link.href,
    credentials: { name: '', session, token, connectId: given.get('connect-id') ?? '' },
  }
}
