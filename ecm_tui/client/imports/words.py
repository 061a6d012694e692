"""What is said of a file as a whole."""

NOTHING_OF_THESE = (
    "This is neither a calendar (ICS), nor a table (CSV) whose first line names its columns, nor a FHIR appointment or "
    "bundle (JSON)."
)
