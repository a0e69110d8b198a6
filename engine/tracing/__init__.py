"""Traces of executions for OpenTelemetry: one span per execution, one for each of its operations.

Place in the flow: what a transaction has committed → **spans** → an exporter, where one is configured.  Otherwise
nothing of OpenTelemetry is loaded: only `engine.tracing.traces` imports it.
"""
