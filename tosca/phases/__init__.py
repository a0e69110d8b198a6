"""The phases of the parser, in the order in which `tosca.parser` calls them: one file each."""
