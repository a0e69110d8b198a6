"""Who may do what: tokens, roles, and which requests are let in without one."""
