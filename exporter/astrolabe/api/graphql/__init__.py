"""The graph by GraphQL: one question for objects, what they relate to, and why they are not Ready."""
