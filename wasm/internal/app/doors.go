package app

import (
	"context"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/link"
)

// The access key of a space's own channel changes in one step with its epoch.
// What else there is at the relay follows here: media channels.

// How long a key that the relay does not take is left alone, at first and at most.
const (
	doorPause = time.Minute
	doorLater = time.Hour
)

// A door is one channel, or several of a space, whose keys are to be renewed.
type doorJob struct {
	s        *space
	way      way
	epoch    uint32
	channels []wire.Channel
}

// tendDoors renews keys at the relay, without holding mu. It is a chore: the
// caller holds mu now.
func (c *Client) tendDoors() {
	if c.busyDoors {
		return
	}
	jobs := c.doorJobs()
	if len(jobs) == 0 {
		return
	}
	c.busyDoors = true
	ctx := c.ctx
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		for _, j := range jobs {
			if ctx.Err() != nil {
				break
			}
			err := c.leadMedia(ctx, j)
			c.mu.Lock()
			if c.v != nil {
				c.doorSaid(j.s, err)
			}
			c.mu.Unlock()
		}
		c.mu.Lock()
		c.busyDoors = false
		if c.v != nil {
			c.poke() // what has changed meanwhile
		}
		c.mu.Unlock()
		c.env.Changed()
	}()
}

func (c *Client) doorSaid(s *space, err error) {
	if err == nil {
		s.doorTries, s.doorNext = 0, time.Time{}
		return
	}
	s.doorNext = c.env.Now().Add(min(doorPause<<min(s.doorTries, 8), doorLater))
	s.doorTries++
}

func (c *Client) doorJobs() (jobs []doorJob) {
	now := c.env.Now()
	for _, s := range c.spaces {
		epoch, _ := s.replica.Epoch()
		if s.mediaLed >= epoch || now.Before(s.doorNext) || !c.mayChange(s) {
			continue
		}
		j := doorJob{s: s, epoch: epoch, channels: c.mediaOf(s)}
		if len(j.channels) == 0 {
			continue
		}
		if j.way = c.way(s); j.way.session != nil {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// mediaOf lists the media channels of a space that this device knows of.
func (c *Client) mediaOf(s *space) (list []wire.Channel) {
	add := func(ch wire.Channel) {
		if ch != (wire.Channel{}) && !slices.Contains(list, ch) {
			list = append(list, ch)
		}
	}
	if f := mediaFounding(s); f != nil && s.mediaMade {
		add(mediaChannel(f))
	}
	add(c.people.media[s.replica.Space().ID()])
	for _, places := range s.places {
		for _, p := range places {
			add(p.Channel)
		}
	}
	return list
}

// leadMedia shuts the media channels of a space for those who lack its epoch.
func (c *Client) leadMedia(ctx context.Context, j doorJob) error {
	led := j.epoch
	for _, ch := range j.channels {
		n, err := j.way.media.Lead(ctx, j.way.session, ch)
		if err != nil {
			return err
		}
		led = min(led, n)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil || led <= j.s.mediaLed {
		return nil
	}
	was := j.s.mediaLed
	if j.s.mediaLed = led; c.keep(ctx, j.s) != nil {
		j.s.mediaLed = was
		return link.ErrClosed
	}
	return nil
}
