// Holds bills of materials against the JSON schema of CycloneDX 1.6 (ECMA-424), and
// proves that it would notice: each change in `broken` must be refused.
//
//   node check.mjs bill.json...
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

// The modules are where they were installed, not beside this file.
const require = createRequire(process.cwd() + "/");
const Ajv = require("ajv").default;
const addFormats = require("ajv-formats").default;
const folder = join(dirname(require.resolve("@cyclonedx/cyclonedx-library/package.json")), "res", "schema");
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

// The schema has members for readers that Ajv's strict mode does not know. Addresses may
// have letters beyond ASCII.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat("iri-reference", true);
ajv.addFormat("idn-email", true);
for (const part of ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"]) ajv.addSchema(read(part), "http://cyclonedx.org/schema/" + part);
const valid = ajv.compile(read("bom-1.6.SNAPSHOT.schema.json"));

// Which bill each is in is left to the bills: a change that fits none proves nothing.
const broken = {
  "another version": (b) => { b.specVersion = 1.6; },
  "no format": (b) => { delete b.bomFormat; },
  "an unknown member": (b) => { b.people = []; },
  "a component without a type": (b) => { delete b.components[0].type; },
  "a component there twice": (b) => { b.components.push(b.components[0]); },
  "an empty reference": (b) => { b.components[0]["bom-ref"] = ""; },
  "a dependency on two of the same": (b) => { b.dependencies[0].dependsOn.push(b.dependencies[0].dependsOn[0]); },
  "a licence that SPDX does not have": (b) => { b.components.find((c) => c.licenses).licenses[0].license.id = "Vialog-1.0"; },
  "a licence without a name": (b) => { b.components.find((c) => c.licenses).licenses[0].license = {}; },
  "a kind of asset that there is not": (b) => { b.components.find((c) => c.cryptoProperties).cryptoProperties.assetType = "secret"; },
  "a primitive that there is not": (b) => { b.components.find((c) => c.cryptoProperties?.algorithmProperties).cryptoProperties.algorithmProperties.primitive = "magic"; },
  "a strength below none": (b) => { b.components.find((c) => c.cryptoProperties?.algorithmProperties).cryptoProperties.algorithmProperties.classicalSecurityLevel = -1; },
  "a kind of key that there is not": (b) => { b.components.find((c) => c.cryptoProperties?.relatedCryptoMaterialProperties).cryptoProperties.relatedCryptoMaterialProperties.type = "latch-key"; },
  "a protocol that there is not": (b) => { b.components.find((c) => c.cryptoProperties?.protocolProperties).cryptoProperties.protocolProperties.type = "smoke"; },
};
const noticed = new Set();
let failed = false;
const fail = (what) => { failed = true; console.error(what); };

for (const path of process.argv.slice(2)) {
  const text = readFileSync(path, "utf8");
  if (!valid(JSON.parse(text))) for (const e of valid.errors) fail(`${path}: ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  for (const [name, change] of Object.entries(broken)) {
    const bill = JSON.parse(text);
    try { change(bill); } catch { continue; } // there is nothing of the kind in this bill
    if (valid(bill)) fail(`${path}: ${name} is not noticed`);
    noticed.add(name);
  }
}
for (const name of Object.keys(broken)) if (!noticed.has(name)) fail(`${name} was tried in no bill`);
if (process.argv.length < 3) fail("no bill was given");
console.log(`${process.argv.length - 2} bills, ${noticed.size} changes that are noticed`);
process.exit(failed ? 1 : 0);
