// Keeps one release for use without a network: exactly the files in the list,
// each checked against its hash, and nothing else, ever. It is no proof of what
// the origin serves: for that, build it yourself and compare the hashes.
//
// What is used seldom is in the second list. It is kept from its first use on,
// and from the start where an older release had it.
//
// A new release is loaded beside the old one and takes over when the last tab
// has been closed, or when the user accepts it.
"use strict";

const RELEASE = "@release@";
const FILES = {}; /* @files@ */
const LATER = {}; /* @later@ */

self.addEventListener("install", (e) => e.waitUntil(load()));

const published = (path, integrity) =>
  fetch(new Request(path, { integrity, cache: "no-cache", credentials: "omit", redirect: "error" }));

async function load() {
  const had = new Set(); // names without their hashes
  for (const name of await caches.keys())
    for (const r of await (await caches.open(name)).keys()) had.add(new URL(r.url).pathname.split(".")[0]);
  const later = Object.entries(LATER).filter(([path]) => had.has(path.split(".")[0]));
  const cache = await caches.open("vialog-" + RELEASE);
  await Promise.all(
    Object.entries(FILES).concat(later).map(async ([path, integrity]) => {
      const got = await published(path, integrity);
      if (!got.ok) throw new TypeError(path + " is not there");
      await cache.put(path, got);
    }),
  );
}

self.addEventListener("activate", (e) => e.waitUntil(take()));

async function take() {
  for (const name of await caches.keys()) {
    if (name.startsWith("vialog-") && name !== "vialog-" + RELEASE) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("message", (e) => {
  if (e.data === "accept") self.skipWaiting();
});

// A note leads to the app.
self.addEventListener("notificationclick", (e) => {
  e.notification.close();
  const tabs = self.clients.matchAll({ type: "window" });
  e.waitUntil(tabs.then(([tab]) => (tab ? tab.focus() : self.clients.openWindow("/"))));
});

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin || !Object.hasOwn({ ...FILES, ...LATER }, url.pathname)) return;
  e.respondWith(find(url.pathname, e.request));
});

async function find(path, request) {
  const cache = await caches.open("vialog-" + RELEASE);
  const kept = await cache.match(path);
  if (kept || !Object.hasOwn(LATER, path)) return kept || fetch(request);
  const got = await published(path, LATER[path]);
  if (got.ok) await cache.put(path, got.clone()).catch(() => {}); // without space it is loaded each time
  return got;
}
