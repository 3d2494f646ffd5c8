"""What a supervisor does with campaigns, for command line and web alike: make, plan, start, explain."""
