/** Where the page came from, and as whom it joins. A token in the address's fragment is taken and
 * forgotten from the address bar. */

import type { Credentials } from './core/connection'

export interface Joining {
  /** Of the session's socket. */
  readonly url: string
  /** The page's own address, without anybody's secrets. */
  readonly page: string
  readonly credentials: Credentials
}

interface Address {
  readonly href: string
}

/** Where a browser's tab keeps things until it is closed. */
interface Memory {
  getItem(key: string): string | null
  setItem(key: string, text: string): void
}

const KEY = 'collab.joined-with'

/** How one joins from `address`. What its fragment carries is kept by `memory`, so that reloading the
 * page is not leaving it: a secret is in no address bar, no history and no bookmark. */
export function joinedBy(
  address: Address,
  history: { replaceState(data: unknown, unused: string, url: string): void },
  memory: Memory,
): Joining {
  const page = new URL(address.href)
  const fragment = page.hash.slice(1)
  page.hash = ''
  const place = page.origin + page.pathname
  if (carriesSecrets(`#${fragment}`)) {
    memory.setItem(KEY, JSON.stringify([place, fragment]))
    history.replaceState(null, '', page.href)
  }
  const given = new URLSearchParams(fragment || rememberedAt(place, memory))
  // Below whatever path a proxy put the page.
  const socket = new URL('ws', new URL('.', page))
  socket.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:'
  socket.search = ''
  return {
    url: socket.href,
    page: page.href,
    credentials: {
      name: '',
      session: given.get('session') ?? page.searchParams.get('session') ?? '',
      token: given.get('token') ?? '',
      connectId: given.get('connect-id') ?? '',
    },
  }
}

/** Whether a fragment lets one in: then it is none to be left lying about. */
export function carriesSecrets(hash: string): boolean {
  const given = new URLSearchParams(hash.slice(1))
  return given.has('token') || given.has('connect-id')
}

function rememberedAt(place: string, memory: Memory): string {
  const text = memory.getItem(KEY)
  if (text === null) return ''
  try {
    const kept: unknown = JSON.parse(text)
    return Array.isArray(kept) && kept[0] === place && typeof kept[1] === 'string' ? kept[1] : ''
  } catch {
    return '' // another page of the same address keeps something else there
  }
}

/** A link by which others join the session that `joining` leads to. token: '' is none. */
export function linkFor({ page, credentials }: Joining, token: string): string {
  const link = new URL(page)
  const carried = new URLSearchParams()
  if (token) carried.set('token', token)
  if (credentials.session && !link.searchParams.has('session')) carried.set('session', credentials.session)
  link.hash = carried.toString()
  return link.href
}

/** The fragment to join with again, once one was told the connect id. */
export function withConnectId({ credentials }: Joining, connectId: string): string {
  const carried = new URLSearchParams({ 'connect-id': connectId })
  if (credentials.token) carried.set('token', credentials.token)
  if (credentials.session) carried.set('session', credentials.session)
  return `#${carried.toString()}`
}
