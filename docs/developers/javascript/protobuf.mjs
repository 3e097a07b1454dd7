// Messages of collab.v1, read and written as its .proto files say. The files are read when the
// program starts, so nothing is generated that could go stale, and nothing has to be installed.
//
// In a message: int, enum and double are a number (ids fit 53 bits), sint64 is a BigInt, bytes are
// a Buffer, repeated fields are an array; a field that is not there is its default, but undefined
// if it is a message, `optional`, or in a oneof. BYTES has what a message was read from.

import { readFileSync } from "node:fs";

export const BYTES = Symbol("what the message was read from");

const SCALARS = { bool: 0, uint32: 0, uint64: 0, sint64: 0, double: 1, string: 2, bytes: 2 };

export class Schema {
  constructor(...files) {
    this.messages = new Map();
    for (const file of files) {
      const text = readFileSync(file, "utf8").replace(/\/\/.*/g, "");
      this.#body(text.match(/"[^"]*"|[\w.]+|[{}=;]/g).values(), null, false);
    }
  }

  #body(tokens, fields, oneof) {
    const next = () => tokens.next().value;
    for (let word = next(); word !== undefined && word !== "}"; word = next()) {
      if (word === "message") {
        const inside = [];
        this.messages.set(next(), inside);
        next();
        this.#body(tokens, inside, false);
        inside.sort((a, b) => a.number - b.number);
      } else if (word === "oneof") {
        next(), next();
        this.#body(tokens, fields, true);
      } else if (word === "enum") {
        while (next() !== "}");
      } else if (["syntax", "package", "import", "option", "reserved"].includes(word)) {
        while (next() !== ";");
      } else {
        const label = ["repeated", "optional"].includes(word) ? word : "";
        const type = label ? next() : word;
        const name = next();
        next();
        fields.push({ name, type, label, number: Number(next()), explicit: oneof || !!label });
        next();
      }
    }
  }

  #wire(type) {
    return SCALARS[type] ?? (this.messages.has(type) ? 2 : 0); // all else is an enumeration
  }

  encode(name, message) {
    const out = [];
    const value = (type, v) => {
      if (type === "double") out.push(...new Uint8Array(new Float64Array([v]).buffer));
      else if (this.#wire(type) === 0) {
        const n = BigInt(v);
        varint(out, type === "sint64" ? BigInt.asUintN(64, (n << 1n) ^ (n >> 63n)) : n);
      } else {
        const data = this.messages.has(type) ? this.encode(type, v) : Buffer.from(v);
        varint(out, BigInt(data.length));
        for (const byte of data) out.push(byte);
      }
    };
    for (const { name: key, type, label, number, explicit } of this.messages.get(name)) {
      const v = message[key];
      if (v === undefined || (label === "repeated" && !v.length)) continue;
      if (!explicit && !this.messages.has(type) && (!v || v.length === 0)) continue;
      const wire = this.#wire(type);
      if (label === "repeated" && wire !== 2) {
        const start = out.length;
        for (const element of v) value(type, element);
        const packed = out.splice(start);
        varint(out, BigInt(number * 8 + 2));
        varint(out, BigInt(packed.length));
        for (const byte of packed) out.push(byte);
      } else {
        for (const element of label === "repeated" ? v : [v]) {
          varint(out, BigInt(number * 8 + wire));
          value(type, element);
        }
      }
    }
    return Buffer.from(out);
  }

  decode(name, data) {
    const message = {};
    const fields = new Map(this.messages.get(name).map((field) => [field.number, field]));
    for (const field of fields.values()) {
      if (field.label === "repeated") message[field.name] = [];
      else if (!field.explicit) message[field.name] = this.#default(field.type);
    }
    Object.defineProperty(message, BYTES, { value: data });
    const reader = { data, at: 0 };
    while (reader.at < data.length) {
      const tag = Number(unvarint(reader));
      const field = fields.get(tag >> 3);
      const wire = tag & 7;
      if (!field) skip(reader, wire); // of a newer version
      else if (field.label !== "repeated") message[field.name] = this.#value(field.type, reader);
      else if (wire === 2 && this.#wire(field.type) !== 2) {
        const packed = { data: piece(reader), at: 0 };
        while (packed.at < packed.data.length)
          message[field.name].push(this.#value(field.type, packed));
      } else message[field.name].push(this.#value(field.type, reader));
    }
    return message;
  }

  #default(type) {
    if (type === "string") return "";
    if (type === "bytes") return Buffer.alloc(0);
    if (type === "sint64") return 0n;
    if (type === "bool") return false;
    return this.messages.has(type) ? undefined : 0;
  }

  #value(type, reader) {
    if (type === "double") {
      reader.at += 8;
      return reader.data.readDoubleLE(reader.at - 8);
    }
    if (this.#wire(type) === 0) {
      const n = unvarint(reader);
      if (type === "sint64") return (n >> 1n) ^ -(n & 1n);
      return type === "bool" ? n !== 0n : Number(n);
    }
    const data = piece(reader);
    if (type === "string") return data.toString("utf8");
    return type === "bytes" ? data : this.decode(type, data);
  }
}

function varint(out, n) {
  for (n = BigInt.asUintN(64, n); n > 127n; n >>= 7n) out.push(Number(n & 127n) | 128);
  out.push(Number(n));
}

function unvarint(reader) {
  let n = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.data[reader.at++];
    if (byte === undefined || shift > 63n) throw new RangeError("a number without an end");
    n |= BigInt(byte & 127) << shift;
    if (byte < 128) return n;
  }
}

function piece(reader) {
  const length = Number(unvarint(reader));
  if (reader.at + length > reader.data.length) throw new RangeError("a field without an end");
  return reader.data.subarray(reader.at, (reader.at += length));
}

function skip(reader, wire) {
  if (wire === 0) unvarint(reader);
  else if (wire === 2) piece(reader);
  else reader.at += wire === 1 ? 8 : 4;
}
