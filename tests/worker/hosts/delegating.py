"""A playbook that does the same on its host and on the other end of a relationship."""

DELEGATING = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: hostname
      register: here
    - ansible.builtin.command: hostname
      register: there
      delegate_to: "{{ groups['target'][0] }}"
    - ansible.builtin.set_stats: { data: { here: "{{ here.stdout }}", there: "{{ there.stdout }}" } }
"""
