package diary

// DosesHold is the time, in ms, until which all planned doses stand where they
// stand at now, if nothing is added to the diary: the first after now at which
// one becomes due, overdue or missed, or a late one is looked for no more. It is never later than the end of the day
// on the wall, when plans begin and end.
func (d *Diary) DosesHold(now Moment) int64 {
	wall := now.wall()
	until := (wall/day + 1) * day
	for _, c := range d.courses() {
		grid := c.grid(wall-4*c.longest, wall+4*c.longest, now.Offset)
		own(grid)
		for _, g := range grid {
			for _, at := range [...]int64{g.at - g.Tolerance, g.at, g.at + g.Tolerance + 1, g.at + c.longest + 1, g.until} {
				if at > wall {
					until = min(until, at)
				}
			}
		}
	}
	return until - int64(now.Offset)*minute
}
