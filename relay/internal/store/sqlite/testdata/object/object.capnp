using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .tested), (name = "disk", disk = (writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const tested :Workerd.Worker = (
  modules = [
    (name = "object.mjs", esModule = embed "object.mjs"),
    (name = "wasm_exec.js", esModule = embed "wasm_exec.js"),
    (name = "test.wasm", wasm = embed "test.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [(className = "Tested", uniqueKey = "tested", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [(name = "TESTED", durableObjectNamespace = "Tested")],
);
