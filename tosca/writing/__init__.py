"""The parser's way back: a service template, and the types that it was made with, as one normalized document."""
