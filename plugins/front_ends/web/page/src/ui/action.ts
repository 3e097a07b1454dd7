/** Something that can be done by name: found by searching, and by its keys. */
export interface Action {
  readonly name: string
  readonly keys?: string
  /** Why it is off. */
  readonly why?: string
  run(): void
}
