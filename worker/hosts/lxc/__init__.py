"""LXC containers as hosts: what the worker knows of them, and the program that makes them."""
