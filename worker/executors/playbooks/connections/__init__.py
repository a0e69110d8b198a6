"""How Ansible gets to machines that it knows nothing of: plugins in Ansible's own form."""
