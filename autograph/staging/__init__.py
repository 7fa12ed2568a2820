"""Recording control flow whose condition is a traced value: one kind of statement a file."""
