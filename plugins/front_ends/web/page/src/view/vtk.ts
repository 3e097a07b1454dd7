/** What scenes say, in vtk.js's own forms. */

import type { mat4 } from 'gl-matrix'

/** What the arrays that colour are called. */
export const COLOURS = 'colours'

type Four = [number, number, number, number]
export const fractions = (bytes: Uint8Array): Four => [0, 1, 2, 3].map((i) => (bytes[i] ?? 255) / 255) as Four

/** A place as the scene has it, row by row, as vtk.js has it. */
export function matrixOf(rows: readonly number[]): mat4 {
  const column = (i: number) => (rows.length ? rows[(i % 4) * 4 + Math.floor(i / 4)]! : Number(i % 5 === 0))
  return Array.from({ length: 16 }, (_, i) => column(i)) as unknown as mat4
}
