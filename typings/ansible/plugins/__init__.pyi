from ansible.plugins import loader as loader
