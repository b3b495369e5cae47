package main

import "fmt"

// announce prints the line that scripts wait for, or the link to set up the first administrator.
func announce(t terminal, c *console, address string) {
	base := "http://"
	if c.config.HTTPS {
		base = "https://"
	}
	base += address
	password := "(set)"
	if token := c.setup; token != "" {
		fmt.Fprintf(t.out, "setup %s/setup?token=%s\n", base, token)
		password = "(not set)"
	}
	fmt.Fprintf(t.out, "console %s user admin password %s\n", base, password)
}
