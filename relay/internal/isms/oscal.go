package isms

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vialog/shared/isms"
)

// The report for programs: OSCAL 1.2.1 of NIST, as JSON. What it has no word for
// (not evidenced, declared, the kind of a control) stands in properties of ours.
// Its language is English.
const (
	oscalVersion = "1.2.1"
	namespace    = "urn:vialog:isms"
)

// An object of JSON. Its members are written in the order of their names.
type object = map[string]any

type list = []any

// identify gives an object a UUID of version 5 (RFC 9562) that follows from what
// it is and holds, so that the same content has the same name everywhere.
func identify(kind string, o object) object {
	delete(o, "uuid")
	o["uuid"] = identity(kind, string(encode(o)))
	return o
}

func identity(kind, content string) string {
	h := sha1.New()
	// The name space of URNs, as in the appendix of the RFC.
	h.Write([]byte{0x6b, 0xa7, 0xb8, 0x12, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8})
	h.Write([]byte(namespace + ":" + kind + ":" + content))
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	x := hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // there is nothing in it that has no form in JSON
	}
	return b.Bytes()
}

// line is a text as OSCAL takes it: of one line, not empty.
func line(s string) string {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return "–"
	}
	return s
}

// token is a name as OSCAL takes it: it begins with a letter.
func token(parts ...string) string {
	s := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, strings.Join(parts, "_"))
	if s == "" || s[0] < 'A' {
		s = "a" + s
	}
	return s
}

func property(name, value string) object {
	return object{"name": name, "ns": namespace, "value": line(value)}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A row is what OSCAL calls a control: one of the register, or a requirement.
type row struct {
	id, label, title, why, does, where string
	kind                               isms.Kind
	owner                              isms.Owner
	standing                           Standing
	proofs                             []Proof
	open                               *isms.Gap
	edition22                          []string
}

// rows are all controls and requirements, by group.
func (out *Report) rows() (groups []object, all []row) {
	add := func(id, title string, rows []row) {
		var controls list
		for _, r := range rows {
			props := list{object{"name": "label", "value": line(r.label)}}
			if r.kind != "" {
				props = append(props, property("kind", string(r.kind)), property("owner", string(r.owner)))
			}
			for _, n := range r.edition22 {
				props = append(props, property("edition-2022", n))
			}
			controls = append(controls, object{"id": r.id, "title": line(r.title), "props": props,
				"parts": list{object{"id": r.id + "_smt", "name": "statement", "prose": r.where}}})
		}
		if len(controls) > 0 {
			groups = append(groups, object{"id": id, "title": line(title), "controls": controls})
			all = append(all, rows...)
		}
	}
	for _, area := range out.Register.Areas {
		var rows []row
		for _, c := range out.Controls {
			if c.Area() == area.Number {
				rows = append(rows, row{token(c.ID), c.ID, c.Title.EN, c.Why.EN, c.Does.EN, "See ISO/IEC 27002:2013, " + c.ID + ".", c.Kind, c.Owner, c.Standing, c.Proofs, c.Open, c.Edition22})
			}
		}
		add(token(fmt.Sprint(area.Number)), area.Title.EN, rows)
	}
	for _, t := range out.Tables {
		var rows []row
		for _, q := range t.Rows {
			rows = append(rows, row{id: token(t.ID, q.ID), label: q.ID, title: q.Demand.EN, does: q.How.EN, where: "See " + t.Source + ".", standing: q.Standing, proofs: q.Proofs, open: q.Open})
		}
		add(token(t.ID), t.Title.EN, rows)
	}
	return groups, all
}

// OSCAL writes the report as documents that refer to each other by file name.
func (out *Report) OSCAL() map[string][]byte {
	o := &oscal{Report: out, files: map[string][]byte{}}
	o.groups, o.all = out.rows()
	party := identify("party", object{"type": "organization", "name": "Operator of " + out.Origin})
	o.party, o.operator = party, party["uuid"].(string)
	o.system = identify("component", object{"type": "this-system", "title": "Vialog at " + out.Origin,
		"description": "The relay, and the app that it serves.", "status": object{"state": "operational"}, "props": list{property("version", out.Run.Version)}})
	o.tool = identify("tool", object{"title": "relay isms", "type": "software", "description": "Looks at the deployment, and keeps what it finds in the audit log.",
		"status": object{"state": "operational"}, "props": list{property("version", out.Run.Version)}})
	o.catalog()
	o.profile()
	o.components()
	o.plan()
	o.applicability()
	o.assessment()
	o.results()
	o.actions()
	return o.files
}

type oscal struct {
	*Report
	files        map[string][]byte
	groups       []object
	all          []row
	party        object
	operator     string // UUID of that
	system, tool object
	observed     map[string]string // UUIDs of observations, by evidence
	observations list
	threats      list
	activities   list
}

// write ends a document.
func (o *oscal) write(model, title, remarks string, doc object) {
	doc["metadata"] = object{
		"title": title, "last-modified": stamp(o.AsOf), "version": fmt.Sprintf("cycle %d", o.Run.Cycle), "oscal-version": oscalVersion,
		"parties": list{o.party}, "remarks": strings.TrimSpace(word("supports", "en") + " " + remarks),
	}
	o.files[model+".json"] = encode(object{model: identify(model, doc)})
}

func (o *oscal) catalog() {
	var groups list
	for _, g := range o.groups {
		groups = append(groups, g)
	}
	o.write("catalog", "Controls and requirements of Vialog", "Numbers and short titles only; the standards are needed beside this.", object{"groups": groups})
}

func (o *oscal) profile() {
	o.write("profile", "What is considered for "+o.Origin, "All controls, so that those that do not apply can be justified.",
		object{"imports": list{object{"href": "catalog.json", "include-all": object{}}}, "merge": object{"as-is": true}})
}

func (o *oscal) components() {
	var done list
	for _, r := range o.all {
		if r.standing == Excluded || r.does == "" {
			continue
		}
		q := object{"control-id": r.id, "description": r.does}
		var props list
		for _, p := range r.proofs {
			props = append(props, property("evidence", p.String()))
		}
		if len(props) > 0 {
			q["props"] = props
		}
		done = append(done, identify("provides", q))
	}
	c := object{"type": "software", "title": "Vialog", "description": "An end-to-end encrypted diary for people with haemophilia: relay and app."}
	if len(done) > 0 {
		c["control-implementations"] = list{identify("provided", object{"source": "catalog.json", "description": "What the product does for each control.", "implemented-requirements": done})}
	}
	o.write("component-definition", "What Vialog provides", "", object{"components": list{identify("component", c)}})
}

// implementation is a standing in the words of OSCAL.
func implementation(s Standing) object {
	state := map[Standing]string{Implemented: "implemented", Partial: "partial", NotEffective: "partial", Planned: "planned", Unevidenced: "planned", Excluded: "not-applicable"}[s]
	return object{"state": state, "remarks": "In the report: " + word(string(s), "en") + "."}
}

func (o *oscal) applicability() {
	var done list
	for _, r := range o.all {
		does := r.does
		if does == "" {
			does = "Nothing."
		}
		by := identify("by", object{"component-uuid": o.system["uuid"], "description": does, "implementation-status": implementation(r.standing), "props": list{property("control", r.id)}})
		q := object{"control-id": r.id, "by-components": list{by}, "props": list{property("standing", string(r.standing))}}
		remarks := r.why
		if r.open != nil {
			remarks += fmt.Sprintf(" Known gap: %s To be looked at again by %s.", r.open.Reason.EN, r.open.Review)
		}
		if remarks != "" {
			q["remarks"] = strings.TrimSpace(remarks)
		}
		done = append(done, identify("implements", q))
	}
	impact := func() object { return object{"base": "high"} }
	o.write("system-security-plan", "Statement of Applicability of "+o.Origin, "The state partial also stands for controls that are not effective, and planned for those that are not evidenced; the property standing tells them apart.", object{
		"import-profile": object{"href": "profile.json"},
		"system-characteristics": object{
			"system-ids":  list{object{"identifier-type": "https://ietf.org/rfc/rfc4122", "id": o.system["uuid"]}},
			"system-name": "Vialog at " + o.Origin, "description": "A relay of sealed boxes for treatment centres and patients, which cannot open them.",
			"system-information": object{"information-types": list{identify("information", object{"title": "Health data, sealed end to end",
				"description": "The relay holds ciphertext, sizes and times.", "confidentiality-impact": impact(), "integrity-impact": impact(), "availability-impact": object{"base": "moderate"}})}},
			"status":                 object{"state": "operational"},
			"authorization-boundary": object{"description": "The relay with its store, backups and public address. Devices of users are outside."},
		},
		"system-implementation":  object{"users": list{identify("user", object{"title": "Operator", "role-ids": list{"operator"}})}, "components": list{o.system, o.tool}},
		"control-implementation": object{"description": "After the register of Vialog and what was seen of this deployment.", "implemented-requirements": done},
	})
}

func everything() object {
	return object{"control-selections": list{object{"include-all": object{}}}}
}

// plan makes what is done for each check.
func (o *oscal) plan() {
	for _, k := range o.Register.Checks {
		o.activities = append(o.activities, identify("activity", object{"title": line(k.Title.EN), "description": line("Fails if: " + k.Fails.EN), "props": list{property("check", k.ID)}}))
	}
}

func (o *oscal) assessment() {
	doc := object{"import-ssp": object{"href": "system-security-plan.json"}, "reviewed-controls": everything()}
	if len(o.activities) > 0 {
		doc["local-definitions"] = object{"activities": o.activities}
	}
	o.write("assessment-plan", fmt.Sprintf("Checks of cycle %d", o.Run.Cycle), "", doc)
}

// observe notes what was seen of one piece of evidence.
func (o *oscal) observe(key, method string, at time.Time, state State, title, description string, more object) {
	obs := object{"title": line(title), "description": line(description), "methods": list{method}, "collected": stamp(at), "types": list{"finding"},
		"props":    list{property("evidence", key), property("result", string(state))},
		"subjects": list{object{"subject-uuid": o.system["uuid"], "type": "component"}},
		"origins":  list{object{"actors": list{object{"type": "tool", "actor-uuid": o.tool["uuid"]}}}}}
	for k, v := range more {
		obs[k] = v
	}
	o.observed[key] = identify("observation", obs)["uuid"].(string)
	o.observations = append(o.observations, obs)
}

func (o *oscal) observeAll() {
	o.observed = map[string]string{}
	for _, r := range o.Run.Results {
		description := r.Finding.EN
		if r.Next.EN != "" {
			description += " Next: " + r.Next.EN
		}
		title := r.Check
		if k := o.Register.Check(r.Check); k != nil {
			title = k.Title.EN
		}
		o.observe("check:"+r.Check, "TEST", o.Checked, r.State, title, description, nil)
	}
	for _, d := range o.Documents {
		if d.Declaration == nil {
			continue
		}
		more := object{"expires": stamp(d.Until.AddDate(0, 0, 1))}
		if d.File != "" {
			more["relevant-evidence"] = list{object{"description": "The document has the SHA-256 " + d.File + "."}}
		}
		o.observe("document:"+d.Document.ID, "EXAMINE", d.Day.Time, d.State, d.Title.EN, "Declared by "+d.Role+": "+d.Says, more)
	}
	if t := o.Run.Tests; t != nil {
		for _, l := range []struct {
			names []string
			state State
		}{{t.Passed, Passed}, {t.Failed, Failed}} {
			for _, name := range l.names {
				o.observe("test:"+name, "TEST", o.Checked, l.state, name, "A test of the release, in the file with the SHA-256 "+t.Digest+".", nil)
			}
		}
	}
}

func (o *oscal) results() {
	o.observeAll()
	var findings list
	for _, r := range o.all {
		if r.standing == Excluded {
			continue
		}
		status := object{"state": "not-satisfied", "reason": "other", "remarks": word(string(r.standing), "en")}
		switch r.standing {
		case Implemented:
			status["state"], status["reason"] = "satisfied", "pass"
		case NotEffective:
			status["reason"] = "fail"
		}
		f := object{"title": line(r.label + " " + r.title), "description": "What was seen of it: " + word(string(r.standing), "en") + ".",
			"target": object{"type": "statement-id", "target-id": r.id + "_smt", "status": status, "implementation-status": implementation(r.standing)}}
		var related list
		for _, p := range r.proofs {
			if id := o.observed[p.String()]; id != "" {
				related = append(related, object{"observation-uuid": id})
			}
		}
		if len(related) > 0 {
			f["related-observations"] = related
		}
		findings = append(findings, identify("finding", f))
	}
	actor := object{"actors": list{object{"type": "party", "actor-uuid": o.operator}}}
	facet := func(name string, l isms.Level, when string) object {
		return object{"name": name, "system": namespace, "value": fmt.Sprint(l), "props": list{object{"name": "state", "value": when}}}
	}
	for _, k := range o.Register.Risks {
		o.threats = append(o.threats, identify("risk", object{"title": line(k.Title.EN), "description": line("Threat " + fmt.Sprint(k.Threat) + " of THREATS.md."), "statement": line(k.After.Why.EN), "status": "open",
			"props": list{property("treatment", string(k.Treatment))},
			"characterizations": list{object{"origin": actor, "facets": list{facet("likelihood", k.Likelihood, "initial"), facet("impact", k.Impact, "initial"),
				facet("likelihood", k.After.Likelihood, "adjusted"), facet("impact", k.After.Impact, "adjusted")}}},
			"mitigating-factors": list{identify("factor", object{"description": line(k.Measures.EN)})}}))
	}
	result := object{"title": fmt.Sprintf("Cycle %d", o.Run.Cycle), "description": "The newest run of the checks, with declarations in force.", "start": stamp(o.Checked), "end": stamp(o.AsOf),
		"reviewed-controls": everything(), "local-definitions": object{"components": list{o.tool}}}
	for name, l := range map[string]list{"observations": o.observations, "findings": findings, "risks": o.threats} {
		if len(l) > 0 {
			result[name] = l
		}
	}
	o.write("assessment-results", fmt.Sprintf("Results of cycle %d", o.Run.Cycle), "A finding that is not satisfied for another reason than fail is partly shown, planned or not evidenced; its status says which.",
		object{"import-ap": object{"href": "assessment-plan.json"}, "results": list{identify("result", result)}})
}

// actions are nonconformities and known gaps.
func (o *oscal) actions() {
	var items, risks list
	for _, n := range o.Items {
		title := n.ID + " " + n.Check
		risk := object{"title": title, "description": line(n.Finding.EN), "statement": line("Opened on " + Day{n.Opened}.String() + "."), "status": "open", "props": list{property("item", n.ID)}}
		if !n.Closed.IsZero() {
			risk["status"] = "closed"
		}
		if n.Action != "" {
			risk["deadline"] = stamp(n.Due.AddDate(0, 0, 1))
			cycle := "planned"
			if !n.Resolved.IsZero() {
				cycle = "completed"
			}
			risk["remediations"] = list{identify("remediation", object{"lifecycle": cycle, "title": line(n.Action), "description": line("By " + n.Who + ".")})}
		}
		identify("item", risk)
		risks = append(risks, risk)
		items = append(items, identify("action", object{"title": title, "description": line(n.Finding.EN), "related-risks": list{object{"risk-uuid": risk["uuid"]}},
			"props": list{property("overdue", fmt.Sprint(n.Overdue))}}))
	}
	for _, g := range o.Gaps {
		items = append(items, identify("action", object{"title": line(g.Where + " " + g.Title.EN), "description": line(g.Reason.EN),
			"props": list{property("review", g.Review.String()), property("overdue", fmt.Sprint(g.Overdue))}}))
	}
	if len(items) == 0 { // the model asks for one
		items = list{identify("action", object{"title": "Nothing is open", "description": "No check has failed so far, and the register states no gap."})}
	}
	doc := object{"import-ssp": object{"href": "system-security-plan.json"}, "poam-items": items, "local-definitions": object{"components": list{o.system}}}
	if len(risks) > 0 {
		doc["risks"] = risks
	}
	o.write("plan-of-action-and-milestones", "Corrective actions of "+o.Origin, "", doc)
}
