package backends

import (
	"context"
	"time"
)

// Sleeper is how the client of a remote engine waits between its requests.
type Sleeper interface {
	// Sleep returns ctx's error as soon as ctx ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// WallClock is the Sleeper that waits for as long as it is told.
type WallClock struct{}

// Sleep waits for d, or until ctx ends.
func (WallClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
