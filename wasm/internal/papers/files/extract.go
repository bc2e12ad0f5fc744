package files

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/papers"
)

// Extract is the operation extract.Op: what a centre gives to a registry or a
// study. Files are made of rows only, which package extract has made alike.
func Extract(raw []byte) ([]byte, error) {
	o, err := extract.ParseOrder(raw)
	if err != nil {
		return nil, err
	}
	rows, steps := extract.Alike(o.People)
	out := extract.Result{Steps: steps, Smallest: extract.Smallest(rows)}
	in := make(map[string]bool)
	for _, r := range rows {
		in[r.Name] = true
	}
	for i, p := range o.People {
		if !in[p.Name] {
			out.Out = append(out.Out, i)
		}
	}
	switch o.Form {
	case extract.Table:
		out.File = extractTable(rows)
	case extract.Bundle:
		if out.File, err = extractBundle(o, rows); err != nil {
			return nil, err
		}
	}
	return out.Bytes()
}

// A figure is a column of a year. FORMAT.md of package papers says what it is.
type figure struct {
	column  string
	display string
	unit    string // UCUM
	of      func(extract.Year) (string, bool)
}

func counted(of func(extract.Year) int) func(extract.Year) (string, bool) {
	return func(y extract.Year) (string, bool) { return strconv.Itoa(of(y)), true }
}

func rate(of func(extract.Year) int) func(extract.Year) (string, bool) {
	return func(y extract.Year) (string, bool) {
		v, ok := y.Rate(of(y))
		return strconv.FormatFloat(v, 'f', 3, 64), ok
	}
}

func quarter(i int) func(extract.Year) (string, bool) {
	return counted(func(y extract.Year) int { return y.Quarters[i] })
}

func bleeds(y extract.Year) int      { return y.Bleeds }
func joints(y extract.Year) int      { return y.Joint }
func spontaneous(y extract.Year) int { return y.Spontaneous }

var extractFigures = []figure{
	{"days_observed", "Days observed", "d", counted(func(y extract.Year) int { return y.Days })},
	{"days_silent", "Days in silences of the diary", "d", counted(func(y extract.Year) int { return y.Silent })},
	{"doses_planned", "Doses planned", "{dose}", counted(func(y extract.Year) int { return y.Planned })},
	{"doses_accounted", "Planned doses that are accounted for", "{dose}", counted(func(y extract.Year) int { return y.Accounted })},
	{"completeness", "Completeness", "1", func(y extract.Year) (string, bool) {
		v, ok := y.Completeness()
		return strconv.FormatFloat(v, 'f', 3, 64), ok
	}},
	{"bleeds", "New bleeds", "{bleed}", counted(bleeds)},
	{"bleeds_joint", "New bleeds in joints", "{bleed}", counted(joints)},
	{"bleeds_muscle", "New bleeds in muscles", "{bleed}", counted(func(y extract.Year) int { return y.Muscle })},
	{"bleeds_other", "New bleeds elsewhere", "{bleed}", counted(func(y extract.Year) int { return y.Other })},
	{"bleeds_spontaneous", "New spontaneous bleeds", "{bleed}", counted(spontaneous)},
	{"bleeds_traumatic", "New traumatic bleeds", "{bleed}", counted(func(y extract.Year) int { return y.Traumatic })},
	{"bleeds_q1", "New bleeds, January to March", "{bleed}", quarter(0)},
	{"bleeds_q2", "New bleeds, April to June", "{bleed}", quarter(1)},
	{"bleeds_q3", "New bleeds, July to September", "{bleed}", quarter(2)},
	{"bleeds_q4", "New bleeds, October to December", "{bleed}", quarter(3)},
	{"abr", "Annualised bleeding rate", "/a", rate(bleeds)},
	{"ajbr", "Annualised joint bleeding rate", "/a", rate(joints)},
	{"asbr", "Annualised spontaneous bleeding rate", "/a", rate(spontaneous)},
	{"target_joints", "Target joints at the end", "{joint}", counted(func(y extract.Year) int { return y.Targets })},
}

// usedName begins the columns of what was used of a therapy.
func usedName(t diary.Therapy) string { return code(t.Group) + "_" + code(t.Unit) }

func useIn(y extract.Year, t diary.Therapy) (extract.Use, bool) {
	i := slices.IndexFunc(y.Uses, func(u extract.Use) bool { return u.Therapy == t })
	if i < 0 {
		return extract.Use{}, false
	}
	return y.Uses[i], true
}

func perKg(u extract.Use) string { return strconv.FormatFloat(u.PerKg, 'f', 3, 64) }

// extractTable is a line for each patient and year.
func extractTable(rows []extract.Row) []byte {
	uses := extract.Therapies(rows)
	head := []string{"pseudonym", "year", "told", "diagnosis", "severity", "inhibitor", "born", "sex", "weight_kg", "products"}
	for _, f := range extractFigures {
		head = append(head, f.column)
	}
	for _, t := range uses {
		head = append(head, usedName(t)+"_doses", usedName(t)+"_per_kg_year")
	}
	out := papers.Row(nil, ',', head...)
	for _, r := range rows {
		for _, y := range r.Years {
			c := r.Class
			cells := []string{r.Name, strconv.Itoa(y.Year), code(r.Step), c.Diagnosis, c.Severity, c.Inhibitor, c.Born, c.Sex, c.Weight, c.Products}
			for _, f := range extractFigures {
				s, ok := f.of(y)
				if !ok {
					s = ""
				}
				cells = append(cells, s)
			}
			for _, t := range uses {
				u, used := useIn(y, t)
				doses, kg := "", ""
				if used {
					doses = strconv.Itoa(u.Doses)
				}
				if u.Known {
					kg = perKg(u)
				}
				cells = append(cells, doses, kg)
			}
			out = papers.Row(out, ',', cells...)
		}
	}
	return out
}

// extractBundle is a FHIR R4 collection: a ResearchStudy, and for each patient a
// Patient, a Consent, a ResearchSubject that names both, a Condition and
// Observations of years.
func extractBundle(o extract.Order, rows []extract.Row) ([]byte, error) {
	p := new(press)
	p.to = json.NewEncoder(&p.out)
	p.to.SetEscapeHTML(false)
	made := time.UnixMilli(o.Made).UTC().Format(time.DateOnly)
	head, err := json.Marshal(object{
		"resourceType": "Bundle", "type": "collection", "timestamp": made + "T00:00:00Z",
		"meta": object{"tag": []any{object{"system": ours + "extract", "code": "1"}}},
	})
	if err != nil {
		return nil, err
	}
	p.out.Write(head[:len(head)-1])
	p.out.WriteString(",\"entry\":[\n")
	of := func(what, name string) diary.ID {
		return derived(diary.ID{}, "extract/"+what+"\x00"+o.Purpose+"\x00"+name)
	}
	study := of("study", "")
	r := object{
		"resourceType": "ResearchStudy", "status": "active", "title": o.Name,
		"identifier": []any{object{"system": ours + "purpose", "value": o.Purpose}},
		"note":       []any{object{"text": "Combinations of diagnosis, severity, inhibitor, decade of birth, sex, weight and products are those of at least " + strconv.Itoa(extract.K) + " patients each."}},
	}
	if o.Recipient != "" {
		r["contact"] = []any{object{"name": o.Recipient}}
	}
	p.put(study, r)
	for _, row := range rows {
		p.subject(row, made, of, study)
	}
	p.out.WriteString("]}\n")
	return bytes.Clone(p.out.Bytes()), p.err
}

func ref(id diary.ID) object { return object{"reference": urn(id)} }

// told tells whether the extract says anything in a column.
func told(v string) bool { return v != "" && v != extract.Any }

func (p *press) subject(r extract.Row, made string, of func(what, name string) diary.ID, study diary.ID) {
	patient, consent := of("patient", r.Name), of("consent", r.Name)
	x := object{"resourceType": "Patient", "identifier": []any{object{"system": ours + "export-pseudonym", "value": r.Name}}}
	if g := r.Class.Sex; told(g) {
		x["gender"] = g
	}
	var more []any
	if told(r.Class.Born) {
		more = append(more, extension("born", "valueString", r.Class.Born))
	}
	if told(r.Class.Weight) {
		more = append(more, extension("weight_kg", "valueString", r.Class.Weight))
	}
	if told(r.Class.Products) {
		more = append(more, extension("products", "valueString", r.Class.Products))
	}
	x["extension"] = append(more, extension("told", "valueCode", code(r.Step)))
	p.put(patient, x)
	how := "electronic"
	if r.OnPaper {
		how = "paper"
	}
	p.put(consent, object{
		"resourceType": "Consent", "status": "active", "patient": ref(patient),
		"scope":      concept(coding("http://terminology.hl7.org/CodeSystem/consentscope", "research", "Research")),
		"category":   []any{concept(coding("http://terminology.hl7.org/CodeSystem/consentcategorycodes", "rsdid", "De-identified Information Access"))},
		"policyRule": concept(coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in")),
		"provision": object{
			"type": "permit", "purpose": []any{coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HRESCH", "healthcare research")},
			"data": []any{object{"meaning": "related", "reference": ref(study)}},
		},
		"extension": []any{extension("consent", "valueCode", how)},
	})
	p.put(of("subject", r.Name), object{
		"resourceType": "ResearchSubject", "status": "on-study", "study": ref(study), "individual": ref(patient), "consent": ref(consent),
	})
	if d, ok := diary.ParseDiagnosis("diagnosis." + r.Class.Diagnosis); ok && told(r.Class.Diagnosis) {
		codings := []object{own("diagnosis", d)}
		if c, ok := diagnoses[d]; ok {
			codings = append(codings, coding(icd10, c.icd, ""))
			if c.sct != "" {
				codings = append(codings, coding(snomed, c.sct, ""))
			}
		}
		condition := object{"resourceType": "Condition", "subject": ref(patient), "code": concept(codings...)}
		if g, ok := diary.ParseGrade("grade." + r.Class.Severity); ok {
			condition["severity"] = concept(own("severity", g))
		}
		p.put(of("condition", r.Name), condition)
	}
	if i, ok := diary.ParseInhibitor("inhibitor." + r.Class.Inhibitor); ok {
		p.put(of("inhibitor", r.Name), object{
			"resourceType": "Observation", "status": "final", "subject": ref(patient), "effectiveDateTime": made,
			"code": concept(coding(ours+"extract", "inhibitor", "Inhibitor")), "valueCodeableConcept": concept(own("inhibitor", i)),
		})
	}
	for _, y := range r.Years {
		year := strconv.Itoa(y.Year)
		put := func(column, display, unit, value string) {
			p.put(of("figure", r.Name+"\x00"+year+"\x00"+column), object{
				"resourceType": "Observation", "status": "final", "subject": ref(patient),
				"effectivePeriod": object{"start": year + "-01-01", "end": year + "-12-31"},
				"code":            concept(coding(ours+"extract", column, display)),
				"valueQuantity":   object{"value": json.Number(value), "unit": unit, "system": ucum, "code": unit},
			})
		}
		for _, f := range extractFigures {
			if s, ok := f.of(y); ok {
				put(f.column, f.display, f.unit, s)
			}
		}
		for _, u := range y.Uses {
			name, unit := usedName(u.Therapy), units[u.Therapy.Unit]
			put(name+"_doses", "Doses of "+en.Label(u.Therapy.Group.Key()), "{dose}", strconv.Itoa(u.Doses))
			if u.Known {
				put(name+"_per_kg_year", "Use of "+en.Label(u.Therapy.Group.Key())+" per kg and year", unit+"/kg/a", perKg(u))
			}
		}
	}
}
