package model

import (
	"os"
	"sync"
	"testing"
	"time"
)

// check names what is wrong with a history of an account, "" if nothing is.
func check(a *Account) string {
	if s := a.Broken(); s != "" {
		return s
	}
	forked := false
	for n := 1; n < a.n; n++ {
		forked = forked || a.parent[n] != n-1
	}
	if !forked {
		return "" // nothing to merge, nothing that can become void
	}
	if s := a.Merged(); s != "" {
		return s
	}
	for n := 1; n < a.n; n++ {
		if a.leaf(n) && a.Undone(n) {
			return SettledUndone
		}
	}
	return ""
}

// look explores both models. It reports the number of histories and the first that is broken.
func look(r Rules, ops int, check func(*Account) string) (n int, broken, where string) {
	Histories(r, ops, func(a *Account) bool {
		n++
		if broken = check(a); broken != "" {
			where = a.String()
		}
		return broken == ""
	})
	if broken != "" {
		return n, broken, where
	}
	m, broken, where := lookAtSpaces(r, ops)
	return n + m, broken, where
}

func lookAtSpaces(r Rules, ops int) (n int, broken, where string) {
	for _, h := range OwnerHistories {
		SpaceHistories(r, h, ops, func(s *Space) bool {
			n++
			if broken = s.Broken(); broken != "" {
				where = s.String()
			}
			return broken == ""
		})
		if broken != "" {
			break
		}
	}
	return n, broken, where
}

func TestNoHistoryOfFourChangesBreaksAnInvariant(t *testing.T) {
	n, broken, where := look(0, 4, check)
	if broken != "" {
		t.Errorf("%s:\n%s", broken, where)
	}
	if n < 340_000 {
		t.Errorf("only %d histories", n)
	}
	t.Logf("%d histories", n)
}

// Without any one of the rules some history breaks an invariant: the checks can fail, and every
// rule is there for something.
func TestWithoutAnyOneRuleAnInvariantBreaks(t *testing.T) {
	seen := Rules(0)
	for _, m := range []struct {
		rule  Rules
		name  string
		ops   int
		wants string
	}{
		{NoRotation, "a removal comes with a new key", 1, RemovedReads},
		{NoRecipients, "a key is sealed to exactly the members", 1, StrangerReads},
		{NoSelf, "nobody removes themselves", 1, RemovedReads},
		{NoRetired, "who was removed is not added again", 2, RemovedReads},
		{NoActive, "an author is active where it signs", 1, StrangerReads},
		{NoWayBack, "a link leads back", 1, RemovedReads},
		{NoClock, "generations do not go back", 3, RemovedReads},
		{NoRights, "who owns decides", 1, OwnerOverruled},
		{NoSameGeneration, "a key is sealed to its author as the author cites itself", 2, StrangerReads},
		{NoOwnKeys, "a device signs for generations in which it is active", 2, StrangerReads},
		{NoLoss, "who is removed in one branch loses with the other", 3, RetiredWins},
		{NoBefore, "who came after the fork does not count", 5, RankBroken},
		{NoRank, "rank decides", 2, RankBroken},
		{NoRemoval, "a removal is preferred", 2, RemovalLost},
		{NoHash, "hashes decide, not the order of arrival", 2, SameState},
		{NoFromNow, "no link for who is added from now on", 1, OldRead},
		{NoEach, "a key is sealed to every member", 1, MemberCannotRead},
		{NoStale, "a newer generation of a member asks for a new epoch", 1, StrangerReads},
		{NoMerge, "a merge asks for a new key", 2, ForkUnnoticed},
		{NoSettled, "what is settled stays", 2, SettledUndone},
	} {
		seen |= m.rule
		n, broken, where := look(m.rule, m.ops, check)
		if broken != m.wants {
			t.Errorf("without %q: %q after %d histories, want %q\n%s", m.name, broken, n, m.wants, where)
			continue
		}
		t.Logf("without %q: %s\n%s", m.name, broken, where)
		if m.ops > 1 && m.ops < 5 {
			if _, broken, where := look(m.rule, m.ops-1, check); broken != "" {
				t.Errorf("without %q: %q with fewer changes:\n%s", m.name, broken, where)
			}
		}
	}
	if all := NoSettled<<1 - 1; seen != all {
		t.Errorf("rules without a test: %b", all&^seen)
	}
}

// Whether somebody can answer a merge is broken only where an account can lose all its devices.
func TestTheCheckOfAnswersCanFail(t *testing.T) {
	found := ""
	Histories(NoSelf, 4, func(a *Account) bool {
		if a.Merged() == NoAnswer {
			found = a.String()
		}
		return found == ""
	})
	if found == "" {
		t.Error("it does not")
	}
}

// make verify looks at every history of six changes: 358 million, four minutes of one core. Whether somebody
// can answer a merge, and what a settled reader takes, it looks at up to five, which with the answer
// or the last arrival are six.
func TestNoHistoryOfSixChangesBreaksAnInvariant(t *testing.T) {
	if os.Getenv("VIALOG_VERIFY") == "" {
		t.Skip("only make verify has the time")
	}
	start := time.Now()
	var all sync.WaitGroup
	report := func(what string, f func() (int, string, string)) {
		all.Go(func() {
			n, broken, where := f()
			if broken != "" {
				t.Errorf("%s: %s:\n%s", what, broken, where)
			}
			t.Logf("%s: %d histories after %v", what, n, time.Since(start).Round(time.Second))
		})
	}
	report("accounts", func() (n int, broken, where string) {
		Histories(0, 6, func(a *Account) bool {
			n++
			if a.Len() <= 6 {
				broken = check(a)
			} else {
				broken = a.Broken()
			}
			if broken != "" {
				where = a.String()
			}
			return broken == ""
		})
		return n, broken, where
	})
	report("spaces", func() (int, string, string) { return lookAtSpaces(0, 6) })
	all.Wait()
}
