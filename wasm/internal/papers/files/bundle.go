package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/papers"
)

// An object is JSON with its keys in order, whoever writes it.
type object = map[string]any

// A press writes the resources of a bundle one by one: all of them at once would
// be hundreds of megabytes of small objects.
type press struct {
	b   *book
	out bytes.Buffer
	to  *json.Encoder // out
	n   int
	err error
}

// bundle is a FHIR R4 collection. Texts in it are in English, whatever the app
// speaks; codes are what machines read.
func (b *book) bundle() ([]byte, error) {
	p := &press{b: b}
	p.to = json.NewEncoder(&p.out)
	p.to.SetEscapeHTML(false)
	head, err := json.Marshal(object{
		"resourceType": "Bundle", "type": "collection", "timestamp": stamp(b.Now),
		"meta": object{"tag": []any{object{"system": ours + "papers", "code": "1"}}},
	})
	if err != nil {
		return nil, err
	}
	p.out.Write(head[:len(head)-1])
	p.out.WriteString(",\"entry\":[\n") // one resource a line, to be read by eye
	p.put(patientID(b.Owner), object{
		"resourceType": "Patient", "identifier": []any{object{"system": ours + "pseudonym", "value": b.Owner}},
	})
	if a, it := b.d.AboutPatient(); it != nil {
		p.about(a, it)
	}
	for _, t := range [...]struct {
		k   diary.Kind
		put func(*diary.Item) object
	}{
		{diary.KindBleed, p.bleed}, {diary.KindTreatment, p.treatment}, {diary.KindPlan, p.plan}, {diary.KindMeasure, p.measure},
		{diary.KindNote, p.communication}, {diary.KindMessage, p.communication},
	} {
		for _, it := range b.standing(t.k) {
			p.item(it, t.put(it))
		}
	}
	p.out.WriteString("]}\n")
	return p.out.Bytes(), p.err
}

// patientID is the identifier of the patient's resource.
func patientID(owner string) (id diary.ID) {
	h := sha256.Sum256([]byte("vialog/papers/v1/patient\x00" + owner))
	copy(id[:], h[:])
	return id
}

// urn is the address of a resource inside the bundle.
func urn(id diary.ID) string {
	s := hex.EncodeToString(id[:])
	return "urn:uuid:" + s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func (p *press) put(id diary.ID, r object) {
	r["id"] = hex.EncodeToString(id[:])
	if p.n++; p.n > 1 {
		p.out.WriteString(",")
	}
	if err := p.to.Encode(object{"fullUrl": urn(id), "resource": r}); err != nil {
		p.err = err
	}
}

// derived is the identifier of a resource that belongs to an entry.
func derived(id diary.ID, what string) (out diary.ID) {
	h := sha256.Sum256(append([]byte("vialog/papers/v1/"+what+"\x00"), id[:]...))
	copy(out[:], h[:])
	return out
}

func (p *press) patient() object { return object{"reference": urn(patientID(p.b.Owner))} }

// item puts the resource of an entry, and who wrote it.
func (p *press) item(it *diary.Item, r object) {
	list, _ := r["extension"].([]any)
	r["extension"] = append(list, extension("entered_at", "valueDateTime", stamp(it.Entry.Top().Entered)))
	p.put(it.ID, r)
	for i, v := range p.b.d.History(it.ID) {
		if v.Fate != diary.Counted {
			continue
		}
		x := object{
			"resourceType": "Provenance", "target": []any{object{"reference": urn(it.ID)}},
			"recorded": stamp(diary.Moment{Ms: v.Written, Offset: v.Entry.Top().Entered.Offset}),
			"agent":    []any{object{"who": p.author(v.Author)}},
			"activity": concept(coding("http://terminology.hl7.org/CodeSystem/v3-DataOperation", "CREATE", "create")),
		}
		if v.Because != "" {
			x["activity"] = concept(coding("http://terminology.hl7.org/CodeSystem/v3-DataOperation", "UPDATE", "revise"))
			x["reason"] = []any{object{"text": v.Because}}
		}
		p.put(derived(v.ID, "provenance/"+strconv.Itoa(i)), x)
	}
}

func (p *press) author(a diary.Author) object {
	switch {
	case a.Who == diary.Patient:
		return p.patient()
	case a.Name != "":
		return object{"display": a.Name}
	}
	return object{"display": en.Label(a.Who.Key())}
}

func coding(system, code, display string) object {
	o := object{"system": system, "code": code}
	if display != "" {
		o["display"] = display
	}
	return o
}

// concept leaves out codings that are nil.
func concept(codings ...object) object {
	var list []any
	for _, c := range codings {
		if c != nil {
			list = append(list, c)
		}
	}
	o := object{"coding": list}
	if d, ok := list[0].(object)["display"]; ok {
		o["text"] = d
	}
	return o
}

// own is the coding of a value of an enumeration in the system of its column.
func own(column string, e interface{ Key() string }) object {
	return coding(ours+column, code(e), en.Label(e.Key()))
}

func extension(column, kind string, v any) object { return object{"url": ours + column, kind: v} }

// add puts v under name unless it is the empty text.
func add(o object, name string, v any) {
	if s, ok := v.(string); !ok || s != "" {
		o[name] = v
	}
}

func quantity(a diary.Amount, code string) object {
	o := object{"value": json.Number(a.String())}
	if code != "" {
		o["unit"], o["system"], o["code"] = code, ucum, code
	}
	return o
}

func (p *press) resource(kind string, it *diary.Item) object {
	return object{"resourceType": kind, "identifier": []any{object{"system": ours + "id", "value": it.ID.String()}}}
}

func note(o object, s string) {
	if s != "" {
		o["note"] = []any{object{"text": s}}
	}
}

func unit(p diary.Product) string {
	if int(p.Unit) < len(units) {
		return units[p.Unit]
	}
	return ""
}

// product names a product by our key, by its ATC code and in words.
func productConcept(id diary.ProductID, name string) (object, diary.Product) {
	x, _ := diary.Products.Find(id)
	if x.Brand != "" {
		name = x.Brand
	}
	list := []any{coding(ours+"product", string(id), name)}
	c := atcOfProduct[id]
	if c == "" {
		c = atcOf[x.Group]
	}
	if c != "" {
		list = append(list, coding(atc, c, x.Substance))
	}
	o := object{"coding": list}
	add(o, "text", name)
	return o, x
}

func (p *press) treatment(it *diary.Item) object {
	t := it.Treatment()
	r := p.resource("MedicationAdministration", it)
	c, x := productConcept(t.Product, t.ProductName)
	medication := object{"resourceType": "Medication", "id": "product", "code": c}
	if x.Company != "" {
		medication["manufacturer"] = object{"display": x.Company}
	}
	contained := []any{medication}
	var parts []any
	for i, l := range t.Lots {
		m := lot(l, i, unit(x))
		contained = append(contained, m)
		part := object{"itemReference": object{"reference": "#" + m["id"].(string)}}
		if l.Packs > 0 {
			part["extension"] = []any{extension("packs", "valuePositiveInt", l.Packs)}
		}
		parts = append(parts, part)
	}
	if parts != nil {
		medication["ingredient"] = parts
	}
	// A contained resource must be referred to, and the medication refers to the lots.
	r["contained"], r["medicationReference"] = contained, object{"reference": "#product"}
	r["status"], r["subject"], r["effectiveDateTime"] = "completed", p.patient(), stamp(t.Taken)
	if t.NotGiven != 0 {
		r["status"], r["statusReason"] = "not-done", []any{concept(own("not_given", t.NotGiven))}
	}
	if t.Reason != 0 {
		r["reasonCode"] = []any{concept(own("reason", t.Reason))}
	}
	var extra []any
	if id := t.Bleed; !id.IsZero() {
		if b, ok := p.b.d.Get(id); ok && b.Bleed() != nil && b.Retracted == nil {
			r["reasonReference"] = []any{object{"reference": urn(b.ID)}}
		}
		extra = append(extra, extension("bleed", "valueString", p.b.link(id)))
	}
	if t.GivenBy != 0 {
		who := concept(own("given_by", t.GivenBy))
		actor := object{"display": en.Label(t.GivenBy.Key())}
		if t.GivenBy == diary.GivenSelf {
			actor = p.patient()
		}
		r["performer"] = []any{object{"function": who, "actor": actor}}
	}
	switch {
	case t.Amount != 0:
		dose := object{"dose": quantity(t.Amount, unit(x))}
		if x.Route != 0 {
			dose["route"] = concept(own("route", x.Route))
		}
		if t.Site != 0 {
			dose["site"] = concept(own("site", t.Site))
		}
		r["dosage"] = dose
	case t.Site != 0:
		extra = append(extra, extension("site", "valueCode", code(t.Site)))
	}
	if t.Reaction != "" {
		extra = append(extra, extension("reaction", "valueString", t.Reaction))
		p.put(derived(it.ID, "reaction"), object{
			"resourceType": "AdverseEvent", "actuality": "actual", "subject": p.patient(), "date": stamp(t.Taken),
			"event": object{"text": t.Reaction}, "suspectEntity": []any{object{"instance": object{"reference": urn(it.ID)}}},
		})
	}
	if extra != nil {
		r["extension"] = extra
	}
	note(r, t.Note)
	return r
}

// lot is a medication of one batch.
func lot(l diary.Lot, i int, unit string) object {
	batch := object{}
	add(batch, "lotNumber", l.Batch)
	add(batch, "expirationDate", day(l.Expiry))
	m := object{"resourceType": "Medication", "id": "lot" + strconv.Itoa(i+1), "batch": batch}
	if l.PZN != "" {
		m["code"] = object{"coding": []any{coding(pzn, l.PZN, "")}}
	}
	if l.Strength != 0 {
		m["amount"] = object{"numerator": quantity(l.Strength, unit), "denominator": object{"value": 1, "unit": "vial", "system": ucum, "code": "{vial}"}}
	}
	return m
}

func (p *press) bleed(it *diary.Item) object {
	b := it.Bleed()
	r := p.resource("Condition", it)
	r["subject"], r["onsetDateTime"] = p.patient(), stamp(b.Start)
	state := "active"
	if !b.End.IsZero() {
		state, r["abatementDateTime"] = "resolved", stamp(b.End)
	}
	r["clinicalStatus"] = concept(coding("http://terminology.hl7.org/CodeSystem/condition-clinical", state, ""))
	r["category"] = []any{concept(coding(ours+"entry", "bleed", en.Label(diary.KindBleed.Key())))}
	r["code"] = object{"text": en.Label(diary.KindBleed.Key())}
	if b.Type != 0 {
		r["code"] = concept(own("type", b.Type))
	}
	if b.Severity != 0 {
		r["severity"] = concept(own("severity", b.Severity))
	}
	var places []any
	for _, x := range b.Places {
		var sct object
		if c := sctOf[x.Region()]; c != "" {
			sct = coding(snomed, c, en.Label(x.RegionKey()))
		}
		places = append(places, concept(own("places", x), sct))
	}
	if places != nil {
		r["bodySite"] = places
	}
	var extra []any
	if b.Cause != 0 {
		extra = append(extra, extension("cause", "valueCode", code(b.Cause)))
	}
	if !b.Again.IsZero() {
		extra = append(extra, extension("again", "valueString", p.b.link(b.Again)))
	}
	if extra != nil {
		r["extension"] = extra
	}
	note(r, b.Note)

	// What was seen and asked are observations about it.
	see := func(what string, value func(object)) {
		o := object{
			"resourceType": "Observation", "status": "final", "subject": p.patient(), "focus": []any{object{"reference": urn(it.ID)}},
			"code": concept(coding(ours+"question", what, "")), "effectiveDateTime": stamp(b.Start),
		}
		value(o)
		p.put(derived(it.ID, what), o)
	}
	if n, ok := b.Pain.Score(); ok {
		see("pain_0_to_10", func(o object) {
			o["code"] = concept(coding(loinc, painLOINC, "Pain severity 0-10"), coding(ours+"question", "pain_0_to_10", ""))
			o["valueInteger"] = n
		})
	}
	if b.Signs != 0 {
		see("signs", func(o object) {
			var parts []any
			for _, s := range b.Signs.Each() {
				parts = append(parts, object{"code": concept(own("signs", s)), "valueBoolean": true})
			}
			o["component"] = parts
		})
	}
	for _, x := range [...]struct {
		column string
		r      diary.Response
	}{{"response_8h", b.Response8h}, {"response_72h", b.Response72h}} {
		if x.r != 0 {
			see(x.column, func(o object) { o["valueCodeableConcept"] = concept(own(x.column, x.r)) })
		}
	}
	return r
}

func (p *press) plan(it *diary.Item) object {
	x := it.Plan()
	r := p.resource("MedicationRequest", it)
	c, product := productConcept(x.Product, "")
	r["medicationCodeableConcept"], r["subject"], r["authoredOn"] = c, p.patient(), stamp(x.Entered)
	r["status"], r["intent"] = "active", "plan"
	if it.Author.Who == diary.Centre {
		r["intent"] = "order"
	}
	if on, _ := p.b.Now.Wall(); !x.Until.IsZero() && x.Until.Before(on) {
		r["status"] = "completed"
	}
	if x.Clinician != "" {
		r["requester"] = object{"display": x.Clinician}
	}
	if x.Reason != 0 {
		r["reasonCode"] = []any{concept(own("reason", x.Reason))}
	}
	repeat := object{"boundsPeriod": object{"start": day(x.From)}}
	add(repeat["boundsPeriod"].(object), "end", day(x.Until))
	if x.Schedule.EveryDays != 0 {
		repeat["frequency"], repeat["period"], repeat["periodUnit"] = max(1, len(x.Schedule.Times)), x.Schedule.EveryDays, "d"
	}
	var days, times []any
	for d := range 7 {
		if x.Schedule.Weekdays.Has(d) {
			days = append(days, fhirDays[d])
		}
	}
	for _, t := range x.Schedule.Times {
		times = append(times, papers.Clock(t)+":00")
	}
	if days != nil {
		repeat["dayOfWeek"] = days
	}
	if times != nil {
		repeat["timeOfDay"] = times
	}
	r["dosageInstruction"] = []any{object{
		"timing": object{"repeat": repeat}, "asNeededBoolean": x.Schedule.OnDemand(),
		"doseAndRate": []any{object{"doseQuantity": quantity(x.Amount, unit(product))}},
	}}
	note(r, x.Note)
	return r
}

func (p *press) measure(it *diary.Item) object {
	m := it.Entry.(*diary.Measure)
	r := p.resource("Observation", it)
	r["status"], r["subject"], r["effectiveDateTime"], r["valueQuantity"] = "final", p.patient(), stamp(m.Taken), quantity(m.Value, ucumOf(m.What))
	var public object
	if int(m.What) < len(measured) && measured[m.What].loinc != "" {
		public = coding(loinc, measured[m.What].loinc, measured[m.What].display)
	}
	r["code"] = concept(own("measured", m.What), public)
	if m.Lab != "" {
		r["performer"] = []any{object{"display": m.Lab}}
	}
	note(r, m.Note)
	return r
}

func (p *press) communication(it *diary.Item) object {
	r := p.resource("Communication", it)
	r["status"], r["subject"], r["sent"], r["sender"] = "completed", p.patient(), stamp(it.Entry.Top().Entered), p.author(it.First)
	kind, text, about := "note", "", diary.ID{}
	switch e := it.Entry.(type) {
	case *diary.Note:
		text, about = e.Text, e.About
	case *diary.Message:
		kind, text, about = "message", e.Text, e.About
		if m, ok := p.b.d.Get(e.ReplyTo); ok && m.Retracted == nil && m.Kind() == diary.KindMessage {
			r["inResponseTo"] = []any{object{"reference": urn(m.ID)}}
		}
	}
	r["category"] = []any{concept(coding(ours+"note_kind", kind, en.Label(it.Kind().Key())))}
	r["payload"] = []any{object{"contentString": text}}
	if !about.IsZero() {
		r["extension"] = []any{extension("about", "valueString", p.b.link(about))}
	}
	return r
}

func (p *press) about(a diary.About, it *diary.Item) {
	r := p.resource("Condition", it)
	r["subject"] = p.patient()
	r["clinicalStatus"] = concept(coding("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", ""))
	r["category"] = []any{concept(coding(ours+"entry", "about", en.Label(diary.KindAbout.Key())))}
	if a.Diagnosis != 0 {
		x := diagnoses[a.Diagnosis]
		var icd, sct object
		if x.icd != "" {
			icd = coding(icd10, x.icd, "")
		}
		if x.sct != "" {
			sct = coding(snomed, x.sct, "")
		}
		r["code"] = concept(own("diagnosis", a.Diagnosis), icd, sct)
	}
	if a.Severity != 0 {
		r["severity"] = concept(own("grade", a.Severity))
	}
	var extra []any
	if a.Inhibitor != 0 {
		extra = append(extra, extension("inhibitor", "valueCode", code(a.Inhibitor)))
	}
	for _, x := range [...][2]string{{"allergies", a.Allergies}, {"medicines", a.Medicines}} {
		if x[1] != "" {
			extra = append(extra, extension(x[0], "valueString", x[1]))
		}
	}
	if extra != nil {
		r["extension"] = extra
	}
	note(r, a.Note)
	p.item(it, r)
	if a.Allergies != "" {
		p.put(derived(it.ID, "allergies"), object{
			"resourceType": "AllergyIntolerance", "patient": p.patient(), "code": object{"text": a.Allergies},
			"clinicalStatus": concept(coding("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "")),
		})
	}
	if a.Medicines != "" {
		p.put(derived(it.ID, "medicines"), object{
			"resourceType": "MedicationStatement", "status": "active", "subject": p.patient(), "medicationCodeableConcept": object{"text": a.Medicines},
		})
	}
}

/* ---- reading ---- */

// Limits of bundles, see FORMAT.md.
const (
	maxResources = 200_000
	maxDepth     = 12
)

func isJSON(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte(bom)), " \t\r\n")
	return len(b) > 0 && b[0] == '{'
}

// deep tells whether JSON is nested deeper than a resource is, without building it.
func deep(raw []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// bundle reads a FHIR bundle. What it says in elements counts; of what it says
// otherwise only our own codings and extensions are read.
func (in *intake) bundle() {
	raw := bytes.TrimPrefix(in.b.File, []byte(bom))
	if deep(raw) {
		in.refuse(0, "", papers.TooLarge)
		return
	}
	var bundle struct {
		ResourceType string `json:"resourceType"`
		Timestamp    string `json:"timestamp"`
		Entry        []struct {
			FullURL  string         `json:"fullUrl"`
			Resource map[string]any `json:"resource"`
		} `json:"entry"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&bundle); err != nil {
		in.refuse(0, "", papers.Broken)
		return
	}
	if bundle.ResourceType != "Bundle" {
		in.f.Form = 0
		in.refuse(0, "", papers.NotAFile)
		return
	}
	if len(bundle.Entry) > maxResources {
		in.refuse(0, "", papers.TooLarge)
		return
	}
	c := &cells{row: row{"made": bundle.Timestamp}}
	if m := c.moment("made"); c.why == "" {
		in.f.Made = m.Ms
	}
	type sheet struct {
		t    *table
		row  row
		lots []row
		n    int
	}
	var order []*sheet
	at := make(map[string]*sheet) // by address
	for i, e := range bundle.Entry {
		r := e.Resource
		t := kindOf(r)
		if get(r, "resourceType") == "Patient" {
			if x := collect(r)["pseudonym"]; x != "" {
				in.f.Owner = diary.Clean(x[:min(len(x), 40)], false)
			}
		}
		if t == nil {
			continue
		}
		s := &sheet{t: tableOf(t.form), row: collect(r), n: i + 1}
		t.read(r, s.row)
		if t.form == papers.Treatments {
			s.lots = lotsOf(r)
		}
		order = append(order, s)
		if e.FullURL != "" {
			at[e.FullURL] = s
		}
	}
	// Observations about a bleed belong to its row.
	for _, e := range bundle.Entry {
		r := e.Resource
		if get(r, "resourceType") != "Observation" {
			continue
		}
		for _, f := range each(r["focus"]) {
			s := at[get(f, "reference")]
			if s == nil || s.t.form != papers.Bleeds {
				continue
			}
			for k, v := range collect(r) {
				if k != "id" && k != "question" {
					s.row[k] = v
				}
			}
			if n, ok := r["valueInteger"].(json.Number); ok {
				s.row["pain_0_to_10"] = string(n)
			}
		}
	}
	for _, s := range order {
		rows := s.lots
		if rows == nil {
			rows = []row{{}}
		}
		in.rows(s.t, s.row, rows, s.n)
	}
}

// A reader turns the elements of a resource into cells.
type reader struct {
	form papers.Form
	read func(object, row)
}

func kindOf(r object) *reader {
	switch get(r, "resourceType") {
	case "MedicationAdministration":
		return &reader{papers.Treatments, func(r object, x row) {
			x["given_at"] = get(r, "effectiveDateTime")
			x["amount"], x["note"] = get(r, "dosage", "dose", "value"), get(first(r["note"]), "text")
			if u := get(r, "dosage", "dose", "code"); u != "" {
				x["unit"] = unitCode(u)
			}
			if get(r, "status") == "not-done" && x["not_given"] == "" {
				x["not_given"] = "other"
			}
			for _, m := range each(r["contained"]) {
				if c, _ := m["code"].(object); x["product"] != "" && get(m, "id") == "product" {
					x["product_name"] = get(c, "text")
				}
			}
			delete(x, "packs")
		}}
	case "Condition":
		if collect(r)["entry"] == "about" {
			return nil // what treatment goes by is in the archive
		}
		return &reader{papers.Bleeds, func(r object, x row) {
			x["started_at"], x["ended_at"], x["note"] = get(r, "onsetDateTime"), get(r, "abatementDateTime"), get(first(r["note"]), "text")
		}}
	case "MedicationRequest":
		return &reader{papers.Plans, func(r object, x row) {
			d := first(r["dosageInstruction"])
			repeat, _ := get2(d, "timing", "repeat").(object)
			dose, _ := first(d["doseAndRate"])["doseQuantity"].(object)
			x["amount"], x["note"], x["clinician"] = get(dose, "value"), get(first(r["note"]), "text"), get(r, "requester", "display")
			if u := get(dose, "code"); u != "" {
				x["unit"] = unitCode(u)
			}
			x["valid_from"], x["valid_until"] = get(repeat, "boundsPeriod", "start"), get(repeat, "boundsPeriod", "end")
			if get(repeat, "periodUnit") == "d" {
				x["every_days"] = get(repeat, "period")
			}
			var days, times []string
			for _, v := range list(repeat["dayOfWeek"]) {
				for i, name := range fhirDays {
					if v == name {
						days = append(days, strconv.Itoa(i+1))
					}
				}
			}
			for _, v := range list(repeat["timeOfDay"]) {
				if s, ok := v.(string); ok {
					times = append(times, strings.TrimSuffix(s, ":00"))
				}
			}
			x["weekdays"], x["times"] = strings.Join(days, " "), strings.Join(times, " ")
		}}
	case "Observation":
		if len(each(r["focus"])) > 0 {
			return nil
		}
		return &reader{papers.Measures, func(r object, x row) {
			x["measured_at"], x["value"], x["unit"] = get(r, "effectiveDateTime"), get(r, "valueQuantity", "value"), get(r, "valueQuantity", "code")
			x["note"], x["lab"] = get(first(r["note"]), "text"), get(first(r["performer"]), "display")
			if x["measured"] == "" {
				for _, c := range each(get2(r, "code", "coding")) {
					for m, k := range measured {
						if get(c, "system") == loinc && k.loinc != "" && get(c, "code") == k.loinc {
							x["measured"] = code(diary.Measured(m))
						}
					}
				}
			}
		}}
	case "Communication":
		return &reader{papers.Notes, func(r object, x row) {
			x["text"] = get(first(r["payload"]), "contentString")
			if x["entered_at"] == "" {
				x["entered_at"] = get(r, "sent")
			}
		}}
	}
	return nil
}

func unitCode(u string) string {
	for i, s := range units {
		if s == u && s != "" {
			return code(diary.Unit(i))
		}
	}
	return u
}

// lotsOf reads the medications of single batches, in the order of the ingredients.
func lotsOf(r object) (out []row) {
	by := make(map[string]object)
	for _, m := range each(r["contained"]) {
		by["#"+get(m, "id")] = m
	}
	for _, m := range each(r["contained"]) {
		for _, part := range each(m["ingredient"]) {
			l := by[get(part, "itemReference", "reference")]
			if l == nil || len(out) > diary.MaxLots {
				continue
			}
			x := row{
				"batch": get(l, "batch", "lotNumber"), "expiry": get(l, "batch", "expirationDate"), "strength": get(l, "amount", "numerator", "value"),
				"packs": collect(part)["packs"],
			}
			for _, c := range each(get2(l, "code", "coding")) {
				if get(c, "system") == pzn {
					x["pzn"] = get(c, "code")
				}
			}
			out = append(out, x)
		}
	}
	return out
}

// collect reads our codings, identifiers and extensions wherever they stand in a
// resource; several of one column follow each other.
func collect(v any) row {
	out := make(row)
	gather(v, out)
	return out
}

func gather(v any, out row) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			gather(x, out)
		}
	case object:
		system, value := get(v, "system"), get(v, "code")
		if value == "" {
			value = get(v, "value")
		}
		if url := get(v, "url"); url != "" {
			system, value = url, ""
			for _, k := range [...]string{"valueString", "valueCode", "valueDateTime", "valuePositiveInt"} {
				if s := get(v, k); s != "" {
					value = s
				}
			}
		}
		if column, ok := strings.CutPrefix(system, ours); ok && value != "" {
			if old := out[column]; old != "" {
				value = old + " " + value
			}
			out[column] = value
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			gather(v[k], out)
		}
	}
}

// get is the text or number at the end of a path, empty if there is none.
func get(o object, path ...string) string {
	switch v := get2(o, path...).(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	}
	return ""
}

func get2(o object, path ...string) any {
	var v any = o
	for _, name := range path {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func list(v any) []any { l, _ := v.([]any); return l }

// each is the objects of a list.
func each(v any) (out []object) {
	for _, x := range list(v) {
		if o, ok := x.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

func first(v any) object {
	if l := each(v); len(l) > 0 {
		return l[0]
	}
	return nil
}
