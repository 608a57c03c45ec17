"""Serve the library to assistants over the Model Context Protocol (MCP)."""
