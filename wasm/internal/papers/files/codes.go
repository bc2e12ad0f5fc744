package files

import (
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
)

// en has the words beside codes.
const en = lang.English

// Code systems. What has no code of its own in a public one has ours, under a
// name that no registry gives out.
const (
	ours   = "urn:x-vialog:" // and the column of FORMAT.md
	ucum   = "http://unitsofmeasure.org"
	loinc  = "http://loinc.org"
	snomed = "http://snomed.info/sct"
	icd10  = "http://hl7.org/fhir/sid/icd-10"
	atc    = "http://fhir.de/CodeSystem/bfarm/atc"
	pzn    = "http://fhir.de/CodeSystem/ifa/pzn"
)

// units are the UCUM codes of what products are counted in. A unit of a
// bypassing agent is an arbitrary one, which UCUM writes in braces.
var units = [...]string{diary.UnitIU: "[IU]", diary.UnitU: "{U}", diary.UnitMg: "mg", diary.UnitMcg: "ug"}

// measured are the UCUM unit and, where it is certain, the LOINC code of each
// measured value: https://loinc.org/3209-4 and so on.
var measured = [...]struct{ ucum, loinc, display string }{
	diary.MeasuredWeight:       {"kg", "29463-7", "Body weight"},
	diary.MeasuredHeight:       {"cm", "8302-2", "Body height"},
	diary.MeasuredFVIII:        {"[IU]/dL", "3209-4", "Coagulation factor VIII activity"},
	diary.MeasuredFIX:          {"[IU]/dL", "3187-2", "Coagulation factor IX activity"},
	diary.MeasuredInhibitor:    {"[beth'U]/mL", "3204-5", "Coagulation factor VIII inhibitor"},
	diary.MeasuredAntithrombin: {"%", "", ""},
	diary.MeasuredConcizumab:   {"ng/mL", "", ""},
	diary.MeasuredALT:          {"U/L", "", ""},
	diary.MeasuredHaemoglobin:  {"g/dL", "", ""},
}

func ucumOf(m diary.Measured) string {
	if int(m) < len(measured) {
		return measured[m].ucum
	}
	return ""
}

const painLOINC = "72514-3" // pain severity, 0-10 verbal numeric rating

// atcOf are the codes of the German edition of the ATC by group, where all
// products of the group have the same.
var atcOf = map[diary.Group]string{
	diary.GroupFVIII: "B02BD02", diary.GroupFVIIIExtended: "B02BD02", diary.GroupFIX: "B02BD04", diary.GroupFIXExtended: "B02BD04",
	diary.GroupEmicizumab: "B02BX06",
}

// atcOfProduct are codes of single products.
var atcOfProduct = map[diary.ProductID]string{"nonfactor.alhemo": "B02BX10", "nonfactor.hympavzi": "B02BX11"}

// sctOf are the structures of SNOMED CT that places of the body lie in. The side
// is said in words and in our own code.
var sctOf = map[diary.Region]string{
	diary.Knee: "49076000", diary.Ankle: "70258002", diary.Elbow: "16953009", diary.Hip: "24136001", diary.Wrist: "74670003",
	diary.Shoulder: "16982005", diary.FingerJoint: "125682004", diary.Jaw: "53620006", diary.ThighMuscle: "68367000", diary.ForearmMuscle: "14975008",
}

// diagnoses are ICD-10 and, where it is certain, SNOMED CT.
var diagnoses = map[diary.Diagnosis]struct{ icd, sct string }{
	diary.DiagnosisA: {"D66", "28293008"}, diary.DiagnosisB: {"D67", "41788008"}, diary.DiagnosisVWD: {"D68.0", ""},
	diary.DiagnosisFVII: {"D68.2", ""}, diary.DiagnosisFX: {"D68.2", ""}, diary.DiagnosisFXIII: {"D68.2", ""},
}

var fhirDays = [...]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
