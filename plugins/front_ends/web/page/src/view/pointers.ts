/** Where somebody points, in a window of another shape: windows that show one camera show the same
 * world about their middle, each as far as its shape goes (see `fitted`). */

export interface Place {
  /** 0 to 1 from the lower left. */
  readonly x: number
  readonly y: number
}

/** How many times as much a window of this shape sees above and below as the leader's. */
function wider(aspect: number, leading: number): number {
  return Math.max(1, leading / aspect)
}

/** A place in a window of shape `from`, in one of shape `to`; undefined: outside of that. The shapes
 * are width / height; `leading` is that of whoever turned the camera. */
export function carried({ x, y }: Place, from: number, to: number, leading: number): Place | undefined {
  const [theirs, mine] = [wider(from, leading), wider(to, leading)]
  const place = {
    x: 0.5 + ((x - 0.5) * from * theirs) / (to * mine),
    y: 0.5 + ((y - 0.5) * theirs) / mine,
  }
  const inside = place.x >= 0 && place.x <= 1 && place.y >= 0 && place.y <= 1
  return inside ? place : undefined
}
