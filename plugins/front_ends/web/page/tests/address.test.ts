import { describe, expect, it } from 'vitest'

import { joinedBy, linkFor, withConnectId } from '@/address'

class Tab {
  readonly replaced: string[] = []
  readonly #kept = new Map<string, string>()

  /** foreign: what another page of the same address keeps in this tab. */
  constructor(private readonly foreign: string | null = null) {}

  open(href: string) {
    const history = { replaceState: (_: unknown, __: string, url: string) => void this.replaced.push(url) }
    const memory = {
      getItem: (key: string) => this.#kept.get(key) ?? this.foreign,
      setItem: (key: string, text: string) => void this.#kept.set(key, text),
    }
    return joinedBy({ href }, history, memory)
  }
}

describe('the address', () => {
  it('leads to the socket beside the page, below any path', () => {
    expect(new Tab().open('http://127.0.0.1:8080/').url).toBe('ws://127.0.0.1:8080/ws')
    expect(new Tab().open('https://host/x/?session=b').url).toBe('wss://host/x/ws')
  })

  it('carries a token in its fragment, which is taken out of the address bar', () => {
    const tab = new Tab()
    const { credentials, page } = tab.open('https://host/#token=a%2Bb&session=lesson')
    expect(credentials).toMatchObject({ token: 'a+b', session: 'lesson' })
    expect(tab.replaced).toEqual(['https://host/'])
    expect(page).toBe('https://host/')
  })

  it('hides a connect id as it hides a token', () => {
    const tab = new Tab()
    expect(tab.open('https://host/#connect-id=1234').credentials.connectId).toBe('1234')
    expect(tab.replaced).toEqual(['https://host/'])
  })

  it('is left alone where it has no secrets', () => {
    const tab = new Tab()
    expect(tab.open('http://127.0.0.1:8080/#session=b').credentials.session).toBe('b')
    expect(tab.replaced).toEqual([])
  })

  it('lets in again who reloads the page, and only at that address', () => {
    const tab = new Tab()
    tab.open('https://host/x/#token=secret')
    expect(tab.open('https://host/x/').credentials.token).toBe('secret')
    expect(tab.open('https://host/y/').credentials.token).toBe('')
    expect(new Tab().open('https://host/x/').credentials.token).toBe('')
  })

  it.each(['garbage', '7', 'null', '["https://host/", {"token": "x"}]'])('asks for nothing where the tab remembers %s', (foreign) => {
    expect(new Tab(foreign).open('https://host/').credentials.token).toBe('')
  })

  it('takes a newer token over the one that it remembers', () => {
    const tab = new Tab()
    tab.open('https://host/#token=old')
    tab.open('https://host/#token=new')
    expect(tab.open('https://host/').credentials.token).toBe('new')
  })

  it('makes links for others that carry their token and the session, and not mine', () => {
    const mine = new Tab().open('https://host/x/#token=mine&session=lesson')
    expect(linkFor(mine, 'theirs+1')).toBe('https://host/x/#token=theirs%2B1&session=lesson')
    expect(linkFor(mine, '')).toBe('https://host/x/#session=lesson')
    expect(linkFor(new Tab().open('https://host/?session=b#token=mine'), 't')).toBe('https://host/?session=b#token=t')
  })

  it('keeps what else lets one in when the connect id is told', () => {
    const mine = new Tab().open('https://host/#token=mine')
    expect(withConnectId(mine, 'a b')).toBe('#connect-id=a+b&token=mine')
  })
})
