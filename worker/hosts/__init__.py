"""Where operations run: this machine, or one that a host provider makes."""
