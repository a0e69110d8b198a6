from ansible.playbook.play import Play

class Playbook:
    def get_plays(self) -> list[Play]: ...
