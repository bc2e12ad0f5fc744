// Keeps one release for use without a network: exactly the files in the list,
// each checked against its hash, and nothing else, ever. It is no proof of what
// the origin serves: for that, build it yourself and compare the hashes.
//
// A new release is loaded beside the old one and takes over when the last tab
// has been closed, or when the user accepts it.
"use strict";

const RELEASE = "@release@";
const FILES = {}; /* @files@ */

self.addEventListener("install", (e) => e.waitUntil(load()));

async function load() {
  const cache = await caches.open("vialog-" + RELEASE);
  await Promise.all(
    Object.entries(FILES).map(async ([path, integrity]) => {
      const got = await fetch(new Request(path, { integrity, cache: "no-cache", credentials: "omit", redirect: "error" }));
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

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin || !Object.hasOwn(FILES, url.pathname)) return;
  e.respondWith(find(url.pathname, e.request));
});

async function find(path, request) {
  const cache = await caches.open("vialog-" + RELEASE);
  return (await cache.match(path)) || fetch(request);
}
