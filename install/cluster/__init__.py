"""Programs of the deploying machine: what the playbook needs beyond Ansible's own modules."""
