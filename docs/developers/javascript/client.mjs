// A client in another language: it joins a session over WebSocket, keeps a mirror, and sets one
// property of a proxy.
//
//   node --experimental-websocket client.mjs ws://127.0.0.1:8080/ws sources Sphere1 Radius 2.5

import { Mirror, pairKey, placeKey } from "./mirror.mjs";
import { Schema } from "./protobuf.mjs";

const FILES = ["values", "session", "wire"].map(
  (name) => new URL(`../../../proto/src/collab_proto/v1/${name}.proto`, import.meta.url),
);
const NAMES = 8, VALUES = 7, DOUBLE = 2;
const CREDIT_EVERY_BYTES = 64 * 1024; // at 128 KiB at the latest

class Session {
  constructor(url, name) {
    this.schema = new Schema(...FILES);
    this.mirror = new Mirror(this.schema);
    this.slices = [];
    this.waiting = new Map(); // request → what its command waits with
    this.requests = 0;
    this.packets = this.untold = 0;
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.joined = new Promise((resolve, reject) => this.waiting.set(0, { resolve, reject }));
    this.socket.onopen = () =>
      this.send({ hello: { protocol_minimum: 1, protocol_maximum: 1, name, front_end: "javascript" } });
    this.socket.onmessage = ({ data }) => this.take(Buffer.from(data));
    this.socket.onclose = () => this.end(new Error(`the connection to ${url} has ended`));
  }

  send(message) {
    this.socket.send(this.schema.encode("ClientPacket", { messages: [message] }));
  }

  take(packet) {
    this.packets += 1;
    this.untold += packet.length;
    if (this.untold >= CREDIT_EVERY_BYTES) {
      this.untold = 0;
      this.send({ credit: { packets: this.packets } });
    }
    try {
      for (const message of this.schema.decode("ServerPacket", packet).messages) this.handle(message);
    } catch (error) {
      this.end(error);
      this.socket.close();
    }
  }

  handle({ welcome, snapshot, event, reply, ping, goodbye }) {
    if (welcome) this.participant = welcome.participant;
    else if (snapshot) {
      this.slices.push(snapshot);
      if (!snapshot.last) return;
      this.mirror.load(this.slices.splice(0));
      this.answered(0);
    } else if (event) {
      this.mirror.fold(event);
      if (event.author === this.participant) this.answered(event.request);
    } else if (reply) this.answered(reply.request, reply.failure);
    else if (ping) this.send({ pong: { serial: ping.serial } });
    else if (goodbye) this.end(new Error(`${goodbye.failure?.code}: ${goodbye.failure?.text}`));
    // All else is shown by front ends: presence, derived facts, progress, answers.
  }

  answered(request, failure) {
    const { resolve, reject } = this.waiting.get(request) ?? {};
    this.waiting.delete(request);
    if (failure) reject?.(new Error(`${failure.code}: ${failure.text}`));
    else resolve?.();
  }

  end(error) {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  /** Ask for something; done when the server has decided, an error when it has refused. */
  command(kind) {
    const request = ++this.requests;
    return new Promise((resolve, reject) => {
      this.waiting.set(request, { resolve, reject });
      this.send({ command: { request, ...kind } });
    });
  }

  /** The id of a registered proxy. */
  proxy(group, name) {
    const row = this.mirror.get(NAMES, pairKey(group, name));
    if (!row) throw new Error(`there is no ${name} in ${group}`);
    return this.schema.decode("NameRow", row).proxy;
  }

  value(proxy, property) {
    const row = this.mirror.get(VALUES, placeKey(proxy, property));
    if (!row) throw new Error(`there is no property ${property}`);
    return this.schema.decode("Value", row);
  }

  set(proxy, property, value) {
    return this.command({
      edit: { operations: [{ set: { proxy, values: [{ property, value }] } }] },
    });
  }
}

const [url, group, name, property, number] = process.argv.slice(2);
const session = new Session(url, "Jay");
try {
  await session.joined;
  const proxy = session.proxy(group, name);
  const before = session.value(proxy, property).doubles[0];
  await session.set(proxy, property, { kind: DOUBLE, doubles: [Number(number)] });
  const after = session.value(proxy, property).doubles[0];
  console.log(`${name}.${property}: ${before} -> ${after}`);
  console.log(`revision ${session.mirror.revision} digest ${session.mirror.digest()}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 3;
} finally {
  session.send({ goodbye: { failure: { code: "goodbye", text: "Jay has left" } } });
  session.socket.close();
}
