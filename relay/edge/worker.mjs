// The glue between the host and the relay, which is a Go program in a Durable Object.
import "./wasm_exec.js";
import program from "./relay.wasm";
import { DurableObject } from "cloudflare:workers";

const mostBody = 16384; // bytes of what an operator sends
const rest = 3600e3; // ms for which an object sleeps at most, while what it holds can expire

// originOf returns the one of our origins that a request is for.
const originOf = (request, env) => {
  const { host } = new URL(request.url);
  return env.ORIGINS.split(/\s+/).find((one) => one && new URL(one).host === host);
};

// The host takes the object from memory when it has nothing to do, keeps its
// sockets, and makes another one when there is something: a request, a message, an alarm.
export class Relay extends DurableObject {
  async fetch(request) {
    const relay = await this.relay(originOf(request, this.env));
    const length = Number(request.headers.get("content-length") ?? 0);
    if (length > mostBody) return new Response("too much\n", { status: 413 });
    const body = length > 0 ? await request.text() : "";
    const { method, url, headers, cf } = request;
    const { body: text, ...rest } = await new Promise((answer) =>
      relay.serve({ method, url, header: [...headers], address: cf?.clientIp ?? "", body, answer }));
    return new Response(text, rest);
  }

  async webSocketMessage(ws, data) { (await this.relay()).message(ws, data); }
  async webSocketClose(ws) { (await this.relay()).closed(ws); }
  async webSocketError(ws) { (await this.relay()).closed(ws); }
  async alarm() {
    (await this.relay()).wake();
    await this.ctx.storage.setAlarm(Date.now() + rest);
  }

  relay(origin) { return this.running ??= this.start(origin); }

  // start runs the program and returns what takes what the host hands over. If it
  // ends, so does the object, and the host makes another of what is stored.
  async start(origin) {
    const { ctx } = this, { storage } = ctx;
    const known = await storage.get("origin");
    if (!known) await storage.put("origin", origin);
    await storage.setAlarm(Date.now() + rest);
    const go = new Go();
    const instance = await WebAssembly.instantiate(program, go.importObject);
    return new Promise((ready) => {
      globalThis.vialog = {
        origin: known ?? origin, env: this.env, ctx, storage, ready,
        sockets: ctx.getWebSockets().map((ws) => [ws, ctx.getTags(ws)[0]]),
        accept: (ws, subprotocol) => ctx.acceptWebSocket(ws, [subprotocol]),
        transact: (f) => storage.transactionSync(() => { if (!f()) throw new Error("undone"); }),
      };
      const end = () => ctx.abort("the relay has ended");
      go.run(instance).then(end, end);
    });
  }
}

export default {
  fetch(request, env) {
    const origin = originOf(request, env);
    if (!origin) return new Response("this is no relay of that name\n", { status: 421 });
    return env.RELAY.get(env.RELAY.idFromName(origin)).fetch(request);
  },
};
