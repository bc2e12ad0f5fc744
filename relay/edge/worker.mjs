// The glue between the host and the relay, which is a Go program in a Durable Object.
import "./wasm_exec.js";
import program from "./relay.wasm";
import { DurableObject } from "cloudflare:workers";

const mostBody = 16384; // bytes of what an operator sends

// originOf returns the one of our origins that a request is for.
const originOf = (request, env) => {
  const { host } = new URL(request.url);
  return env.ORIGINS.split(/\s+/).find((one) => one && new URL(one).host === host);
};

export class Relay extends DurableObject {
  async fetch(request) {
    this.serve ??= this.start(originOf(request, this.env));
    const serve = await this.serve;
    const length = Number(request.headers.get("content-length") ?? 0);
    if (length > mostBody) return new Response("too much\n", { status: 413 });
    const body = length > 0 ? await request.text() : "";
    const { method, url, headers, cf } = request;
    const { body: text, ...rest } = await new Promise((answer) =>
      serve({ method, url, header: [...headers], address: cf?.clientIp ?? "", body, answer }));
    return new Response(text, rest);
  }

  // start runs the program and returns what it answers requests with. If it ends,
  // so does the object, and the host makes another of what is stored.
  async start(origin) {
    const go = new Go();
    const instance = await WebAssembly.instantiate(program, go.importObject);
    const { storage } = this.ctx;
    return new Promise((ready) => {
      globalThis.vialog = {
        origin, env: this.env, storage, ready,
        transact: (f) => storage.transactionSync(() => { if (!f()) throw new Error("undone"); }),
      };
      const end = () => this.ctx.abort("the relay has ended");
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
