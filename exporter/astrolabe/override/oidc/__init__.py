"""OpenID Connect: tokens that an issuer signed, and signing in with a browser."""
