package client

import (
	"testing"

	"example.org/parcel/gateway/config"
	"example.org/parcel/gateway/retry"
)

func TestConnectRefusesUnknownUpstreams(t *testing.T) {
	_, err := Connect(&config.Config{}, "billing", retry.Policy{Attempts: 1})
	if err == nil {
		t.Fatal("an unknown upstream was accepted")
	}
}
