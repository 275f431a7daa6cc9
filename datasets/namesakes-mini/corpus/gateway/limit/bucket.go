// Package limit slows callers down that ask too often.
package limit

import "sync"

// Bucket holds the tokens that one caller may still spend.
type Bucket struct {
	mutex  sync.Mutex
	tokens int
}

// Take spends one token and reports whether there was one.
func (b *Bucket) Take() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.tokens == 0 {
		return false
	}
	b.tokens--
	return true
}

// Flush empties the bucket of a caller that was banned.
func (b *Bucket) Flush() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.tokens = 0
}
