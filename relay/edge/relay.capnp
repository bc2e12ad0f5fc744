# The Worker under workerd itself:
#   workerd serve relay.capnp --directory-path=disk=FOLDER --socket-addr=http=127.0.0.1:8787
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .relay), (name = "disk", disk = (writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")],
);

const relay :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "wasm_exec.js", esModule = embed "wasm_exec.js"),
    (name = "relay.wasm", wasm = embed "relay.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["no_web_socket_compression"],
  durableObjectNamespaces = [(className = "Relay", uniqueKey = "vialog-relay", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "RELAY", durableObjectNamespace = "Relay"),
    (name = "ORIGINS", fromEnvironment = "VIALOG_ORIGINS"),
    (name = "APP_ORIGINS", fromEnvironment = "VIALOG_APP_ORIGINS"),
    (name = "ADDRESS_HEADER", fromEnvironment = "VIALOG_ADDRESS_HEADER"),
    (name = "OPERATOR_KEY", fromEnvironment = "VIALOG_OPERATOR_KEY"),
  ],
);
