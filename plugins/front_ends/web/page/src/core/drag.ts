/** Dragging: many values in a row of which only the newest matters, and one entry to undo. */

import type { Connection } from './connection'
import { type Operation, set } from './showing'
import { named, type Value } from './values'

/** One command is on its way at a time, and of what comes meanwhile the newest values wait. */
export class Drag {
  readonly #waiting = new Map<string, { proxy: bigint; property: string; value: Value }>()
  #onItsWay = false
  /** Until the server has had all of it. */
  settled: Promise<void> = Promise.resolve()

  constructor(
    private readonly connection: Pick<Connection, 'command'>,
    private readonly label: string,
    private readonly undoSet: bigint,
    private readonly refused: (error: unknown) => void,
  ) {}

  set(proxy: bigint, property: string, value: Value): void {
    this.#waiting.set(`${proxy}/${property}`, { proxy, property, value })
    if (!this.#onItsWay) this.settled = this.#send()
  }

  async #send(): Promise<void> {
    this.#onItsWay = true
    while (this.#waiting.size) {
      const operations: Operation[] = [...this.#waiting.values()].map(({ proxy, property, value }) =>
        set(proxy, named(property, value)),
      )
      this.#waiting.clear()
      try {
        await this.connection.command({ case: 'edit', value: { operations } }, this.label, this.undoSet)
      } catch (error) {
        this.refused(error)
      }
    }
    this.#onItsWay = false
  }
}
