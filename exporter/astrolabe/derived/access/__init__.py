"""Access: who can do what by RBAC, by what right, and who does."""
