package bench

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vialog/web/browsertest"
)

// webCrypto makes 10,000 sealed and signed entries of the size that ours have,
// and lets the browser's own cryptography open them: one AES-GCM decryption and
// one Ed25519 verification each, all in flight. Nothing is read from a disk.
const webCrypto = `(async () => {
	const n = 10000, size = 384;
	if (!window.made) {
		const key = await crypto.subtle.generateKey({name: "AES-GCM", length: 256}, false, ["encrypt", "decrypt"]);
		const pair = await crypto.subtle.generateKey({name: "Ed25519"}, false, ["sign", "verify"]);
		const list = [];
		for (let i = 0; i < n; i++) {
			const text = crypto.getRandomValues(new Uint8Array(size)), iv = crypto.getRandomValues(new Uint8Array(12));
			const [sealed, sig] = await Promise.all([
				crypto.subtle.encrypt({name: "AES-GCM", iv}, key, text),
				crypto.subtle.sign({name: "Ed25519"}, pair.privateKey, text)]);
			list.push({iv, sealed, sig});
		}
		window.made = {key, pub: pair.publicKey, list};
	}
	const {key, pub, list} = window.made;
	const began = performance.now();
	const ok = await Promise.all(list.map(async ({iv, sealed, sig}) => {
		const text = await crypto.subtle.decrypt({name: "AES-GCM", iv}, key, sealed);
		return crypto.subtle.verify({name: "Ed25519"}, pub, sig, text);
	}));
	if (!ok.every((v) => v)) throw new Error("refused");
	return performance.now() - began;
})()`

// Opening 10,000 stored statements: the goal is 100 ms, and a tenth of what the
// browser's own cryptography takes with a signature for each entry. Rounds of
// both take turns; what is reported are medians.
func BenchmarkOpening10000(b *testing.B) {
	p := browsertest.Start(b).Page("opening", "en")
	origin := browsertest.Serve(b, os.DirFS(browsertest.Build(b, "./wasm/bench/opening")))
	p.Go(origin + "/")
	p.Click("Fill")
	p.See("filled")
	browsertest.Eval[float64](p, webCrypto)
	const rounds = 9
	got := make(map[string][]float64)
	for i := range rounds {
		p.Click("Round")
		mark := "round " + strconv.Itoa(i+1) + ":"
		p.See(mark)
		text := p.Text()
		for _, m := range regexp.MustCompile(`(\S+) ([0-9.]+)`).FindAllStringSubmatch(strings.SplitN(text[strings.Index(text, mark)+len(mark):], "\n", 2)[0], -1) {
			v, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				b.Fatal(err)
			}
			got[m[1]] = append(got[m[1]], v)
		}
		got["webcrypto-ms"] = append(got["webcrypto-ms"], browsertest.Eval[float64](p, webCrypto))
	}
	for what, list := range got {
		slices.Sort(list)
		b.ReportMetric(list[len(list)/2], what)
	}
	b.ReportMetric(got["open-ms"][0], "open-min-ms")
	b.ReportMetric(got["webcrypto-ms"][rounds/2]/got["open-ms"][rounds/2], "webcrypto/open")
	b.ReportMetric(0, "ns/op")
	b.Logf("load of the machine: %s", load())
}

// load is how much was running besides, as Linux tells it.
func load() string {
	s, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(s))
}
