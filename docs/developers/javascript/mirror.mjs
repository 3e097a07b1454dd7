// A client's copy of a session: the snapshot with the events folded in. It keeps keys and rows as
// bytes, so it needs to know no table to agree with the server about all of them.

import { createHash } from "node:crypto";
import { BYTES } from "./protobuf.mjs";

const PARTICIPANTS = 2, REQUESTS = 3, VALUES = 7, HISTORY = 10;

export class Mirror {
  constructor(schema) {
    this.schema = schema;
    this.revision = 0;
    this.rows = new Map();
  }

  /** Start again from a snapshot. */
  load(slices) {
    this.rows.clear();
    for (const { table, key, row } of slices.flatMap((slice) => slice.rows)) this.#put(table, key, row);
    this.revision = slices.at(-1).revision;
  }

  /** Take in one event. */
  fold(event) {
    if (event.revision !== this.revision + 1)
      throw new Error(`event ${event.revision} came at revision ${this.revision}`);
    for (const { put, set_value: set } of event.changes) {
      if (put) this.#put(put.table, put.key, put.after);
      else this.#put(VALUES, placeKey(set.proxy, set.property), set.after?.[BYTES]);
    }
    const author = idKey(event.author);
    if (event.request && this.get(PARTICIPANTS, author))
      this.#put(REQUESTS, author, this.schema.encode("RequestRow", { decided: event.request }));
    this.revision = event.revision;
  }

  /** The bytes of a row; undefined if there is none. */
  get(table, key) {
    return this.rows.get(`${table}:${key.toString("hex")}`)?.row;
  }

  /** The hash that everybody has at this revision. */
  digest() {
    const rows = [...this.rows.values()].filter(({ table }) => table !== HISTORY);
    rows.sort((a, b) => a.table - b.table || Buffer.compare(a.key, b.key));
    const hash = createHash("sha256");
    for (const { table, key, row } of rows)
      hash.update(uint32(table)).update(uint32(key.length)).update(key)
        .update(uint32(row.length)).update(row);
    return hash.digest("hex");
  }

  #put(table, key, row) {
    const place = `${table}:${key.toString("hex")}`;
    if (row === undefined) this.rows.delete(place);
    else this.rows.set(place, { table, key, row });
  }
}

export function idKey(id) {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(id));
  return key;
}

export const placeKey = (proxy, property) => Buffer.concat([idKey(proxy), Buffer.from(property)]);
export const pairKey = (group, name) => Buffer.from(`${group}\0${name}`);

function uint32(n) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
}
