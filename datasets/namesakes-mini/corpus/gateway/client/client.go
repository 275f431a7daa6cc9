// Package client forwards requests to upstream services.
package client

import (
	"context"
	"fmt"
	"net/http"

	"example.org/parcel/gateway/config"
	"example.org/parcel/gateway/retry"
)

// Client forwards requests to one upstream service.
type Client struct {
	base   string
	http   *http.Client
	policy retry.Policy
}

// Connect makes the client of an upstream service that the configuration names.
func Connect(c *config.Config, name string, policy retry.Policy) (*Client, error) {
	base, found := c.Upstreams[name]
	if !found {
		return nil, fmt.Errorf("no upstream is called %s", name)
	}
	return &Client{base: base, http: &http.Client{}, policy: policy}, nil
}

// Forward sends a GET request upstream, again when it fails.
func (c *Client) Forward(ctx context.Context, target string) (*http.Response, error) {
	var response *http.Response
	err := retry.Retry(ctx, c.policy, func() error {
		var err error
		response, err = c.http.Get(c.base + target)
		return err
	})
	return response, err
}

// Close drops idle upstream connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
}
