"""Who may do what, when, for how long and how often: a file of rules, and decisions by them."""
