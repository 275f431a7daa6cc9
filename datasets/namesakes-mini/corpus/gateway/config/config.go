// Package config reads the gateway's settings.
package config

import (
	"bufio"
	"os"
	"strings"
)

// Config lists the upstream services by name.
type Config struct {
	Upstreams map[string]string
}

// Load reads upstream services from a file of name=url lines.
func Load(path string) (*Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	config := &Config{Upstreams: map[string]string{}}
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		name, url, found := strings.Cut(scanner.Text(), "=")
		if found {
			config.Upstreams[name] = url
		}
	}
	return config, scanner.Err()
}

// Validate reports the upstream services that have no address.
func (c *Config) Validate() []string {
	var missing []string
	for name, url := range c.Upstreams {
		if url == "" {
			missing = append(missing, name)
		}
	}
	return missing
}
