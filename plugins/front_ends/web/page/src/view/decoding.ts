/** From the bytes of a picture to what a canvas draws. */

export type Image = ImageBitmap | VideoFrame

export interface Decoder {
  /** What can be shown, best first. */
  readonly formats: readonly string[]
  /** Rejects what can't be decoded. key: it needs no earlier one; others follow the one before. */
  decode(format: string, data: Uint8Array<ArrayBuffer>, key: boolean): Promise<Image>
  /** A format does not work here after all. */
  gaveUp(format: string): void
  /** What comes next has nothing to do with what came before. */
  reset(): void
}

const VIDEO = 'h264'
/** Whether pictures of a format are made from one another. */
export const isFilm = (format: string) => format === VIDEO
const WHOLE = ['jpeg', 'png']
/** A decoder that has not put out a picture by then never will. */
const DECODED_WITHIN_MS = 2_000

export class Decoding implements Decoder {
  formats: readonly string[] = typeof VideoDecoder === 'undefined' ? WHOLE : [VIDEO, ...WHOLE]
  #video: Video | undefined

  decode(format: string, data: Uint8Array<ArrayBuffer>, key: boolean): Promise<Image> {
    if (!isFilm(format)) return createImageBitmap(new Blob([data], { type: `image/${format}` }))
    this.#video ??= new Video()
    return this.#video.decode(data, key)
  }

  gaveUp(format: string): void {
    if (!isFilm(format)) return // there is nothing else
    this.reset()
    this.formats = WHOLE
  }

  reset(): void {
    this.#video?.close()
    this.#video = undefined
  }
}

/** Pictures that are made from one another, one at a time. */
class Video {
  #decoder: VideoDecoder | undefined
  #codec = ''
  #count = 0
  #waiting: { resolve: (frame: VideoFrame) => void; reject: (error: Error) => void } | undefined

  decode(data: Uint8Array<ArrayBuffer>, key: boolean): Promise<VideoFrame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#waiting?.reject(new Error('the decoder put out nothing')), DECODED_WITHIN_MS)
      const settle = () => {
        clearTimeout(timer)
        this.#waiting = undefined
      }
      this.#waiting = {
        resolve: (frame) => {
          settle()
          resolve(frame)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      }
      try {
        if (key) this.#configure(codecOf(data))
        if (!this.#decoder) throw new Error('the first picture is not there')
        const timestamp = (this.#count += 1) * 16_667
        this.#decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp, data }))
      } catch (error) {
        this.#waiting.reject(error as Error)
      }
    })
  }

  /** Whoever begins anew with another size needs nothing of what was before. */
  #configure(codec: string): void {
    if (this.#decoder && codec === this.#codec) return
    this.#end()
    this.#codec = codec
    this.#decoder = new VideoDecoder({
      output: (frame) => {
        if (this.#waiting) this.#waiting.resolve(frame)
        else frame.close()
      },
      error: (error) => this.#waiting?.reject(error),
    })
    this.#decoder.configure({ codec, optimizeForLatency: true })
  }

  #end(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close()
    this.#decoder = undefined
  }

  close(): void {
    this.#end()
    this.#waiting?.reject(new Error('the picture is not needed any more'))
  }
}

/** What WebCodecs calls a stream that begins with these bytes: profile, constraints and level stand
 * behind the start code and the head of the sequence parameter set. */
export function codecOf(data: Uint8Array): string {
  const hex = (byte = 0) => byte.toString(16).padStart(2, '0')
  return `avc1.${hex(data[5])}${hex(data[6])}${hex(data[7])}`
}
