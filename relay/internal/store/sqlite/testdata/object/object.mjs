// A Durable Object that runs a Go test in itself: what the test prints is the answer.
import "./wasm_exec.js";
import program from "./test.wasm";
import { DurableObject } from "cloudflare:workers";

export class Tested extends DurableObject {
  async fetch(request) {
    const { readable, writable } = new TransformStream();
    const out = writable.getWriter();
    const print = (b) => { out.write(b.slice()).catch(() => {}); return b.length; };
    globalThis.fs.writeSync = (_, b) => print(b);
    globalThis.fs.write = (_, b, offset, length, __, done) => done(null, print(b.subarray(offset, offset + length)));

    const storage = this.ctx.storage;
    globalThis.vialogObject = {
      storage,
      transact: (f) => storage.transactionSync(() => { if (!f()) throw new Error("undone"); }),
    };
    const go = new Go();
    let code = -1;
    go.exit = (c) => { code = c; };
    const { argv, env } = await request.json();
    Object.assign(go, { argv, env: env ?? {} });
    WebAssembly.instantiate(program, go.importObject)
      .then((instance) => go.run(instance))
      .catch((e) => print(new TextEncoder().encode(`${e.stack}\n`)))
      .then(() => { print(new TextEncoder().encode(`exit ${code}\n`)); return out.close(); })
      .catch(() => {});
    return new Response(readable);
  }
}

export default {
  fetch: (request, env) => env.TESTED.get(env.TESTED.idFromName(new URL(request.url).pathname)).fetch(request),
};
