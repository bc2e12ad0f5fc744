// The page's side of Vialog. It starts the worker in which Go runs, makes
// elements of the node trees that Go sends, and sends back what the user does.
// It decides nothing about the diary and keeps nothing of it.
"use strict";

(() => {
  // The fragment can hold the secret of an invitation: it is read and removed
  // before anything else happens.
  const fragment = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);

  const TAGS =
    "div section article aside header main nav footer h1 h2 h3 h4 p pre hr br " +
    "span strong em small code abbr time a img video ul ol li dl dt dd " +
    "table caption thead tbody tfoot tr th td " +
    "form label button input select option optgroup datalist textarea fieldset legend output progress meter " +
    "details summary dialog figure figcaption " +
    "svg g path circle ellipse rect line polyline polygon text title desc";
  const ATTRS =
    "id class type name value placeholder autocomplete inputmode enterkeyhint autocapitalize spellcheck " +
    "step min max minlength maxlength pattern size rows cols accept capture list wrap low high optimum " +
    "for form role title lang dir tabindex colspan rowspan scope headers datetime alt download " +
    "data-act data-live data-key data-label data-state data-tone data-kind " +
    "aria-label aria-labelledby aria-describedby aria-details aria-live aria-atomic aria-busy aria-current " +
    "aria-expanded aria-controls aria-hidden aria-pressed aria-selected aria-checked aria-disabled aria-invalid " +
    "aria-errormessage aria-required aria-haspopup aria-modal aria-level aria-posinset aria-setsize aria-sort " +
    "aria-valuemin aria-valuemax aria-valuenow aria-valuetext aria-orientation aria-roledescription aria-owns " +
    "aria-multiselectable aria-activedescendant aria-autocomplete aria-placeholder aria-readonly aria-colspan " +
    "aria-rowspan aria-rowcount aria-colcount aria-rowindex aria-colindex aria-relevant aria-keyshortcuts " +
    "viewBox d fill fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray " +
    "stroke-opacity opacity x y x1 y1 x2 y2 dx dy width height cx cy r rx ry points transform text-anchor " +
    "dominant-baseline font-size font-weight preserveAspectRatio vector-effect focusable";
  const BOOLS = "checked selected disabled required readonly hidden open multiple autofocus novalidate inert reversed";
  const tags = new Set(TAGS.split(" "));
  const attrs = new Set((ATTRS + " " + BOOLS).split(" "));

  const root = document.documentElement;
  const app = document.getElementById("app");
  const live = document.getElementById("live");
  const boot = app.firstElementChild; // the first paint
  const release = document.currentScript.dataset;
  // What this page is made of, with the hashes that the browser checks.
  const loaded = [...document.querySelectorAll("[integrity]")].map((el) => [el.src || el.href, el.integrity]);
  const SVG = "http://www.w3.org/2000/svg";

  /* ---- starting ---- */

  let worker = null;
  const helpers = new Map(); // workers that the app had started, by number
  let workerURL = "";
  let registration = null;
  let reloading = false;
  let failed = false;

  const allowed = (url) => {
    if (url !== workerURL && url !== "/sw.js") throw new TypeError("not the app's own script");
    return url;
  };
  const policy = (self.trustedTypes || { createPolicy: (_, p) => p }).createPolicy("vialog", { createScriptURL: allowed });

  // speak hides the language of the first paint that is not asked for.
  function speak(lang) {
    root.lang = /^de\b/i.test(lang || "") ? "de" : "en";
    for (const el of app.querySelectorAll(".boot [lang]")) el.hidden = el.lang !== root.lang;
  }

  async function start() {
    if (!self.isSecureContext) return fail("insecure");
    if (!self.WebAssembly || !self.Worker || !self.indexedDB || !navigator.locks) return fail("old");
    try {
      const [module, code] = await Promise.all([compile(), load(release.worker, release.workerIntegrity)]);
      workerURL = URL.createObjectURL(await code.blob());
      worker = begin({ module, role: "app" }, () => fail(drawn.has(app.firstElementChild) ? "ended" : "start"));
      worker.onmessage = (e) => receive(e.data);
      const can = await self.PublicKeyCredential?.getClientCapabilities?.().catch(() => null);
      send({
        kind: "start",
        fragment,
        lang: navigator.language || "",
        fields: {
          online: navigator.onLine ? "yes" : "",
          installed: matchMedia("(display-mode: standalone)").matches ? "yes" : "",
          passkey: self.PublicKeyCredential && can?.["extension:prf"] !== false ? "yes" : "",
        },
      });
    } catch (e) {
      fail(e instanceof WebAssembly.CompileError ? "old" : e.why || "start", e);
    }
  }

  // begin starts a worker from the app's own file.
  function begin(what, onerror) {
    const w = new Worker(policy.createScriptURL(workerURL));
    w.onerror = onerror;
    w.postMessage({ origin: location.origin, release: { ...release }, loaded, ...what }, what.port ? [what.port] : []);
    return w;
  }

  // load fetches one file of the release and checks that it is the published one.
  async function load(url, integrity) {
    let got;
    try {
      got = await fetch(url, { integrity, credentials: "omit" });
    } catch (e) {
      // A wrong hash and a lost network look alike; ask again without the hash to tell.
      const there = await fetch(url, { credentials: "omit" }).then((r) => r.ok, () => false);
      throw Object.assign(e, { why: there && navigator.onLine ? "changed" : "network" });
    }
    if (!got.ok) throw Object.assign(new Error(url + " is not there"), { why: "network" });
    return got;
  }

  async function compile() {
    const got = await load(release.wasm, release.wasmIntegrity);
    const streams = WebAssembly.compileStreaming && got.headers.get("Content-Type") === "application/wasm";
    return streams ? WebAssembly.compileStreaming(got) : WebAssembly.compile(await got.arrayBuffer());
  }

  // fail says on the page that the app cannot go on, and what to do.
  function fail(why, e) {
    if (failed) return;
    failed = true;
    if (e) console.error("vialog:", e);
    app.replaceChildren(boot);
    const box = boot.querySelector(".boot-failed");
    boot.removeAttribute("aria-busy");
    for (const el of boot.querySelectorAll(".boot-lines, .boot-word")) el.hidden = true;
    for (const el of box.querySelectorAll("[data-why]")) el.hidden = el.dataset.why !== why;
    speak(root.lang);
    box.querySelector("button").onclick = () => location.reload();
    box.hidden = false;
  }

  /* ---- what Go sends ---- */

  let waiting = null; // the newest screen that is not yet drawn

  function receive(m) {
    switch (m.kind) {
      case "render":
        if (!waiting) (document.hidden ? setTimeout : requestAnimationFrame)(draw);
        waiting = m;
        break;
      case "command":
        draw();
        commands[m.name]?.(m);
        break;
      case "worker":
        helpers.set(m.id, begin(m, () => worker.postMessage({ kind: "failed", id: m.id })));
        break;
      case "terminate":
        helpers.get(m.id)?.terminate();
        helpers.delete(m.id);
        break;
      case "ended":
        waiting = null;
        if (!reloading) fail("ended", m.why);
    }
  }

  const commands = {
    say(m) {
      live.textContent = "";
      setTimeout(() => (live.textContent = m.text), 50);
    },
    copy: (m) => navigator.clipboard.writeText(m.text).catch(() => send({ kind: "act", act: "copy-failed" })),
    focus(m) {
      const to = document.getElementById(m.id) || document.getElementById(m.or);
      for (let d = to?.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
      to?.focus();
    },
    scroll: (m) => document.getElementById(m.id)?.scrollIntoView({ block: "nearest" }),
    theme(m) {
      if (m.theme) root.dataset.theme = m.theme;
      else delete root.dataset.theme;
      document.querySelector("meta[name=color-scheme]").content = m.theme || "light dark";
    },
    print: () => self.print(),
    keep: () => navigator.storage?.persist?.().then(() => commands.storage()),
    async storage() {
      const kept = await navigator.storage?.persisted?.();
      const { usage } = (await navigator.storage?.estimate?.()) || {};
      send({ kind: "storage", fields: { kept: kept ? "yes" : "", used: String(usage || 0) } });
    },
    async remind(m) {
      const state = self.Notification && (m.ask ? await Notification.requestPermission() : Notification.permission);
      send({ kind: "remind", fields: { state: state || "" } });
    },
    notify(m) {
      const how = { tag: "due", lang: root.lang };
      const plain = () => new Notification(m.text, how); // phones want the other way
      registration ? registration.showNotification(m.text, how).catch(plain) : plain();
    },
    badge: (m) => (m.n === "0" ? navigator.clearAppBadge?.() : navigator.setAppBadge?.(Number(m.n))),
    look: (m) => looked?.(m.how),
    buzz: () => navigator.vibrate?.(80),
    // passkey makes one or asks one. Its answer is moved to Go, so that none is left here.
    async passkey({ how, options }) {
      const e = { kind: "passkey", fields: { how } };
      try {
        const c = await navigator.credentials[how]({ publicKey: options });
        e.files = [{ field: "id", data: c.rawId }, { field: "prf", data: c.getClientExtensionResults().prf?.results?.first }];
      } catch (why) {
        e.fields.failed = why.name;
      }
      worker.postMessage(e, e.files?.[1].data ? [e.files[1].data] : []);
    },
    unknown: (m) => self.PublicKeyCredential?.signalUnknownCredential?.({ rpId: m.host, credentialId: m.id }).catch(() => {}),
    download(m) {
      const a = document.createElement("a");
      a.href = URL.createObjectURL(new Blob([m.data], { type: m.type }));
      a.download = m.file;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    },
    async reload(m) {
      reloading = true;
      // What waits is what the server sends, and so what was judged, or it is not taken.
      if (m.accept) await Promise.race([registration?.update(), new Promise((r) => setTimeout(r, 9000))]).catch(() => {});
      const next = m.accept && !registration?.installing && registration?.waiting;
      if (!next) return location.reload();
      next.addEventListener("statechange", () => next.state !== "activating" && location.reload());
      next.postMessage("accept");
    },
  };

  /* ---- drawing ---- */

  const drawn = new WeakMap(); // element: its attributes as last drawn
  const touched = new WeakSet(); // fields that belong to the user

  const screen = () => app.querySelector("main[data-key]");

  function draw() {
    if (!waiting || failed) return;
    const m = waiting;
    waiting = null;
    const before = screen()?.dataset.key;
    const had = document.activeElement;
    const at = hold(had);

    const tree = JSON.parse(m.tree);
    children(app, tree[0] === "" ? tree[2] : [tree]);
    document.title = m.title;
    root.lang = m.lang;

    const now = screen();
    if (now && now.dataset.key !== before) arrive(now, before === undefined);
    else if (document.activeElement !== had || !had.isConnected) at();
    visit();
    watch();
  }

  // The browser's history holds the screens on the way to this one, so that its
  // back button asks for the one before. A screen that is already on the way is
  // returned to; what only says that something goes on is never in it.
  let trail = [];
  let asked = false; // the user went back, and the answer is to be drawn
  let moving = 0; // timer of a move of our own, of which the browser will tell

  function move(by) {
    moving = setTimeout(moved, 1000);
    history.go(by);
  }

  function moved() {
    clearTimeout(moving);
    moving = 0;
    visit();
  }

  function visit() {
    const now = screen();
    if (!now || now.ariaBusy === "true" || moving) return;
    const key = now.dataset.key;
    const here = trail.length - 1;
    if (trail[here] === key) return void (asked = false);
    const was = trail.indexOf(key);
    if (was >= 0) {
      trail = trail.slice(0, was + 1);
      move(was - here);
    } else if (here < 0 || asked) {
      trail[Math.max(here, 0)] = key;
      history.replaceState({ at: trail.length - 1 }, "");
    } else {
      trail.push(key);
      history.pushState({ at: trail.length - 1 }, "");
    }
    asked = false;
  }

  // arrive begins a new screen: at its top, with the focus where reading starts.
  function arrive(main, first) {
    scrollTo(0, 0);
    if (document.querySelector("dialog[open]")) return;
    const to = main.querySelector("[autofocus]") || (first ? null : main.querySelector("h1") || main);
    if (to) land(to, { preventScroll: true });
  }

  function land(to, how) {
    if (to.tabIndex < 0 && !to.hasAttribute("tabindex")) to.tabIndex = -1;
    to.focus(how);
  }

  // hold remembers the focus and returns what brings it back: to where it was or, if
  // that has gone, to the heading above it, from which the Tab key goes on.
  function hold(el) {
    const id = el?.id;
    const inApp = el && app.contains(el);
    const heads = inApp ? [...app.querySelectorAll("h1, h2, h3")].filter((h) => h.compareDocumentPosition(el) & 4) : [];
    let [from, to] = [null, null];
    try {
      [from, to] = [el.selectionStart, el.selectionEnd];
    } catch {
      // not a field with a selection
    }
    return () => {
      if (!inApp || document.activeElement !== document.body) return;
      const again = el.isConnected ? el : id && document.getElementById(id);
      if (!again) return void [screen()?.querySelector("h1"), ...heads].reverse().some((h) => h?.isConnected && (land(h), document.activeElement === h));
      again.focus({ preventScroll: true });
      if (from !== null && again.setSelectionRange) again.setSelectionRange(from, to);
    };
  }

  // children makes the nodes inside parent those of list. An element stays the
  // same when it has the same tag, id and key, so that what the user does in it goes
  // on. One without an id is known by what is in it, or else by its place.
  function children(parent, list) {
    const svg = parent.namespaceURI === SVG;
    const [ids, byID, own] = [new Set(), new Map(), new Map()];
    for (const n of list) {
      if (typeof n === "string") continue;
      if (n[1].id) ids.add(n[1].id);
      else if (parent.firstChild) own.set(n, holder(parent, n, n[0]));
    }
    const held = new Set(own.values());
    for (const el of parent.children) if (el.id) byID.set(el.id, el);

    let at = parent.firstChild;
    const skip = (gone) => {
      while (at && gone(at)) {
        const el = at;
        at = at.nextSibling;
        drop(el);
      }
    };
    for (const n of list) {
      skip((x) => x.id && !ids.has(x.id));
      if (typeof n === "string") {
        if (at?.nodeType === Node.TEXT_NODE) {
          if (at.data !== n) at.data = n;
          at = at.nextSibling;
        } else parent.insertBefore(document.createTextNode(n), at);
        continue;
      }
      const [tag, want] = n;
      let el = want.id ? byID.get(want.id) : own.get(n);
      if (el && !want.id && held.delete(el)) skip((x) => x !== el && !ids.has(x.id) && !held.has(x));
      else if (!want.id) el = at?.id === "" && !held.has(at) ? at : null;
      const was = drawn.get(el);
      const same = was && el.localName === tag && was.id === want.id && was["data-key"] === want["data-key"];
      if (!same) {
        if (!tags.has(tag)) throw new TypeError("no element " + tag);
        if (want.id && el) {
          if (el === at) at = at.nextSibling;
          drop(el); // at once, so that no id is there twice
        }
        el = svg || tag === "svg" ? document.createElementNS(SVG, tag) : document.createElement(tag);
      }
      if (el === at) at = at.nextSibling;
      else parent.insertBefore(el, at);
      element(el, n);
    }
    skip(() => true);
  }

  // holder is the child of parent, with that tag and without an id, that has something
  // of a node in it.
  function holder(parent, [, , list], tag) {
    for (const n of list) {
      if (typeof n === "string") continue;
      let el = (n[1].id && document.getElementById(n[1].id)) || holder(parent, n, tag);
      while (el && el.parentNode !== parent) el = el.parentNode;
      if (el && !el.id && el.localName === tag) return el;
    }
    return null;
  }

  // drop removes a node; a dialog is closed first and gives the focus back.
  function drop(el) {
    if (el.localName === "dialog" && el.open) el.close();
    el.remove();
  }

  function element(el, [tag, want, list]) {
    const old = drawn.get(el);
    drawn.set(el, want);
    for (const name in old) if (!(name in want || (name === "open" && tag === "dialog"))) el.removeAttribute(name);
    for (const name in want) if (!old || old[name] !== want[name]) set(el, name, want[name]);
    if (tag === "textarea") give(el, "value", "defaultValue", list.join(""));
    else if (tag === "input") {
      if (isBox(el)) give(el, "checked", "defaultChecked", want.checked === true);
      else if (el.type !== "file") give(el, "value", "defaultValue", want.value || "");
    } else children(el, list);
    if (tag === "select" && !touched.has(el)) {
      const i = [...el.options].findIndex((o) => drawn.get(o)?.selected);
      if (i >= 0) el.selectedIndex = i;
    }
    if (tag === "dialog") {
      if (want.open && !el.open) el.showModal();
      else if (!want.open && el.open) el.close();
    }
  }

  const isBox = (el) => el.type === "checkbox" || el.type === "radio";

  // give has a field show what Go says, unless it belongs to the user.
  function give(el, shown, first, value) {
    if (touched.has(el)) return;
    if (el[first] !== value) el[first] = value; // else a selection would go
    if (el[shown] !== value) el[shown] = value;
  }

  function set(el, name, value) {
    if (name === "href" || name === "src") {
      const ok = name === "href" ? /^(#|tel:|blob:)/ : /^(blob:|data:image\/(png|jpeg|webp);base64,)/;
      if (!ok.test(value)) throw new TypeError("an address from elsewhere");
    } else if (!attrs.has(name)) throw new TypeError("no attribute " + name);
    // These are properties, and element gives them their values.
    if (name === "checked" || name === "selected" || (name === "open" && el.localName === "dialog")) return;
    if (name === "value" && el.localName === "input" && !isBox(el)) return;
    el.setAttribute(name, value === true ? "" : value);
  }

  /* ---- what the user does ---- */

  const queue = [];

  async function send(e) {
    // Files take time to be read; what the user does stays in order.
    queue.push(e);
    if (queue.length > 1) return;
    while (queue.length) {
      const next = queue[0];
      if (next.files) next.files = await Promise.all(next.files.map(read));
      worker?.postMessage(next);
      queue.shift();
    }
  }

  async function read({ field, file }) {
    const data = await file.arrayBuffer().catch(() => new ArrayBuffer(0));
    return { field, name: file.name, type: file.type, data };
  }

  // act tells Go of an act on el, with the fields of its form and of the button.
  function act(name, el, form, button) {
    const e = { kind: "act", act: name, id: el.id, fields: {}, files: [] };
    const add = (k, v) => (e.fields[k] = Object.hasOwn(e.fields, k) ? e.fields[k] + "\n" + v : v);
    if (form) {
      for (const [k, v] of new FormData(form)) {
        if (typeof v === "string") add(k, v);
        else if (v.size || v.name) e.files.push({ field: k, file: v });
      }
    } else if (el.name && !button) {
      if (el.files) for (const file of el.files) e.files.push({ field: el.name, file });
      else if (!isBox(el) || el.checked) add(el.name, el.value);
    }
    if (button?.name) e.fields[button.name] = button.value;
    send(e);
  }

  document.addEventListener("click", (e) => {
    const el = e.target.closest?.("a[href], [data-act]");
    if (!el || !app.contains(el) || el.localName === "form" || el.localName === "dialog") return;
    if (el.localName === "a") {
      const href = el.getAttribute("href") || "";
      if (!href.startsWith("#")) return;
      e.preventDefault();
      return send({ kind: "act", act: el.dataset.act || "open", id: el.id, fragment: href.slice(1), fields: {} });
    }
    if (el.localName === "button" && el.type === "submit" && el.form) return; // comes as submit
    if (el.disabled || el.getAttribute("aria-disabled") === "true") return;
    flush();
    act(el.dataset.act, el, el.form || el.closest("form"), el.localName === "button" ? el : null);
  });

  let sent = ""; // the form sent last, no longer than a second tap can follow

  document.addEventListener("submit", (e) => {
    e.preventDefault();
    const name = e.submitter?.dataset.act || e.target.dataset.act;
    if (!name) return;
    const what = name + JSON.stringify([...new FormData(e.target, e.submitter)]);
    if (sent === what) return; // a double tap
    sent = what;
    setTimeout(() => (sent = ""), 500);
    flush();
    act(name, e.submitter?.dataset.act ? e.submitter : e.target, e.target, e.submitter);
  });

  for (const key of ["keydown", "keyup"]) addEventListener(key, (e) => root.toggleAttribute("data-caps", !!e.getModifierState?.("CapsLock")));

  // Shapes in a drawing and the like act on the keys that a button acts on.
  document.addEventListener("keydown", (e) => {
    const el = e.target;
    if ((e.key !== "Enter" && e.key !== " ") || !el.dataset?.act || !app.contains(el)) return;
    if (["button", "a", "input", "select", "textarea", "summary", "form"].includes(el.localName)) return;
    e.preventDefault();
    act(el.dataset.act, el, el.closest("form"), null);
  });

  // The arrow keys go from shape to shape of a drawing, to the nearest that way.
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const middle = (el) => ((b) => [b.x + b.width / 2, b.y + b.height / 2])((el.querySelector("circle") || el).getBoundingClientRect());

  document.addEventListener("keydown", (e) => {
    const way = ways[e.key];
    const from = way && e.target.ownerSVGElement && e.target.dataset.act && e.target;
    if (!from || !app.contains(from)) return;
    e.preventDefault();
    const [x, y] = middle(from);
    let near = Infinity;
    let to = from;
    for (const el of from.ownerSVGElement.querySelectorAll("[data-act]")) {
      const [dx, dy] = middle(el).map((v, i) => v - [x, y][i]);
      const along = dx * way[0] + dy * way[1];
      const far = along + 2 * Math.abs(dx * way[1] + dy * way[0]);
      if (along > 1 && far < near) [near, to] = [far, el];
    }
    to.focus();
  });

  let pending = null; // a live field whose change has not been sent
  let timer = 0;

  function touch(el) {
    touched.add(el);
    if (el.type === "radio") for (const r of (el.form || document).querySelectorAll("input[type=radio]")) if (r.name === el.name) touched.add(r);
  }

  function flush() {
    clearTimeout(timer);
    const el = pending;
    pending = null;
    const holder = el?.isConnected && el.closest("[data-live]");
    if (holder) act(holder.dataset.live, el, el.form, null);
  }

  document.addEventListener("input", (e) => {
    if (!app.contains(e.target)) return;
    touch(e.target);
    if (!e.target.closest("[data-live]")) return;
    if (pending !== e.target) flush();
    pending = e.target;
    clearTimeout(timer);
    timer = setTimeout(flush, 400);
  });

  document.addEventListener("change", (e) => {
    if (!app.contains(e.target)) return;
    if (e.target.dataset.kind === "code") return picture(e.target);
    if (e.target.dataset.kind === "photo") return photos(e.target);
    touch(e.target);
    if (!e.target.closest("[data-live]")) return;
    if (pending !== e.target) flush();
    pending = e.target;
    flush();
  });

  // A form that is reset gives its fields back.
  document.addEventListener("reset", (e) => {
    for (const el of e.target.elements) touched.delete(el);
  });

  // Escape asks for what the dialog says; the app closes it.
  document.addEventListener(
    "cancel",
    (e) => {
      const name = e.target.localName === "dialog" && e.target.dataset.act;
      if (!name) return;
      e.preventDefault();
      act(name, e.target, null, null);
    },
    true,
  );

  addEventListener("popstate", (e) => {
    // A link to this very page arrives as a new fragment; it too is removed at once.
    const linked = location.hash.slice(1);
    if (linked) {
      trail.push("");
      history.replaceState({ at: trail.length - 1 }, "", location.pathname);
      return send({ kind: "act", act: "open", fragment: linked, fields: {} });
    }
    if (moving) return moved();
    const here = trail.length - 1;
    const to = e.state?.at ?? 0;
    if (to === here) return;
    if (to > here) return move(here - to); // forward leads to what has been left
    trail = trail.slice(0, to + 1);
    asked = true;
    send({ kind: "act", act: "back", fields: { key: trail[to] } });
  });

  // photos draws pictures anew, which leaves out what a camera writes beside them.
  async function photos(input) {
    const files = [...input.files];
    input.value = "";
    send({ kind: "photo", id: input.id, fields: { begin: String(files.length) } });
    for (const file of files) {
      const e = { kind: "photo", id: input.id, fields: { taken: String(file.lastModified) } };
      try {
        if (file.size > 30e6) throw "large";
        const b = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
        if (!b) throw /hei[cf]/i.test(file.type + file.name) ? "heic" : "unreadable";
        if (b.width * b.height > 50e6) throw "large";
        e.files = [
          { field: "photo", file: await redrawn(b, 1600, 400e3) },
          { field: "preview", file: await redrawn(b, 160, 6000) },
        ];
        b.close();
      } catch (why) {
        e.fields.failed = typeof why === "string" ? why : "unreadable";
      }
      send(e);
    }
  }

  // redrawn is a picture as a JPEG of at most so many pixels and bytes.
  async function redrawn(b, edge, most) {
    for (let quality = 0.8; ; quality = quality > 0.4 ? quality - 0.15 : ((edge *= 0.75), 0.8)) {
      const scale = Math.min(1, edge / Math.max(b.width, b.height));
      const [width, height] = [b.width, b.height].map((n) => Math.max(1, Math.round(n * scale)));
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const c = canvas.getContext("2d");
      c.fillStyle = "#fff"; // behind what is transparent
      c.fillRect(0, 0, width, height);
      c.drawImage(b, 0, 0, width, height);
      const file = await new Promise((r) => canvas.toBlob(r, "image/jpeg", quality));
      if (!file) throw "unreadable";
      if (file.size <= most) return file;
    }
  }

  addEventListener("online", () => send({ kind: "online" }));
  addEventListener("offline", () => send({ kind: "offline" }));
  // A page that the browser keeps for its back button must not keep the diary.
  addEventListener("pagehide", (e) => {
    flush();
    if (!e.persisted) return;
    for (const w of [worker, ...helpers.values()]) w?.terminate();
    app.replaceChildren(boot);
  });
  addEventListener("pageshow", (e) => e.persisted && location.reload());
  document.addEventListener("visibilitychange", () => {
    flush();
    watch();
    if (document.hidden) draw();
    send({ kind: document.hidden ? "hidden" : "visible" });
  });

  /* ---- codes: by the camera and from pictures ---- */

  // The video on the page shows the camera, which runs while that is there and
  // seen. Go gets the code that the browser finds in it or, where it finds none,
  // pictures in grey, and the next one when it has answered with "look".
  let eye = null; // the video at work
  let looked = null; // is called with the answer

  function watch() {
    const video = document.hidden ? null : app.querySelector("video");
    if (video === eye) return;
    eye?.srcObject?.getTracks().forEach((t) => t.stop());
    eye = video;
    if (video) film(video).catch((e) => eye === video && send({ kind: "camera", fields: { failed: e.name } }));
  }

  async function film(video) {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
    if (eye !== video) return stream.getTracks().forEach((t) => t.stop());
    video.srcObject = stream;
    video.muted = video.playsInline = true;
    await video.play();
    send({ kind: "camera", fields: { on: "yes" } });
    const known = (await self.BarcodeDetector?.getSupportedFormats().catch(() => [])) || [];
    const formats = ["data_matrix", "qr_code", "code_39", "code_128", "ean_13"].filter((f) => known.includes(f));
    let finder = formats[0] === "data_matrix" && new BarcodeDetector({ formats });
    for (let n = 1; eye === video; n++) {
      if (stream.getTracks().every((t) => t.readyState === "ended")) throw new DOMException("ended", "NotReadableError");
      const all = (finder && (await finder.detect(video).catch(() => (finder = null)))) || [];
      const code = all.find((c) => c.format === "data_matrix") || all[0];
      if (code || !finder || n % 25 === 0) {
        const answer = new Promise((r) => (looked = r));
        if (code) send({ kind: "camera", fields: { text: code.rawValue, format: code.format } });
        else send(grey(video, video.videoWidth, video.videoHeight, true));
        if ((await answer) === "own") finder = null;
      }
      await new Promise((r) => setTimeout(r, 200));
    }
  }

  // grey is a picture, or the square in its middle, as Go takes it.
  function grey(source, w, h, middle) {
    const [cw, ch] = middle ? [Math.min(w, h), Math.min(w, h)] : [w, h];
    const scale = Math.min(1, (middle ? 640 : 1600) / Math.max(cw, ch));
    const width = Math.round(cw * scale);
    const height = Math.round(ch * scale);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const c = canvas.getContext("2d", { willReadFrequently: true });
    c.drawImage(source, (w - cw) / 2, (h - ch) / 2, cw, ch, 0, 0, width, height);
    const p = c.getImageData(0, 0, width, height).data;
    const luma = new Uint8Array(width * height);
    for (let i = 0, k = 0; i < luma.length; i++, k += 4) luma[i] = (p[k] * 77 + p[k + 1] * 150 + p[k + 2] * 29) >> 8;
    return { kind: "camera", fields: { width: String(width), height: String(height) }, files: [{ field: "frame", file: new Blob([luma]) }] };
  }

  async function picture(input) {
    const file = input.files[0];
    input.value = "";
    if (!file) return;
    const e = await createImageBitmap(file).then((b) => grey(b, b.width, b.height, false), () => ({ kind: "camera", fields: { failed: "picture" } }));
    e.fields.picture = "yes";
    send(e);
  }

  /* ---- use without a network ---- */

  // tell says that there is an update (not a first installation), and whether it waits and nothing later is on its way.
  const tell = () =>
    navigator.serviceWorker.controller && send({ kind: "update", fields: { ready: registration.waiting && !registration.installing ? "yes" : "" } });

  navigator.serviceWorker
    ?.register(policy.createScriptURL("/sw.js"), { updateViaCache: "none" })
    .then((r) => {
      registration = r;
      const found = () => tell() && r.installing?.addEventListener("statechange", tell);
      if (r.waiting) found();
      r.addEventListener("updatefound", found);
    })
    .catch((e) => console.warn("vialog: no use without a network:", e.message));

  speak(navigator.language);
  start();
})();
