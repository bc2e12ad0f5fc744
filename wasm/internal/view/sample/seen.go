package sample

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// policyRows are like those of the policy, which is not known here.
var policyRows = []view.PolicyRow{
	{What: lang.PolicyBoxes, With: "XChaCha20-Poly1305", Quantum: true, Until: at(-1864, 0, 0)},
	{What: lang.PolicySecrets, With: "ChaCha20-Poly1305", Quantum: true, Until: at(-1864, 0, 0)},
	{What: lang.PolicyWraps, With: "HPKE base, MLKEM768-X25519, HKDF-SHA256", Quantum: true, Until: at(-1864, 0, 0)},
	{What: lang.PolicyStatements, With: "Ed25519", Until: at(-1864, 0, 0)},
	{What: lang.PolicyChanges, With: "Ed25519 with ML-DSA-44", Quantum: true, Until: at(-1864, 0, 0)},
	{What: lang.PolicyDerivation, With: "HKDF-SHA256", Quantum: true, Until: at(-1864, 0, 0)},
	{What: lang.PolicyIdentifiers, With: "BLAKE2b-256", Quantum: true, Until: at(-1864, 0, 0)},
	{What: lang.PolicyPassphrase, With: "Argon2id", Quantum: true, Until: at(-1864, 0, 0)},
}

func whoSees(b view.Base) view.WhoSees {
	const day = 24 * time.Hour
	return view.WhoSees{
		Frame: patient(b, view.PlaceSettings), Owner: pseudonym, Relay: "vialog.example", Hidden: 5 * time.Minute, Idle: 30 * time.Minute, Version: "0.1.0", Signer: "vialog.example",
		Devices: []view.Device{{ID: "d1", Name: in(b, "Blue phone", "Blaues Handy"), Kind: view.Phone, This: true, Added: at(200, 9, 0)}},
		Keys:    []view.Key{{What: lang.KeysHome, At: at(12, 9, 30), Next: at(-18, 9, 30)}},
		Policy: view.Policy{
			Number: 2, Issued: at(3, 0, 0), Fingerprint: "0f3c9a5be1724d8896c0d2137bfa44e05a6c81f29d3be7740c15a8e6f92b3d57", Rows: policyRows,
			Epoch: 30 * day, Lease: 7 * day, Link: 7 * day, MinLength: 10,
		},
	}
}

// Who can read the diary.
var seen = []Case{
	{"who-sees", func(b view.Base) view.Screen {
		m := whoSees(b)
		m.Sheet, m.Asked, m.Review.At = at(199, 18, 0), true, at(40, 18, 30)
		m.Devices = append(m.Devices, view.Device{ID: "d2", Name: in(b, "Laptop at home", "Laptop zu Hause"), Kind: view.Computer, Added: at(120, 20, 0), Heard: at(2, 21, 14)}, view.Device{ID: "d3", Added: at(3, 8, 0)})
		m.People = []view.Person{
			{ID: "a1", Name: in(b, "Grandma Ilse", "Oma Ilse"), Share: view.ShareCare, Since: at(90, 0, 0), Seen: at(0, 8, 1)},
			{ID: "a2", Share: view.ShareRead, Since: at(1, 0, 0), Changing: true},
		}
		m.Centres = []view.SeenCentre{
			{ID: "1", Name: centreName(b), Pseudonym: pseudonym, Since: at(200, 0, 0), Team: []int{2, 3, 4, 1}, Heard: at(0, 7, 30), Questions: true, Agreed: at(200, 9, 0),
				Given: []view.SeenGiven{{Name: in(b, "National registry", "Nationales Register"), Recipient: in(b, "Institute for Registries", "Registerinstitut"), Since: at(60, 0, 0)}}},
			{ID: "2", Name: in(b, "University Hospital Lakeside", "Universitätsklinik Seeblick"), Pseudonym: "8MD-K2RV-5HPC", Since: at(1, 0, 0), Asked: true},
			{ID: "3", Name: in(b, "Old Town Hospital", "Klinikum Altstadt"), Pseudonym: "T9C-4EHR-8DZM", Parting: &view.Parting{At: at(30, 9, 12)}},
			{ID: "4", Name: in(b, "Harbour Clinic", "Hafenklinik"), Pseudonym: "QK2-8TTM-3WXP", Refused: true},
		}
		m.Keys = append(m.Keys, view.Key{Name: centreName(b), At: at(3, 14, 5), Next: at(-27, 14, 5)})
		return m
	}},
	{"who-sees-alone", func(b view.Base) view.Screen {
		m := whoSees(b)
		m.Signer, m.Policy.Ends = "", at(-300, 0, 0)
		return m
	}},
	{"who-sees-due", func(b view.Base) view.Screen {
		m := whoSees(b)
		m.Asked, m.Review = true, view.Reviewing{At: at(380, 18, 30), Due: true}
		m.Devices = append(m.Devices, view.Device{ID: "d2", Name: in(b, "Laptop at home", "Laptop zu Hause"), Kind: view.Computer, Added: at(400, 20, 0), Heard: at(390, 21, 14)})
		return m
	}},
	{"who-sees-helper", func(b view.Base) view.Screen {
		m := whoSees(b)
		m.Helper, m.Review = true, view.Reviewing{At: at(40, 18, 30), By: in(b, "Grandma Ilse", "Oma Ilse")}
		m.People = []view.Person{{ID: "a1", Keeper: true, Share: view.ShareOwn, Since: at(200, 0, 0), Seen: at(1, 8, 1)}}
		return m
	}},
}
