/** Asks for pictures of what moves seldom (a chart): one at a time, and always the newest wish. */

import { CollabError } from '@/core/failures'
import type { Ask, QueryKind } from '@/core/questions'

export interface Asker {
  readonly ask: Ask
  draw(picture: Blob): Promise<void>
  failed(error: CollabError): void
}

export class Pictures {
  #wish: QueryKind | undefined
  #cancel: (() => void) | undefined

  constructor(private readonly asker: Asker) {}

  want(wish: QueryKind): void {
    this.#wish = wish
    if (!this.#cancel) void this.#pump()
  }

  /** Ask for nothing more. */
  stop(): void {
    this.#wish = undefined
    this.#cancel?.()
  }

  async #pump(): Promise<void> {
    while (this.#wish) {
      const wish = this.#wish
      this.#wish = undefined
      const { answer, cancel } = this.asker.ask(wish)
      this.#cancel = cancel
      try {
        const { data } = await answer
        await this.asker.draw(new Blob([data], { type: 'image/png' }))
      } catch (error) {
        if (!(error instanceof CollabError)) throw error
        if (error.code !== 'renderer.cancelled') this.asker.failed(error)
      } finally {
        this.#cancel = undefined
      }
    }
  }
}
