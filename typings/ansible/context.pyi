from ansible.utils.context_objects import CLIArgs

CLIARGS: CLIArgs
