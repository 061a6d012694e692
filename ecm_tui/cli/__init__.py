"""The command line: one module a noun, imported when it is asked for. Here alone console and service are both known."""
