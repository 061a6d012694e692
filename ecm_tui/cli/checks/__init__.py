"""What `ecm-tui doctor` looks at, one module a subject. Each check looks, changes nothing, and says what to do next."""
