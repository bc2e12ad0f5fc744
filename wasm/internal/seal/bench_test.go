package seal

import "testing"

func BenchmarkWrap(b *testing.B) {
	d := DeviceFromSeed(epochSecret(1)).Public()
	for b.Loop() {
		WrapTo(d.KEM, LabelEpochWrap, nil, epochSecret(2))
	}
}

func BenchmarkUnwrap(b *testing.B) {
	d := DeviceFromSeed(epochSecret(1))
	w, _ := WrapTo(d.Public().KEM, LabelEpochWrap, nil, epochSecret(2))
	for b.Loop() {
		d.Unwrap(LabelEpochWrap, nil, w)
	}
}

func BenchmarkVerify(b *testing.B) {
	d := DeviceFromSeed(epochSecret(1))
	p, s := d.Public(), d.Sign(LabelStatement, make([]byte, 500))
	for b.Loop() {
		p.Verify(LabelStatement, make([]byte, 500), s[:])
	}
}

func BenchmarkVerifyHybrid(b *testing.B) {
	d := DeviceFromSeed(epochSecret(1))
	p, s := d.Public(), d.SignHybrid(LabelStatement, make([]byte, 500))
	for b.Loop() {
		p.VerifyHybrid(LabelStatement, make([]byte, 500), s)
	}
}

func BenchmarkSignHybrid(b *testing.B) {
	d := DeviceFromSeed(epochSecret(1))
	for b.Loop() {
		d.SignHybrid(LabelStatement, make([]byte, 500))
	}
}

func BenchmarkCheckDevice(b *testing.B) {
	p := DeviceFromSeed(epochSecret(1)).Public()
	for b.Loop() {
		p.Check()
	}
}

func BenchmarkOpenBlob(b *testing.B) {
	k := NewBlobKey(epochSecret(1), LabelVaultRecord)
	blob := k.Seal(nil, make([]byte, 1000))
	for b.Loop() {
		k.Open(nil, blob)
	}
}
