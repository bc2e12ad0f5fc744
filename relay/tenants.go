package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

var tenantVerbs = []verb{
	{config.Verb{Name: "tenant request", Args: "NAME", Help: "Note that somebody asks for a tenant, for example a treatment centre. Nothing can be used before it is approved.", Add: true}, (*program).tenantRequest},
	{config.Verb{Name: "tenant approve", Args: "ID", Help: "Approve a request, and print the one-time code.", Code: true, Quota: true}, (*program).tenantApprove},
	{config.Verb{Name: "tenant add", Args: "NAME", Help: "Request and approve in one, and print the one-time code.", Add: true}, (*program).tenantAdd},
	{config.Verb{Name: "tenant code", Args: "ID", Help: "Print another code for a tenant that has not used its own, which is void then.", Code: true}, (*program).tenantCode},
	{config.Verb{Name: "tenant list", Help: "List tenants with what they hold, and what is due."}, (*program).tenantList},
	{config.Verb{Name: "tenant show", Args: "ID", Help: "Print all that is noted of a tenant."}, (*program).tenantShow},
	{config.Verb{Name: "tenant dormant", Help: "List tenants with channels to which nothing was written for long."}, (*program).tenantDormant},
	{config.Verb{Name: "tenant quota", Args: "ID", Help: "Change how much a tenant may hold.", Quota: true}, (*program).tenantQuota},
	{config.Verb{Name: "tenant review", Args: "ID", Help: "Note that a tenant was looked at and is still needed."}, (*program).tenantReview},
	{config.Verb{Name: "tenant suspend", Args: "ID", Help: "Let a tenant neither create channels nor append. Reading goes on."}, changed((*admit.Desk).Suspend, "is suspended: nothing is created or appended, reading goes on")},
	{config.Verb{Name: "tenant resume", Args: "ID", Help: "End a suspension."}, changed((*admit.Desk).Resume, "is active again")},
	{config.Verb{Name: "tenant remove", Args: "ID", Help: "De-register a tenant for good. Its users can read, take away and delete what is theirs for a time."}, (*program).tenantRemove},
	{config.Verb{Name: "tenant erase", Args: "ID", Help: "Erase all that a removed tenant stored, once its time is over, and look that nothing is left."}, (*program).tenantErase},
}

func act(c *config.Config) admit.Act { return admit.Act{Actor: c.Actor, Reason: c.Reason} }

func application(c *config.Config) admit.Application {
	return admit.Application{Name: c.Args[0], Contact: c.Contact, Open: c.Open, Quota: admit.Quota{Channels: c.Channels, Bytes: c.Bytes}, Review: c.Next}
}

// quota returns what becomes of a quota: what was not given stays.
func quota(c *config.Config) func(admit.Quota) admit.Quota {
	return func(q admit.Quota) admit.Quota {
		if c.GaveChannels {
			q.Channels = c.Channels
		}
		if c.GaveBytes {
			q.Bytes = c.Bytes
		}
		return q
	}
}

// withDesk calls do with the tenants of the store.
func (p *program) withDesk(ctx context.Context, c *config.Config, create bool, do func(keeper, *admit.Desk) error) (err error) {
	s, d, err := p.desk(ctx, c, create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s, d)
}

// withTenant calls do with the tenant that was named, and says of a conflict
// what state it is in.
func (p *program) withTenant(ctx context.Context, c *config.Config, do func(keeper, *admit.Desk, store.Tenant) error) error {
	return p.withDesk(ctx, c, false, func(s keeper, d *admit.Desk) error {
		t, err := d.Find(ctx, c.Args[0])
		if errors.Is(err, store.ErrNoTenant) {
			return errors.New("no such tenant; relay tenant list shows their IDs")
		}
		if err != nil {
			return err
		}
		err = do(s, d, t)
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("%s is %s: %s", t.Name, t.State, next(t.State))
		}
		return err
	})
}

// next is what can be done with a tenant in a state.
func next(s store.State) string {
	switch s {
	case store.Requested:
		return "relay tenant approve, or remove"
	case store.Pending:
		return "its code has to be redeemed first (relay tenant code prints another), or relay tenant remove"
	case store.Active:
		return "relay tenant suspend, review, quota, or remove"
	case store.Suspended:
		return "relay tenant resume, review, quota, or remove"
	case store.Leaving:
		return "relay tenant remove -grace DAYS sets another end, relay tenant erase ends it"
	}
	return "nothing can be done with it any more; ask for a new one with relay tenant request"
}

func (p *program) tenantRequest(ctx context.Context, c *config.Config) error {
	return p.withDesk(ctx, c, true, func(_ keeper, d *admit.Desk) error {
		t, err := d.Request(ctx, act(c), application(c))
		if errors.Is(err, store.ErrExists) {
			return errOpenTenant
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s is %s and waits for somebody to approve it: relay tenant approve %s\n", t.Name, t.ID, t.ID)
		return nil
	})
}

var errOpenTenant = errors.New("there is an open tenant already; remove it first (relay tenant list)")

func (p *program) tenantAdd(ctx context.Context, c *config.Config) error {
	if c.FourEyes {
		return errors.New("with -four-eyes one person does not do both: relay tenant request, and another relay tenant approve")
	}
	return p.withDesk(ctx, c, true, func(_ keeper, d *admit.Desk) error {
		t, code, err := d.Add(ctx, act(c), application(c))
		if errors.Is(err, store.ErrExists) {
			return errOpenTenant
		}
		if err != nil {
			return err
		}
		p.handOut(c, t, code)
		return nil
	})
}

func (p *program) tenantApprove(ctx context.Context, c *config.Config) error {
	return p.withTenant(ctx, c, func(_ keeper, d *admit.Desk, t store.Tenant) error {
		t, code, err := d.Approve(ctx, act(c), t.ID, admit.Approval{Quota: quota(c), Review: c.Next, FourEyes: c.FourEyes})
		if err != nil {
			return err
		}
		p.handOut(c, t, code)
		return nil
	})
}

func (p *program) tenantCode(ctx context.Context, c *config.Config) error {
	return p.withTenant(ctx, c, func(_ keeper, d *admit.Desk, t store.Tenant) error {
		t, code, err := d.NewCode(ctx, act(c), t.ID)
		if err != nil {
			return err
		}
		p.handOut(c, t, code)
		return nil
	})
}

// handOut prints a code, once, or what an open tenant may hold.
func (p *program) handOut(c *config.Config, t store.Tenant, code wire.Code) {
	if t.Open {
		fmt.Fprintf(p.out, "%s is open as %s: anybody can keep a diary here.\n", t.Name, t.ID)
		fmt.Fprintf(p.out, "It may hold %s and %s; -channels and -bytes set other limits.\n", amount(uint64(t.MaxChannels), "channels"), amount(t.MaxBytes, "bytes"))
		return
	}
	typed := wire.FormatCode(code)
	fmt.Fprintf(p.out, `%s is %s. Hand this code to the person who will lead it, once, by a safe way:

    %s

or as a link that opens the app:

    %s/#register=%s

It works once, until %s. It is not kept and cannot be printed again.
`, t.Name, t.ID, typed, c.AppLink(), typed, t.CodeExpires.Local().Format("2 January 2006 15:04"))
}

func (p *program) tenantQuota(ctx context.Context, c *config.Config) error {
	if !c.GaveChannels && !c.GaveBytes {
		return errors.New("say what it may hold: -channels NUMBER, -bytes NUMBER, or both")
	}
	return p.withTenant(ctx, c, func(_ keeper, d *admit.Desk, t store.Tenant) error {
		t, err := d.SetQuota(ctx, act(c), t.ID, quota(c))
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s (%s) may hold %s and %s.\n", t.Name, t.ID, amount(uint64(t.MaxChannels), "channels"), amount(t.MaxBytes, "bytes"))
		return nil
	})
}

func (p *program) tenantReview(ctx context.Context, c *config.Config) error {
	return p.withTenant(ctx, c, func(_ keeper, d *admit.Desk, t store.Tenant) error {
		t, err := d.Review(ctx, act(c), t.ID, c.Next)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s (%s) was reviewed. The next review is due on %s.\n", t.Name, t.ID, t.Review.Format(time.DateOnly))
		return nil
	})
}

func changed(do func(*admit.Desk, context.Context, admit.Act, wire.TenantID) (store.Tenant, error), now string) func(*program, context.Context, *config.Config) error {
	return func(p *program, ctx context.Context, c *config.Config) error {
		return p.withTenant(ctx, c, func(_ keeper, d *admit.Desk, t store.Tenant) error {
			if _, err := do(d, ctx, act(c), t.ID); err != nil {
				return err
			}
			fmt.Fprintf(p.out, "%s (%s) %s. A relay that is serving knows within seconds.\n", t.Name, t.ID, now)
			return nil
		})
	}
}

func (p *program) tenantRemove(ctx context.Context, c *config.Config) error {
	if c.Grace < 0 {
		return errors.New("-grace must not be negative")
	}
	return p.withTenant(ctx, c, func(_ keeper, d *admit.Desk, t store.Tenant) error {
		t, err := d.Remove(ctx, act(c), t.ID, time.Duration(c.Grace)*24*time.Hour)
		if err != nil {
			return err
		}
		if t.State == store.Erased {
			fmt.Fprintf(p.out, "%s (%s) was never in use and is gone. Its identifier is not given again.\n", t.Name, t.ID)
			return nil
		}
		fmt.Fprintf(p.out, `%s (%s) is leaving. A relay that is serving knows within seconds.
Nothing more is created or appended. Until %s its users can read, take away and delete what is theirs; tell them.
Then: relay tenant erase %s
`, t.Name, t.ID, t.Ends.Local().Format("2 January 2006 15:04"), t.ID)
		return nil
	})
}

// eraseWait is how long an erasure waits for those who read the store.
const eraseWait = 10 * time.Minute

func (p *program) tenantErase(ctx context.Context, c *config.Config) error {
	return p.withTenant(ctx, c, func(s keeper, d *admit.Desk, t store.Tenant) error {
		if t.State == store.Erased && !t.Wiped.IsZero() {
			fmt.Fprintf(p.out, "%s (%s) was erased, and nothing was left on %s.\n", t.Name, t.ID, t.Wiped.Format(time.DateOnly))
			return nil
		}
		waiting, cancel := context.WithTimeout(ctx, eraseWait)
		defer cancel()
		e, err := d.Erase(waiting, act(c), t.ID)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("what %s stored is out of reach, but not yet seen to be gone from the files: run relay tenant erase %s again, when no backup is running: %w", t.Name, t.ID, err)
		case errors.Is(err, store.ErrGrace) && t.Ends.IsZero():
			return fmt.Errorf("%s was removed before an end was set for its users: relay tenant remove %s -grace DAYS sets one", t.Name, t.ID)
		case errors.Is(err, store.ErrGrace):
			return fmt.Errorf("the users of %s have until %s to take away what is theirs; relay tenant remove %s -grace DAYS sets another end", t.Name, t.Ends.Local().Format("2 January 2006 15:04"), t.ID)
		case errors.Is(err, admit.ErrLeft):
			return fmt.Errorf("%w. Look with relay fsck, and run relay tenant erase %s again", err, t.ID)
		case errors.Is(err, store.ErrConflict) && t.State != store.Erased:
			return fmt.Errorf("%s is %s: remove it first (relay tenant remove %s)", t.Name, t.State, t.ID)
		case err != nil:
			return err
		}
		fmt.Fprintf(p.out, "Of %s (%s) nothing is left in the store: %d channels, %d boxes and %d bytes were erased.\n", t.Name, t.ID, e.Channels, e.Boxes, e.Bytes)
		fmt.Fprintln(p.out, "Copies made before still hold it: delete the backups of that time (and the log of a database server) when their own time is over.")
		if old, err := filepath.Glob(c.Store + ".layout*"); err == nil {
			for _, path := range old {
				fmt.Fprintf(p.out, "So does %s, made before an upgrade: delete it once the upgrade has proved itself.\n", path)
			}
		}
		return nil
	})
}

// stateOf is what an operator sees of a tenant's state.
func stateOf(t store.Tenant, now time.Time) string {
	state := t.State.String()
	switch {
	case t.State == store.Pending && !now.Before(t.CodeExpires):
		state = "code expired"
	case t.State == store.Leaving && !t.Ends.IsZero():
		state = "leaving until " + t.Ends.Format(time.DateOnly)
	case t.State == store.Erased && t.Wiped.IsZero():
		state = "erasing"
	}
	if t.Open {
		state += ", open"
	}
	return state
}

func reviewOf(t store.Tenant, now time.Time) string {
	switch {
	case t.State == store.Requested || t.State == store.Leaving || t.State == store.Erased:
		return "-"
	case t.Review.IsZero():
		return "none set"
	case t.Overdue(now):
		return t.Review.Format(time.DateOnly) + " overdue"
	}
	return t.Review.Format(time.DateOnly)
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

func (p *program) tenantList(ctx context.Context, c *config.Config) error {
	return p.withDesk(ctx, c, false, func(s keeper, d *admit.Desk) error {
		all, err := s.Tenants(ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			fmt.Fprintln(p.out, `No tenants yet. Ask for one: relay tenant request "My centre", or in one step: relay tenant add "My centre"`)
			return nil
		}
		now := time.Now()
		used, err := activity(ctx, s, now)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tSTATE\tCHANNELS\tBYTES\tADDED\tREVIEW\tLAST USED\tNAME")
		for _, t := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, stateOf(t, now), of(uint64(t.Channels), uint64(t.MaxChannels)), of(t.Bytes, t.MaxBytes),
				dayOf(t.Created), reviewOf(t, now), dayOf(used[t.ID].Last), t.Name)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		gap := "\n"
		for _, t := range all {
			due := ""
			switch {
			case t.State == store.Requested:
				due = "waits for approval: relay tenant approve"
			case t.State == store.Pending && !now.Before(t.CodeExpires):
				due = "did not use its code in time: relay tenant code"
			case t.State == store.Leaving && !t.Ends.IsZero() && !now.Before(t.Ends):
				due = "has had its time to leave: relay tenant erase"
			case t.State == store.Erased && t.Wiped.IsZero():
				due = "is not erased to the end: relay tenant erase"
			case t.Overdue(now):
				due = "is due for review: relay tenant review"
			default:
				continue
			}
			fmt.Fprintf(p.out, "%s%s %s %s\n", gap, t.Name, due, t.ID)
			gap = ""
		}
		return nil
	})
}

func activity(ctx context.Context, s keeper, before time.Time) (map[wire.TenantID]store.Activity, error) {
	all, err := s.Activity(ctx, before)
	if err != nil {
		return nil, err
	}
	of := make(map[wire.TenantID]store.Activity, len(all))
	for _, a := range all {
		of[a.Tenant] = a
	}
	return of, nil
}

func (p *program) tenantShow(ctx context.Context, c *config.Config) error {
	return p.withTenant(ctx, c, func(s keeper, _ *admit.Desk, t store.Tenant) error {
		now := time.Now()
		used, err := activity(ctx, s, now)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		for _, line := range [][2]string{
			{"ID", t.ID.String()}, {"Name", t.Name}, {"Contact", t.Contact}, {"State", stateOf(t, now)},
			{"Channels", of(uint64(t.Channels), uint64(t.MaxChannels))}, {"Bytes", of(t.Bytes, t.MaxBytes)}, {"Last used", dayOf(used[t.ID].Last)},
			{"Requested", dayOf(t.Created) + by(t.Requester)}, {"Approved", dayOf(t.Approved) + by(t.Approver)},
			{"Reviewed", dayOf(t.Reviewed)}, {"Next review", reviewOf(t, now)},
			{"Leaves", dayOf(t.Ends)}, {"Erased", dayOf(t.Wiped)},
		} {
			fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
		}
		return w.Flush()
	})
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

func (p *program) tenantDormant(ctx context.Context, c *config.Config) error {
	if c.Days < 1 {
		return errors.New("-days must be 1 or more")
	}
	return p.withDesk(ctx, c, false, func(s keeper, _ *admit.Desk) error {
		all, err := s.Tenants(ctx)
		if err != nil {
			return err
		}
		before := time.Now().AddDate(0, 0, -c.Days)
		used, err := activity(ctx, s, before)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		found := false
		for _, t := range all {
			a := used[t.ID]
			unused := a.Channels == 0 && t.State == store.Active && t.Created.Before(before)
			if a.Dormant == 0 && !unused {
				continue
			}
			if !found {
				fmt.Fprintln(w, "ID\tCHANNELS\tDORMANT\tLAST USED\tNAME")
				found = true
			}
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", t.ID, a.Channels, a.Dormant, dayOf(a.Last), t.Name)
		}
		if !found {
			fmt.Fprintf(p.out, "Nothing is dormant: no channel was left unwritten for %s.\n", count(int64(c.Days), "day"))
			return nil
		}
		return w.Flush()
	})
}
