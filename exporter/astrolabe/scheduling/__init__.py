"""How long work shares the event loop."""
