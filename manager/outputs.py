"""Outputs of an instance: the values that the service template promises, as far as they are known.

Place in the flow: template and inputs → **values** → `manager.view`.
"""
