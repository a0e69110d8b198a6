class AnsibleCollectionConfig:
    playbook_paths: list[str]
