"""The command line: picks plugins by name and combines them. No logic of its own."""
