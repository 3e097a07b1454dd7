/** Contents of scenes by their name, for every view: what was fetched once is not fetched again while
 * there is room. The ones longest unused go first. */

export type Content = Uint8Array<ArrayBuffer>

const KEPT_BYTES = 128 * 1024 * 1024

export class Geometries {
  readonly #kept = new Map<string, Content>()
  #bytes = 0

  constructor(private readonly mostBytes = KEPT_BYTES) {}

  get bytes(): number {
    return this.#bytes
  }

  get(name: string): Content | undefined {
    const content = this.#kept.get(name)
    if (content) {
      this.#kept.delete(name)
      this.#kept.set(name, content)
    }
    return content
  }

  put(name: string, content: Content): void {
    this.#bytes += content.length - (this.#kept.get(name)?.length ?? 0)
    this.#kept.delete(name)
    this.#kept.set(name, content)
    for (const [oldest, { length }] of this.#kept) {
      if (this.#bytes <= this.mostBytes) break
      this.#kept.delete(oldest)
      this.#bytes -= length
    }
  }
}
