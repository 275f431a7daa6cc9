// Package retry repeats calls to upstream services.
package retry

import (
	"context"
	"time"
)

// Policy says how an upstream call is repeated.
type Policy struct {
	Attempts int
	Base     time.Duration
}

// Backoff returns how long the gateway pauses before the next upstream call.
func Backoff(p Policy, attempt int) time.Duration {
	return p.Base * time.Duration(attempt*attempt+1)
}

// Retry repeats an upstream call until it succeeds or the context ends.
func Retry(ctx context.Context, p Policy, call func() error) error {
	var err error
	for attempt := 0; attempt < p.Attempts; attempt++ {
		if err = call(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(Backoff(p, attempt)):
		}
	}
	return err
}
