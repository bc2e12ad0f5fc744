package sample

// words are the free texts of one language.
type words struct {
	clinician, bleedPlan, newWeight, course, over, twice, recall, port, visit, scales string

	slips, reactions, notes, bleedNotes, calls, allergies, medicines []string
	talks, bleedTalks                                                [][2]string // question and answer
}

var german = words{
	clinician: "Gerinnungsambulanz",
	bleedPlan: "Bei Gelenkblutung sofort spritzen, kühlen, schonen. Nach 24 Stunden ohne Besserung bitte melden.",
	newWeight: "Dosis an das Gewicht angepasst",
	course:    "Verlauf ergänzt",
	over:      "Blutung beendet",
	twice:     "doppelt eingetragen",
	recall:    "Bitte bringen Sie die Packungen zum nächsten Termin mit; Ersatz liegt bereit.",
	port:      "Port unter dem rechten Schlüsselbein.",
	visit:     "Zentrum",
	scales:    "Waage zu Hause",
	allergies: []string{"Penicillin", "Pflaster mit Latex"},
	medicines: []string{"Ramipril 5 mg", "L-Thyroxin 75 µg", "keine"},
	slips:     []string{"Charge falsch abgeschrieben", "Zahl vertippt", "falsche Packung gewählt"},
	reactions: []string{"Leichte Rötung an der Einstichstelle", "Kurz Kopfschmerzen danach"},
	notes: []string{
		"Physiotherapie, Sprunggelenk gut beweglich.", "Heute Schwimmen, alles in Ordnung.", "Neue Lieferung aus der Apotheke geholt.",
		"Knie etwas steif am Morgen, nach dem Gehen besser.", "Zahnarzt: nur Kontrolle, keine Behandlung.", "Klassenfahrt, Medikament war im Kühlrucksack.",
		"Vene rechts schwierig, beim zweiten Mal getroffen.",
	},
	bleedNotes: []string{"Gekühlt und hochgelegt.", "Zwei Tage Krücken.", "Heute wieder ohne Schmerzen gelaufen."},
	calls: []string{
		"Bitte denken Sie an den Termin zur Jahreskontrolle.", "Ihre Laborwerte sind da, alles wie erwartet.",
		"Das Rezept liegt bereit.", "Wir haben Ihr Tagebuch durchgesehen. Vielen Dank für die genauen Einträge.",
	},
	talks: [][2]string{
		{"Ich brauche ein neues Rezept, es reicht noch für zehn Tage.", "Ist unterwegs, Sie können es ab morgen abholen."},
		{"Darf ich vor dem Fußballturnier am Samstag zusätzlich spritzen?", "Verlegen Sie die Dosis vom Freitag auf Samstag früh, dann passt es."},
		{"Wir fliegen in den Ferien. Bekomme ich eine Bescheinigung für den Zoll?", "Ja, wir schicken sie Ihnen zu. Bitte das Medikament ins Handgepäck."},
		{"Die Einstichstelle war heute gerötet. Ist das schlimm?", "Nein, bitte beobachten und die Stelle wechseln."},
		{"Ich habe gestern vergessen zu spritzen. Soll ich heute nachholen?", "Ja, heute nachholen und danach weiter wie im Plan."},
	},
	bleedTalks: [][2]string{
		{"Es ist noch geschwollen. Soll ich noch einmal spritzen?", "Ja, morgen früh dieselbe Dosis. Wenn es dann nicht besser ist, kommen Sie bitte vorbei."},
		{"Blutung eingetragen, die Schmerzen lassen schon nach.", "Gut. Bitte noch zwei Tage schonen und nach 72 Stunden den Verlauf eintragen."},
		{"Muss ich das anschauen lassen?", "Ja, bitte heute noch. Wir erwarten Sie in der Ambulanz."},
	},
}

var english = words{
	clinician: "Haemophilia centre",
	bleedPlan: "Joint bleed: treat at once, cool, rest. Call us if it is no better after 24 hours.",
	newWeight: "Dose adjusted to weight",
	course:    "Course added",
	over:      "Bleed is over",
	twice:     "Entered twice",
	recall:    "Please bring the packs to your next visit; we have others for you.",
	port:      "Port under the right collarbone.",
	visit:     "Centre",
	scales:    "Scales at home",
	allergies: []string{"Penicillin", "Plasters with latex"},
	medicines: []string{"Ramipril 5 mg", "Levothyroxine 75 µg", "none"},
	slips:     []string{"Lot copied wrongly", "Mistyped number", "Picked the wrong pack"},
	reactions: []string{"Slight redness where the needle was", "Short headache afterwards"},
	notes: []string{
		"Physiotherapy, ankle moves well.", "Swimming today, all fine.", "Picked up new packs at the pharmacy.",
		"Knee a little stiff in the morning, better after walking.", "Dentist: check-up only, no treatment.", "School trip, medicine was in the cool bag.",
		"Right vein difficult, worked the second time.",
	},
	bleedNotes: []string{"Cooled and put up.", "Two days on crutches.", "Walked without pain today."},
	calls: []string{
		"Please remember your yearly check-up.", "Your lab results are in, all as expected.",
		"Your prescription is ready.", "We have gone through your diary. Thank you for the careful entries.",
	},
	talks: [][2]string{
		{"I need a new prescription, I have enough for ten days.", "It is on its way, you can pick it up from tomorrow."},
		{"May I take an extra dose before the football tournament on Saturday?", "Move Friday's dose to Saturday morning, that will do."},
		{"We are flying on holiday. Can I have a letter for customs?", "Yes, we will send it. Please keep the medicine in your hand luggage."},
		{"The skin was red where I injected today. Is that bad?", "No, please watch it and change the place."},
		{"I forgot my dose yesterday. Should I take it today?", "Yes, take it today and then go on with the plan."},
	},
	bleedTalks: [][2]string{
		{"It is still swollen. Should I treat again?", "Yes, the same dose tomorrow morning. If it is no better then, please come in."},
		{"Bleed entered, the pain is easing already.", "Good. Please rest two more days and add the course after 72 hours."},
		{"Does somebody have to look at this?", "Yes, today please. We are expecting you at the clinic."},
	},
}
