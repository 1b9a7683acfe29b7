"""The graph by GraphQL: one query for objects, their relations, and why they are not Ready."""
