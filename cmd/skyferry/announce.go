package main

import "fmt"

// announce prints the line that scripts wait for, or the link to set up the first administrator.
func announce(t terminal, c *console, address string, given bool) {
	base := "http://"
	if c.config.HTTPS {
		base = "https://"
	}
	base += address
	if token := c.setup; token != "" && !given {
		fmt.Fprintf(t.out, "setup %s/setup?token=%s\n", base, token)
	}
	fmt.Fprintf(t.out, "console %s user admin password (set)\n", base)
}
