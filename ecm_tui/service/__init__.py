"""The clinic's service: rules, log, fan-out, pages. It owns the database; console, pages and bridge are its clients."""
