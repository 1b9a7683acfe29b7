"""What installs Astrolabe. `python -m deploy` keeps the generated files true."""
