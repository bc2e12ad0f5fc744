// The worker's side of package browser. The build puts Go's wasm_exec.js before
// this file, so that one file with one hash is all a worker is made of. The page
// has fetched and checked the module; only the second one is fetched here.
"use strict";

(() => {
  let first = null; // what this worker was started with
  let receive = null; // set by Go
  const inbox = [];

  self.onmessage = (e) => {
    if (!first) start(e.data);
    else if (e.data.kind === "failed") helpers.get(e.data.id)?.onerror?.(e);
    else hear(e);
  };

  const hear = (e) => (receive ? receive(e.data) : inbox.push(e.data));

  // post tells whoever had this worker started: the page, or another worker.
  const post = (m) => (first.port || self).postMessage(m);

  async function start(m) {
    first = m;
    if (m.port) m.port.onmessage = hear;
    vialog.role = m.role;
    vialog.origin = m.origin;
    vialog.release = m.release;
    vialog.loaded = m.loaded;
    let why = "";
    try {
      const go = new Go();
      go.argv = ["vialog", m.role];
      await go.run(await WebAssembly.instantiate(m.module, go.importObject));
    } catch (e) {
      why = String(e);
    }
    receive = null;
    if (m.role !== "kdf") post({ kind: "ended", why });
  }

  const answer = (request) =>
    new Promise((yes, no) => {
      request.onsuccess = () => yes(request.result);
      request.onerror = () => no(request.error);
    });

  // disk opens the records in IndexedDB. A key of WebCrypto lies among them under "bind".
  async function disk() {
    const opening = indexedDB.open("vialog", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("records");
    const db = await answer(opening);
    db.onversionchange = () => db.close();

    const reading = () => db.transaction("records").objectStore("records");

    // change makes all calls on the store in one turn and one transaction.
    const change = (calls) =>
      new Promise((yes, no) => {
        const t = db.transaction("records", "readwrite", { durability: "strict" });
        t.oncomplete = () => yes();
        t.onabort = () => no(t.error || new DOMException("aborted", "AbortError"));
        try {
          calls(t.objectStore("records"));
        } catch (e) {
          t.abort();
          no(e);
        }
      });

    async function key() {
      const store = reading();
      const [old, vault] = await Promise.all([answer(store.get("bind")), answer(store.getKey("vault"))]);
      if (old) return old;
      if (vault !== undefined) throw new DOMException("the key of this browser is gone", "NotFoundError");
      const made = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      try {
        await change((s) => s.add(made, "bind"));
        return made;
      } catch (e) {
        if (e.name !== "ConstraintError") throw e;
        return answer(reading().get("bind")); // another tab was first
      }
    }

    return {
      get: (name) => answer(reading().get(name)),
      // scan asks for a few records at a time, all at once: Chromium takes twice as
      // long for megabytes in one answer. It is one transaction all the same.
      async scan(prefix) {
        const range = prefix ? IDBKeyRange.bound(prefix, prefix + "\uffff") : undefined;
        const store = reading();
        const keys = await answer(store.getAllKeys(range));
        const parts = [];
        for (let i = 0; i < keys.length; i += 8)
          parts.push(answer(store.getAll(IDBKeyRange.bound(keys[i], keys[Math.min(i + 8, keys.length) - 1]))));
        return [keys, (await Promise.all(parts)).flat()];
      },
      write: (names, values) =>
        change((s) => names.forEach((n, i) => (values[i] ? s.put(values[i], n) : s.delete(n)))),
      wipe: () => change((s) => s.clear()),
      bind: async (input) => new Uint8Array(await crypto.subtle.sign("HMAC", await key(), input)),
    };
  }

  // Tabs ask each other for the right to work; the one that has it gives way.
  const tabs = new BroadcastChannel("vialog");
  tabs.onmessage = (e) => e.data === "take" && receive?.({ kind: "take" });

  function lock(name) {
    const stop = new AbortController();
    let give;
    const held = new Promise((r) => (give = r));
    const taken = new Promise((yes, no) => {
      navigator.locks
        .request(name, { signal: stop.signal }, () => {
          yes();
          return held;
        })
        .catch(no);
    });
    taken.catch(() => {});
    return {
      taken,
      release() {
        give();
        stop.abort();
      },
    };
  }

  let spare = null; // a second worker that waits for its work

  const helpers = new Map(); // the ports of those that run, by number
  let last = 0;

  // second has the page start a worker beside this one, and returns what speaks
  // with it. Firefox 153 now and then never returns from starting a worker in a
  // worker: one unlocking in ten hung.
  function second(role, module = first.module) {
    const { port1, port2 } = new MessageChannel();
    const id = ++last;
    helpers.set(id, port1);
    port1.terminate = () => {
      port1.close();
      helpers.delete(id);
      self.postMessage({ kind: "terminate", id });
    };
    self.postMessage({ kind: "worker", id, role, module, port: port2 }, [port2]);
    return port1;
  }

  // extra loads the second program, which must be the published one, and starts it.
  async function extra() {
    const got = await fetch(first.origin + first.release.extra, { integrity: first.release.extraIntegrity, credentials: "omit" });
    if (!got.ok) throw new DOMException(first.release.extra + " is not there", "NetworkError");
    return second("extra", await WebAssembly.compile(await got.arrayBuffer()));
  }

  const vialog = {
    role: "",
    origin: "",
    disk,
    lock,
    extra,
    post,
    take: () => tabs.postMessage("take"),
    listen(f) {
      receive = f;
      while (receive && inbox.length) receive(inbox.shift());
    },
    // spawn starts a second worker on the same module, or gives the one that prepare started.
    spawn(role) {
      const w = spare || second(role);
      spare = null;
      return w;
    },
    prepare(role) {
      if (spare) return;
      const w = (spare = second(role));
      w.onerror = () => spare === w && (spare = null);
    },
  };
  globalThis.vialog = vialog;
})();
