package hub

import (
	"sync"
	"time"

	"vialog/shared/wire"
)

// Shares keep one tenant from using up what all use together. What a tenant may
// have is measured by what is still free: whoever comes next finds some of it,
// however many others have taken as much as they may.
type shares struct {
	mu      sync.Mutex // guards the rest; nothing is taken while it is held
	tenants map[wire.TenantID]*share
	waiting int64 // bytes, the sum over all tenants
	conns   int   // the same of connections, each counted once for each tenant
}

// A share is what one tenant has in hand. Requests that do not say whose they
// are have one together, that of no tenant.
type share struct {
	waiting int64 // bytes of boxes on their way to the store
	conns   int   // on which one of its channels is open
	bytes   bucket
}

// connWeight is how much of the connections one tenant may have: so many times
// what is free, which is three quarters for one and three sevenths for each of two.
const connWeight = 3

func (s *shares) of(t wire.TenantID) *share {
	one := s.tenants[t]
	if one == nil {
		one = &share{}
		if s.tenants == nil {
			s.tenants = map[wire.TenantID]*share{}
		}
		s.tenants[t] = one
	}
	return one
}

// reserve counts n bytes of t that wait, in memory, for the store, unless t would
// then have more than is left for others.
func (s *shares) reserve(t wire.TenantID, n int64, l *Limits) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.of(t)
	if one.waiting+n > l.WaitingBytes-s.waiting-n {
		return false
	}
	one.waiting += n
	s.waiting += n
	return true
}

// unreserve takes n bytes of t back.
func (s *shares) unreserve(t wire.TenantID, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(t).waiting -= n
	s.waiting -= n
}

// connect counts a connection on which t has a channel open, unless t would then
// have more than its share.
func (s *shares) connect(t wire.TenantID, l *Limits) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.of(t)
	if one.conns+1 > max(1, connWeight*(l.Connections-s.conns-1)) {
		return false
	}
	one.conns++
	s.conns++
	return true
}

func (s *shares) disconnect(t wire.TenantID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(t).conns--
	s.conns--
}

// take takes n bytes from what t may append per second, or returns how long to wait.
func (s *shares) take(t wire.TenantID, n int64, l *Limits) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(t).bytes.take(time.Now(), l.TenantBytes, l.TenantBytesBurst, float64(n))
}

// total returns the bytes that wait for the store.
func (s *shares) total() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

// tidy forgets tenants that have nothing in hand.
func (s *shares) tidy(now time.Time, l *Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, one := range s.tenants {
		if one.conns == 0 && one.waiting == 0 && one.bytes.full(now, l.TenantBytes, l.TenantBytesBurst) {
			delete(s.tenants, t)
		}
	}
}
