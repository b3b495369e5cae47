package main

import "fmt"

// announce prints the line that scripts wait for, or the link to set up the first administrator.
func announce(t terminal, c *console, address string) {
	base := baseURL(address, c.config.HTTPS)
	password := "(set)"
	if token := c.setup; token != "" {
		fmt.Fprintf(t.out, "setup %s/setup?token=%s\n", base, token)
		password = "(not set)"
	}
	fmt.Fprintf(t.out, "console %s user admin password %s\n", base, password)
}
