package diary

// A Rule says by what a figure is worked out. Versions stand beside the figures
// so that two years can be compared only where the rule was the same.
type Rule struct {
	Key     string // in the catalogues: "rule.rate"
	Version int
	Source  string // where it comes from; empty: our own
}

// The rules of the figures. What they say in full stands at the functions.
var (
	RuleObserved    = Rule{"rule.observed", 1, ""}
	RuleRate        = Rule{"rule.rate", 1, "PhenX Toolkit 910101; Blanchette et al. 2014, J Thromb Haemost 12:1935"}
	RuleConsumption = Rule{"rule.consumption", 1, "Mizrahi et al. 2016"}
	RuleAdherence   = Rule{"rule.adherence", 1, "Dover et al. 2020, PMC7040543; Mizrahi et al. 2016"}
	RuleResponse    = Rule{"rule.response", 1, "Blanchette et al. 2014, J Thromb Haemost 12:1935; PhenX Toolkit 910101"}
	RuleFree        = Rule{"rule.free", 1, ""}
	RuleMainstay    = Rule{"rule.mainstay", 1, ""}
)
