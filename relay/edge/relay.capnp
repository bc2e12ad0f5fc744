# The Worker on a machine of your own, behind a proxy that speaks TLS. In this folder:
#   VIALOG_ORIGINS=https://relay.example.org VIALOG_OPERATOR_KEY=... \
#   workerd serve relay.capnp --directory-path=disk=/var/lib/vialog --socket-addr=http=127.0.0.1:8787
# VIALOG_APP_ORIGINS lists the app's origins if they are others. VIALOG_ADDRESS_HEADER names the header
# whose last entry is the client's address as the proxy saw it: X-Forwarded-For, for example. Without it
# all clients are one to the relay, and share one limit.
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
