"""A server for assistants: the Model Context Protocol."""
