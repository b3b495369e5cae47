package main

import (
	"fmt"
	"os"
	"strings"
)

// fromEnv gives a secret from NAME, or from the file that NAME_FILE names; empty when neither is set.
func fromEnv(env func(string) string, name string) (string, error) {
	if value := env(name); value != "" {
		return value, nil
	}
	path := env(name + "_FILE")
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE cannot be read: %w", name, err)
	}
	return strings.TrimSpace(string(raw)), nil
}
