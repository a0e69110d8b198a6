"""Playbooks as operations, run by Ansible."""
